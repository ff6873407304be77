//! From names to declarations and uses.
#![expect(clippy::disallowed_methods, reason = "tests make and read files")]

use crate::client::{Client, Text, edited, folder, micro, opened, uri};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The lines on which places lie, from 1, in order.
fn lines(found: &Value) -> Vec<u64> {
    let range = |one: &Value| one["range"]["start"]["line"].as_u64().unwrap() + 1;
    let all: BTreeSet<u64> = found.as_array().unwrap().iter().map(range).collect();
    all.into_iter().collect()
}

/// The lines of a text that have a word.
fn lines_with(text: &str, word: &str) -> Vec<u64> {
    text.lines().zip(1..).filter(|(line, _)| line.contains(word)).map(|(_, number)| number).collect()
}

#[test]
fn declarations_are_found_from_their_uses() {
    let text = format!("{}constant second = 1\nfeature at_second : bool = is_open[second]\n", micro());
    let (mut client, open, _folder) = opened(&text);
    for (from, to) in [
        ("node count = he|ads(1, 0)", "component heads("),
        ("computes equal_c|ount", "feature equal_count"),
        ("= su|m(step) ==", ""),
        ("= sum(st|ep) ==", "feature step "),
        ("explains lo|ss on", "behaviour loss"),
        ("on stri|ngs {", "data strings"),
        ("data few for mi|cro", "model micro"),
        ("embed[p|os: 1]", "dim pos "),
        ("first ~> co|unt", "node count"),
        ("\"blocks.{|l}.attn/Transpose\"", "component heads("),
        ("is_open[sec|ond]", "constant second"),
        ("count -> lo|ss", "behaviour loss"),
        ("cross_entropy(lo|gits", "output logits"),
    ] {
        let found = client.at("textDocument/definition", &open, &open.place(from));
        let wanted = if to.is_empty() { Vec::new() } else { lines_with(&text, to) };
        assert_eq!(lines(&found), wanted, "{from}: {found}");
    }
}

#[test]
fn uses_are_found_from_everywhere() {
    let (mut client, open, _folder) = opened(&micro());
    let asked = |client: &mut Client, open: &Text, from: &str, declared: bool| {
        let params = json!({"position": open.place(from), "context": {"includeDeclaration": declared}});
        lines(&client.of_text("textDocument/references", open, params))
    };
    let whole = lines_with(&open.text, "equal_count");
    assert_eq!(asked(&mut client, &open, "feature equal_|count", true), whole);
    assert_eq!(asked(&mut client, &open, "computes equal_|count", true), whole);
    assert_eq!(asked(&mut client, &open, "computes equal_|count", false), whole[1..]);
    // An input and the columns that feed it are one.
    let tokens = asked(&mut client, &open, "input  tok|ens", true);
    assert_eq!(tokens, lines_with(&open.text, "tokens"));
    let marks = client.at("textDocument/documentHighlight", &open, &open.place("sum(st|ep) =="));
    assert_eq!(lines(&marks), lines_with(&open.text, "step"));
}

#[test]
fn the_library_can_be_looked_at_and_not_renamed() {
    let text = format!("use std.features\n{}feature before : token[pos] = previous(tokens, \"[pad]\")\n", micro());
    let (mut client, open, _folder) = opened(&text);
    let position = open.place("= prev|ious(tokens");
    let found = client.at("textDocument/definition", &open, &position);
    let place = found[0]["uri"].as_str().unwrap().strip_prefix("file://").unwrap().to_owned();
    let library = std::fs::read_to_string(&place).unwrap();
    let line = usize::try_from(lines(&found)[0]).unwrap();
    assert_eq!(library.lines().nth(line - 1), Some("feature previous(x, fill) = shift(x, 1, fill)"));
    let module = client.at("textDocument/definition", &open, &open.place("use std.fea|tures"));
    assert_eq!(module[0]["uri"], found[0]["uri"]);
    let params = json!({"textDocument": {"uri": open.uri}, "position": position, "newName": "earlier_one"});
    assert!(client.refused("textDocument/rename", params).1.contains("library"));
    // An opened part of the library has names, and no findings of its own.
    let shown = client.open(std::path::Path::new(&place), &library);
    let params = json!({"position": shown.place("feature previ|ous("), "context": {"includeDeclaration": true}});
    let all = client.of_text("textDocument/references", &shown, params);
    assert!(all.as_array().unwrap().iter().any(|one| one["uri"] == open.uri.as_str()), "{all}");
}

