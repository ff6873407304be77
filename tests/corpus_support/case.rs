//! A case: a file that is well, and an edit that makes it wrong. `tests/corpus/README.md` describes the form.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use crate::checking::read;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A malformed text with what is expected of its diagnosis.
#[derive(Debug)]
pub struct Case {
    /// Its path below `tests/corpus`, without the ending.
    pub name: String,
    /// The file that it is an edit of.
    pub base: PathBuf,
    /// What a user needs: the text of the base.
    pub right: String,
    pub wrong: String,
    /// Where the mistakes are in `wrong`, in order, in bytes; empty where something is absent.
    pub places: Vec<Range<usize>>,
    /// The code of each mistake.
    pub codes: Vec<String>,
}

impl Case {
    /// Reads a case; a malformed one is a bug of the corpus.
    pub fn read(path: &Path) -> Case {
        let text = read(path);
        let shown = path.display();
        let (head, hunks) = text.split_once("@@\n").unwrap_or_else(|| panic!("{shown} has no `@@`"));
        let field = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_else(|| panic!("{shown} has no `{name}`")).to_owned()
        };
        let (base, codes) = (base(&field("base")), field("code").split_whitespace().map(str::to_owned).collect());
        let right = read(&base);
        let mut marked = right.clone();
        for hunk in hunks.split("@@\n") {
            let (old, new) = sides(hunk);
            assert_eq!(marked.matches(&old).count(), 1, "{shown}: not exactly once in the base:\n{old}");
            marked = marked.replacen(&old, &new, 1);
        }
        let (wrong, places) = unmarked(&marked);
        let case = Case { name: name(path), base, right, wrong, places, codes };
        assert_eq!(case.places.len(), case.codes.len(), "{shown}: one code for each mark");
        case
    }
}

fn base(name: &str) -> PathBuf {
    if name.contains('/') { PathBuf::from(name) } else { Path::new("tests/corpus/bases").join(name) }
}

fn name(path: &Path) -> String {
    let below = path.strip_prefix("tests/corpus").expect("cases lie there");
    below.with_extension("").display().to_string()
}

/// The lines of a hunk as they are in the base, and as they are in the malformed text.
fn sides(hunk: &str) -> (String, String) {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for line in hunk.lines() {
        let (sign, rest) = (line.get(..1).unwrap_or(" "), line.get(1..).unwrap_or(""));
        match sign {
            "-" => old.push(rest),
            "+" => new.push(rest),
            _ => {
                old.push(rest);
                new.push(rest);
            }
        }
    }
    (old.join("\n"), escaped(&new.join("\n")))
}

/// `\u{feff}` stands for a character that cannot be seen.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u{") {
        let (digits, behind) = after.split_once('}').expect("an escape is closed");
        let number = u32::from_str_radix(digits, 16).expect("an escape is a hexadecimal number");
        out.push_str(before);
        out.push(char::from_u32(number).expect("an escape is a character"));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The text without `«` and `»`, and what they enclose.
fn unmarked(marked: &str) -> (String, Vec<Range<usize>>) {
    let mut out = String::new();
    let mut places = Vec::new();
    let mut start = 0;
    for character in marked.chars() {
        match character {
            '«' => start = out.len(),
            '»' => places.push(start..out.len()),
            other => out.push(other),
        }
    }
    (out, places)
}
