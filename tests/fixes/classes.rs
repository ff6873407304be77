//! Every constructor of a finding that offers a fix, with its class. A new one fails this test until somebody
//! has thought about whether it is safe.

use super::checking::{files_below, read};
use std::path::Path;

/// The file, the function, and how it offers fixes. `meant` is safe for one near name that can only be a
/// slip, and unsafe otherwise; so is `did_you_mean`.
const CLASSES: &[(&str, &str, &str)] = &[
    ("binding", "unknown_dim", "meant"),
    ("binding", "no_such_axis", "meant"),
    ("binding", "unknown_graph_value", "meant"),
    ("calibrations", "unknown_setting", "meant"),
    ("claims", "unknown_port", "meant"),
    ("elaborate", "member_without_index", "unsafe_fix"),
    ("elaborate", "not_in_base", "meant"),
    ("elaborate", "redefined", "unsafe_fix"),
    ("foolings", "unknown_measure", "meant"),
    ("lints", "unknown_word", "meant"),
    ("lints", "unknown_code", "meant"),
    ("lints", "unused", "unsafe_fix"),
    ("model", "site", "safe_fix unsafe_fix"),
    ("names", "unknown", "safe_fix meant"),
    ("names", "column_without_type", "unsafe_fix"),
    ("search", "listed", "meant"),
    ("search", "other_behaviour", "unsafe_fix"),
    ("settings", "unknown_key", "meant"),
    ("settings", "unknown_value", "meant_as"),
    ("structure", "not_the_root", "unsafe_fix"),
    ("structure", "source_on_path", "unsafe_fix"),
    ("structure", "without_path", "unsafe_fix"),
    ("structure", "unknown_scheme", "meant"),
    ("structure", "unknown_metric", "meant"),
    ("structure", "other_behaviour", "unsafe_fix"),
    ("syntax", "with_nearest", "did_you_mean"),
    ("syntax", "did_you_mean", "safe_fix unsafe_fix"),
    ("syntax", "wrong_token", "safe_fix unsafe_fix"),
    ("syntax", "wrong_word", "safe_fix"),
    ("syntax", "wrong_join", "unsafe_fix"),
    ("syntax", "missing_word", "safe_fix"),
    ("syntax", "needless_part", "unsafe_fix"),
    ("syntax", "range_function", "safe_fix"),
    ("syntax", "bare_file", "safe_fix"),
    ("syntax", "missing_comma", "safe_fix"),
    ("syntax", "inclusive_range", "unsafe_fix"),
    ("syntax", "missing_node", "safe_fix"),
    ("syntax", "bare_path", "safe_fix"),
    ("syntax", "unknown_format", "safe_fix unsafe_fix"),
    ("syntax", "named_arguments", "unsafe_fix"),
    ("syntax", "wrong_brackets", "safe_fix"),
    ("syntax", "unknown_word", "did_you_mean"),
    ("syntax", "missing_keyword", "unsafe_fix"),
    ("syntax", "reserved_word", "unsafe_fix"),
    ("syntax", "needless_separator", "safe_fix"),
    ("syntax", "needless_commas", "safe_fix"),
    ("syntax", "wrong_operator", "safe_fix"),
    ("syntax", "chained_comparison", "unsafe_fix"),
    ("syntax", "quoted_library", "safe_fix"),
    ("syntax_text", "hidden_character", "safe_fix"),
    ("syntax_text", "bad_escape", "unsafe_fix"),
    ("syntax_text", "bad_number", "safe_fix"),
    ("types", "unknown_function", "meant"),
    ("types", "unknown_word", "meant_as"),
    ("types", "unknown_scalar", "meant"),
];

const MAKERS: [&str; 6] = ["safe_fix(", "unsafe_fix(", "meant(", "meant_as(", "with_fix(", "did_you_mean("];

/// The makers of fixes that stand in a function's text.
fn makers(body: &str) -> String {
    let is_called = |maker: &&&str| {
        body.match_indices(**maker).any(|(at, _)| {
            body[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric() && before != '_')
        })
    };
    let names = MAKERS.iter().filter(is_called).map(|maker| maker.trim_end_matches('('));
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_fix_is_classified_on_purpose() {
    let mut found = Vec::new();
    for path in files_below(Path::new("src"), ".rs") {
        let is_messages = path.starts_with("src/diagnostics/messages");
        let (text, name) = (read(&path), path.file_stem().unwrap().to_string_lossy().into_owned());
        if !is_messages {
            let is_home = path.starts_with("src/diagnostics/fix.rs") || path.starts_with("src/fixing.rs");
            assert!(
                is_home || makers(&text).replace("meant", "").trim().is_empty(),
                "{}: fixes are offered in messages",
                path.display()
            );
            continue;
        }
        for part in text.split("\nfn ").flat_map(|part| part.split("\npub fn ")).skip(1) {
            let (head, body) = part.split_once('\n').unwrap();
            let makers = makers(body);
            if !makers.is_empty() {
                found.push((name.clone(), head.split(['(', '<']).next().unwrap().to_owned(), makers));
            }
        }
    }
    found.sort();
    let mut known: Vec<(String, String, String)> =
        CLASSES.iter().map(|(file, name, makers)| ((*file).into(), (*name).into(), (*makers).into())).collect();
    known.sort();
    assert_eq!(found, known);
}