#[test]
fn maps_of_the_library_lead_there() {
    let text = "use std.features\nmodel m = onnx(\"none.onnx\") as std.transformer.gpt2(layers = 2)\n\nfeature first : token = tokens[0]\n";
    let (mut client, open, _folder) = opened(text);
    for (from, to) in [
        ("std.transformer.gp|t2", "map gpt2("),
        ("(lay|ers = 2)", "layers = modules("),
        ("= tok|ens[0]", "input  tokens"),
    ] {
        let found = client.at("textDocument/definition", &open, &open.place(from));
        let place =
            found[0]["uri"].as_str().unwrap_or_else(|| panic!("{from}: {found}")).strip_prefix("file://").unwrap();
        let library = std::fs::read_to_string(place).unwrap();
        let line = usize::try_from(lines(&json!([found[0]]))[0]).unwrap();
        assert!(library.lines().nth(line - 1).unwrap().contains(to), "{from}: {found}");
    }
}

#[test]
fn a_name_that_cannot_be_is_refused_with_the_reason() {
    let text = format!(
        "{}hypothesis finer refines base {{\n    node late = mlp(1)  computes any\n    late -> loss\n}}\n",
        micro()
    );
    let (mut client, open, _folder) = opened(&text);
    for (from, name, why) in [
        ("feature equal_|count", "balanced", "feature already"),
        ("feature equal_|count", "tokens", "value already"),
        ("feature equal_|count", "heads", "component already"),
        ("feature equal_|count", "node", "keyword"),
        ("feature equal_|count", "sum", "function of the language"),
        ("feature equal_|count", "2nd", "not a name"),
        ("feature equal_|count", "é", "not a name"),
        ("feature equal_|count", "", "not a name"),
        ("node la|te", "count", "node already"),
        ("node la|te", "loss", "behaviour already"),
        ("hypothesis fin|er", "base", "hypothesis already"),
        ("hypo|thesis finer", "x", "no name here"),
        ("port patt|ern ", "p", "word of the language"),
        ("port k| ", "pattern", "word of the language"),
    ] {
        let params = json!({"textDocument": {"uri": open.uri}, "position": open.place(from), "newName": name});
        let (code, said) = client.refused("textDocument/rename", params);
        assert_eq!(code, -32803, "{said}");
        assert!(said.contains(why), "{from} {name}: {said}");
    }
    let params = json!({"textDocument": {"uri": open.uri}, "position": open.place("hypo|thesis finer")});
    assert_eq!(client.refused("textDocument/prepareRename", params).0, -32803);
}

#[test]
fn a_name_is_changed_in_all_files_that_are_open_or_used() {
    let folder = folder();
    let path = |name: &str| folder.path().canonicalize().unwrap().join(name);
    std::fs::write(path("common.ansatz"), "feature opens : bool[pos] = tokens == \"(\"\n").unwrap();
    let mut client = Client::new();
    let text = format!("use \"common.ansatz\"\n{}feature any_open : bool = any(opens)\n", micro());
    let main = client.open(&path("main.ansatz"), &text);
    let other = client.open(&path("other.ansatz"), &text.replace("any_open", "some_open"));
    let position = main.place("any(op|ens)");
    let params = json!({"position": position, "newName": "opening"});
    let found = client.of_text("textDocument/rename", &main, params);
    let changes = found["changes"].as_object().unwrap();
    assert_eq!(changes.len(), 3, "{found}");
    let new = |uri: &str, text: &str| edited(text, changes[uri].as_array().unwrap());
    assert!(new(&main.uri, &main.text).contains("any_open : bool = any(opening)"));
    assert!(new(&other.uri, &other.text).contains("some_open : bool = any(opening)"));
    let common = std::fs::read_to_string(path("common.ansatz")).unwrap();
    assert!(new(&uri(&path("common.ansatz")), &common).starts_with("feature opening : bool[pos]"));
}
