//! Names from outside are text, whatever is in them.

use super::folder;
use super::markup::{Tag, stands_for_itself, tags};
use serde_json::Value;

/// Words that a report takes from a list, and hashes.
const KEPT: [&str; 8] = ["schema", "verdict", "kind", "metric", "comparison", "stopped", "blake3", "draws"];
const HOSTILE: &str = "</code></title><script>alert(1)</script>\"'><img/src=x|*_[a](b)@c\u{202e}&lt;\u{0}#1";

/// A report with this before every text that comes from outside.
fn with_names(value: &Value, key: &str, before: &str) -> Value {
    match value {
        Value::String(text) if !KEPT.contains(&key) => Value::String(format!("{before}{text}")),
        Value::Array(values) => values.iter().map(|value| with_names(value, key, before)).collect(),
        Value::Object(fields) => {
            let is_engine = fields.contains_key("version");
            let one = |(name, value): (&String, &Value)| {
                let own = if is_engine && name == "name" { value.clone() } else { with_names(value, name, before) };
                (name.clone(), own)
            };
            fields.iter().map(one).collect()
        }
        other => other.clone(),
    }
}

/// The forms of a report of hostile names, and of one whose names are as long and harmless.
fn both(format: &str) -> [String; 2] {
    let folder = folder();
    let report: Value = serde_json::from_slice(&folder.read("run.json")).unwrap();
    let harmless = "x".repeat(HOSTILE.chars().count());
    [HOSTILE, &harmless].map(|before| {
        folder.write("named.json", with_names(&report, "", before).to_string());
        folder.run(&format!("report named.json --format {format}")).without_fault().stdout
    })
}

fn shape(tag: &Tag) -> (String, Vec<String>) {
    (tag.name.clone(), tag.attributes.iter().map(|(name, _)| name.clone()).collect())
}

#[test]
fn names_have_no_structure_in_html() {
    let [hostile, harmless] = both("html");
    let hostile = stands_for_itself(&hostile);
    let harmless = stands_for_itself(&harmless);
    assert_eq!(hostile.iter().map(shape).collect::<Vec<_>>(), harmless.iter().map(shape).collect::<Vec<_>>());
    assert!(hostile.iter().any(|tag| tag.text.contains("<script>alert(1)</script>")), "the name is shown as it is");
    assert!(hostile.iter().any(|tag| tag.text.contains("\\u{202e}")), "what is hidden is shown");
}

#[test]
fn names_have_no_structure_in_markdown() {
    let [hostile, harmless] = both("markdown");
    let of = |text: &str, letter: char| text.lines().map(|line| line.matches(letter).count()).collect::<Vec<_>>();
    for letter in ['|', '<', '>', '`', '*', '_', '[', ']'] {
        assert_eq!(of(&hostile, letter), of(&harmless, letter), "{letter} in\n{hostile}");
    }
    assert_eq!(hostile.lines().count(), harmless.lines().count());
    assert!(!hostile.contains('@') && !hostile.contains("://"), "{hostile}");
    let elements = |text: &str| {
        let inline: String = text.lines().filter(|line| line.contains('<')).collect::<Vec<_>>().join("\n");
        let known = ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"];
        known.iter().fold(inline, |rest, known| rest.replace(known, ""))
    };
    assert!(!elements(&hostile).contains('<'), "{hostile}");
}

#[test]
fn the_reader_of_markup_is_strict() {
    for wrong in ["<p>", "<p></b>", "<p class=a></p>", "<p>a & b</p>", "<p>a < b</p>", "<p onclick=\"a\"></p>"] {
        let read = std::panic::catch_unwind(|| tags(wrong));
        assert!(read.is_err(), "{wrong}");
    }
    assert_eq!(tags("<p>a &amp; b</p>").len(), 2);
}
