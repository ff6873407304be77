//! What holds for any bytes whatever, one function for each reader. The driver in `tests/fuzz.rs` and the targets of
//! cargo-fuzz in `fuzz/` call the same functions; a function that panics has found a bug.

use ansatz::data::{ColumnSchema, DataFile, Format, Scalar, ValueType, load as load_data, read_npz, write_npz};
use ansatz::diagnostics::{Diagnostic, Place};
use ansatz::model::onnx::ModelProto;
use ansatz::model::{encode, from_proto, load};
use ansatz::replay::Replay;
use ansatz::source::{FileId, Span};
use ansatz::syntax;
use prost::Message;
use std::collections::BTreeMap;

const FILE: FileId = FileId(0);

/// A reader, with what it is fed first, from the root of the repository.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    pub seeds: &'static [&'static str],
    /// Pieces that mutants are made of.
    pub words: &'static [&'static str],
}

const TEXTS: &[&str] = &[
    "tests/fixtures/syntax/small.ansatz",
    "tests/fixtures/syntax/claims.ansatz",
    "tests/fixtures/syntax/brackets.ansatz",
    "tests/fixtures/micro.ansatz",
];
const WORDS: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "->",
    "=>",
    "==",
    "..",
    "\"",
    "// ",
    "/// ",
    "\n",
    "\r\n",
    " ",
    ":",
    ",",
    ".5",
    "99",
    "-",
    "+",
    "node ",
    "for ",
    "hypothesis ",
    "explains ",
    "feature ",
    "expect ",
    "data ",
    "model ",
    "map ",
    "computes ",
    "if ",
    "then ",
    "else ",
    "not ",
    "\u{e4}",
    "\u{202e}",
    "\u{0}",
];
const JSON: &[&str] =
    &["{", "}", "[", "]", "\"", ":", ",", "null", "true", "-1", "1e999", "\\ud800", "\"schema\"", "\n"];

pub const TARGETS: &[Target] = &[
    Target { name: "parse", run: parse, seeds: TEXTS, words: WORDS },
    Target { name: "format", run: format, seeds: TEXTS, words: WORDS },
    Target { name: "fixes", run: fixes, seeds: TEXTS, words: WORDS },
    Target {
        name: "onnx",
        run: onnx,
        seeds: &["tests/fixtures/sideways.onnx", "tests/fixtures/micro-legacy.onnx", "tests/fixtures/bad/random.onnx"],
        words: &["\u{8}", "\u{12}", "\u{a}", "\u{7f}", "x", "Add", "If", "..", "\u{0}"],
    },
    Target {
        name: "npz",
        run: npz,
        seeds: &["tests/fixtures/micro.npz", "tests/fixtures/tables.npz"],
        words: &["PK\u{1}\u{2}", "PK\u{3}\u{4}", "\u{0}\u{0}", "(", ")", ",", "'<i8'", "'|O'", "99999999999", "-1"],
    },
    Target {
        name: "jsonl",
        run: jsonl,
        seeds: &["tests/fixtures/few.jsonl", "tests/fixtures/corrupted.jsonl"],
        words: JSON,
    },
    Target { name: "lock", run: lock, seeds: &["fuzz/seeds/lock/run.lock"], words: JSON },
    Target { name: "progress", run: progress, seeds: &["fuzz/seeds/progress/search.json"], words: JSON },
    Target {
        name: "replay",
        run: replay,
        seeds: &["fuzz/seeds/replay/draws.npz"],
        words: &["PK\u{1}\u{2}", "/", "draw", "\u{0}"],
    },
];

/// Every byte is in the tree, every place is in the text, and what has no findings has no holes.
pub fn parse(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parsed = syntax::parse(FILE, &text);
    assert_eq!(parsed.tree.text(), text, "the tree loses text");
    for finding in &parsed.diagnostics {
        in_text(finding, &text);
    }
    let has_mistake = parsed.tree.root().descendants().any(|node| node.kind().is_mistake());
    assert!(!has_mistake || !parsed.diagnostics.is_empty(), "a mistake that nothing is said about");
}

fn in_text(finding: &Diagnostic, text: &str) {
    let labels = std::iter::once(&finding.primary).chain(&finding.secondary);
    let places = labels.filter_map(|label| match label.place {
        Place::Source(span) => Some(span),
        _ => None,
    });
    let fixes =
        finding.helps.iter().filter_map(|help| help.fix.as_ref()).flat_map(|fix| &fix.edits).map(|edit| edit.span);
    for span in places.chain(fixes) {
        assert!(text.get(span.range()).is_some(), "{span:?} of {} is no place", finding.code.id);
    }
}

pub fn format(bytes: &[u8]) {
    format_by(bytes, |text| ansatz::format::format(FILE, text).ok());
}

/// A layout is correct, and a second one changes nothing.
pub fn format_by(bytes: &[u8], format: impl Fn(&str) -> Option<String>) {
    let text = String::from_utf8_lossy(bytes);
    let Some(laid) = format(&text) else { return };
    let parsed = syntax::parse(FILE, &laid);
    assert!(parsed.diagnostics.iter().all(|finding| !finding.is_error()), "a layout with mistakes:\n{laid}");
    assert_eq!(format(&laid).as_deref(), Some(laid.as_str()), "a layout that another one changes");
    let of = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    assert_eq!(of(&text), of(&laid), "a layout that loses words");
}

/// A fix is in the text, changes it, and leaves a text that can be parsed.
pub fn fixes(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for finding in syntax::parse(FILE, &text).diagnostics {
        for fix in finding.helps.iter().filter_map(|help| help.fix.as_ref()) {
            let mut edits: Vec<_> = fix.edits.iter().collect();
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
            let fixed = edits.iter().fold(text.to_string(), |text, edit| replaced(&text, edit.span, &edit.replacement));
            assert_ne!(fixed, text, "a fix of {} that changes nothing", finding.code.id);
            parse(fixed.as_bytes());
        }
    }
}

fn replaced(text: &str, span: Span, by: &str) -> String {
    let range = span.range();
    let (before, behind) = (text.get(..range.start).expect("in the text"), text.get(range.end..).expect("in the text"));
    format!("{before}{by}{behind}")
}

/// A model that is read can be written and read again.
pub fn onnx(bytes: &[u8]) {
    // One for each process and thread: fuzzers run several.
    let name = format!("ansatz-fuzz-{}-{:?}.onnx", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, bytes).expect("the temporary folder is writable");
    let loaded = load(&path);
    let _ = std::fs::remove_file(&path);
    match loaded {
        Ok((file, _)) => {
            let again =
                ModelProto::decode(encode(&file.graph, &file.graph.outputs).as_slice()).expect("own bytes decode");
            let again = from_proto(again, "again");
            let (graph, _) = again.unwrap_or_else(|findings| panic!("what was read is not read again: {findings:?}"));
            assert_eq!(graph.outputs.len(), file.graph.outputs.len());
        }
        Err(findings) => assert!(!findings.is_empty() && findings.iter().all(|finding| finding.message.len() < 2_000)),
    }
}

/// Arrays that are read are written and read as the same.
pub fn npz(bytes: &[u8]) {
    let Ok(arrays) = read_npz(bytes, "fuzz.npz") else { return };
    let listed: Vec<_> = arrays.iter().map(|(name, array)| (name.clone(), array.clone())).collect();
    let Ok(written) = write_npz(&listed) else { return };
    let again = read_npz(&written, "again.npz").expect("own bytes are read");
    // NaN is not equal to itself.
    assert_eq!(format!("{again:?}"), format!("{arrays:?}"));
}

pub fn jsonl(bytes: &[u8]) {
    let column = |name: &str, scalar, dims: &[&str]| ColumnSchema {
        name: name.to_owned(),
        key: name.to_owned(),
        ty: ValueType::new(scalar, dims),
        place: Span::new(FILE, 0..0),
        vocabulary: Some(5),
    };
    let schema = [column("tokens", Scalar::Token, &["pos"]), column("label", Scalar::Category, &[])];
    let file = DataFile { name: "rows", path: "rows.jsonl", format: Format::Jsonl, bytes };
    match load_data(&schema, file, &BTreeMap::new()) {
        Ok(data) => assert!(data.rows > 0 && data.rows <= bytes.len()),
        Err(findings) => assert!(!findings.is_empty()),
    }
}

/// A lock that is read is written and read as the same.
pub fn lock(bytes: &[u8]) {
    let Ok(lock) = ansatz::lock::parse("fuzz.lock", bytes) else { return };
    let text = lock.text();
    let again = ansatz::lock::parse("again.lock", text.as_bytes()).expect("own text is read");
    assert_eq!(again.text(), text);
}

/// What searches and calibrations keep, the only cache there is: taken whole or not at all.
pub fn progress(bytes: &[u8]) {
    const KEY: &str = "key";
    if let Some(known) = ansatz::search::read_progress(KEY, bytes) {
        let written = ansatz::search::write_progress(KEY, &known);
        let again = ansatz::search::read_progress(KEY, &written).expect("own bytes are read");
        assert_eq!(ansatz::search::write_progress(KEY, &again), written);
        assert!(ansatz::search::read_progress("other", bytes).is_none(), "progress of something else");
    }
    if let Some(known) = ansatz::calibrate::read_progress(KEY, bytes) {
        let written = ansatz::calibrate::write_progress(KEY, &known);
        assert!(ansatz::calibrate::read_progress(KEY, &written).is_some(), "own bytes are read");
    }
}

pub fn replay(bytes: &[u8]) {
    if let Ok(replay) = Replay::read("draws.npz", bytes) {
        let _ = replay.finish();
    }
}
