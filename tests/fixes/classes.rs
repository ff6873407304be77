//! Every constructor of a finding that offers a fix, with its class. A new one fails this test until somebody
//! has thought about whether it is safe.

use super::checking::{files_below, read};
use std::path::Path;

/// The file, the function, and how it offers fixes. `meant` is safe for one near name that can only be a
/// slip, and unsafe otherwise; so is `did_you_mean`.
const CLASSES: &[(&str, &str, &str)] = &[
    ("binding", "components_overlap", "unsafe_fix"),
    ("binding", "declared_size", "unsafe_fix"),
    ("binding", "element_differs", "unsafe_fix"),
    ("binding", "family_out_of_range", "unsafe_fix"),
    ("binding", "input_without_column", "unsafe_fix"),
    ("binding", "no_such_axis", "unsafe_fix meant"),
    ("binding", "no_such_member", "unsafe_fix"),
    ("binding", "part_out_of_range", "unsafe_fix"),
    ("binding", "range_empty", "unsafe_fix"),
    ("binding", "same_place_twice", "unsafe_fix"),
    ("binding", "shorter_range", "unsafe_fix"),
    ("binding", "unknown_dim", "unsafe_fix meant"),
    ("binding", "unknown_graph_value", "unsafe_fix meant_as"),
    ("binding", "unknown_parameter", "unsafe_fix"),
    ("binding", "with_dims", "unsafe_fix"),
    ("binding", "wrong_count", "unsafe_fix"),
    ("calibrations", "unknown_setting", "meant"),
    ("claims", "ablates_integers", "unsafe_fix"),
    ("claims", "draw_unused", "unsafe_fix"),
    ("claims", "exception_is_a_site", "unsafe_fix"),
    ("claims", "exception_unmet", "unsafe_fix"),
    ("claims", "fills_nothing", "unsafe_fix"),
    ("claims", "paired_with_itself", "unsafe_fix"),
    ("claims", "terms_without_port", "unsafe_fix"),
    ("claims", "unknown_port", "meant"),
    ("elaborate", "member_without_index", "unsafe_fix"),
    ("elaborate", "no_arrow_to_drop", "unsafe_fix"),
    ("elaborate", "not_in_base", "meant"),
    ("elaborate", "of_another_map", "unsafe_fix"),
    ("elaborate", "only_in_refinements", "unsafe_fix"),
    ("elaborate", "redefined", "unsafe_fix"),
    ("foolings", "unknown_measure", "meant"),
    ("lints", "unknown_code", "meant"),
    ("lints", "unknown_word", "meant"),
    ("lints", "unused", "unsafe_fix"),
    ("model", "site", "unsafe_fix"),
    ("model", "site_error", "safe_fix unsafe_fix"),
    ("names", "bare_word", "unsafe_fix"),
    ("names", "column_without_type", "unsafe_fix"),
    ("names", "component_as_node", "unsafe_fix"),
    ("names", "declared_twice", "unsafe_fix"),
    ("names", "function_as_value", "unsafe_fix"),
    ("names", "unknown", "safe_fix unsafe_fix meant"),
    ("names", "unknown_format", "unsafe_fix"),
    ("pasted", "before_a_line", "safe_fix"),
    ("pasted", "block_comment", "safe_fix"),
    ("pasted", "conflict", "unsafe_fix"),
    ("pasted", "entity", "safe_fix"),
    ("pasted", "fence", "safe_fix"),
    ("pasted", "full_width", "safe_fix"),
    ("pasted", "hash_comment", "safe_fix"),
    ("pasted", "library_part", "safe_fix"),
    ("pasted", "needless_prefix", "safe_fix"),
    ("pasted", "quotes", "safe_fix"),
    ("pasted", "sign", "safe_fix"),
    ("repairs", "offered", "unsafe_fix"),
    ("search", "listed", "meant"),
    ("search", "no_claims", "unsafe_fix"),
    ("search", "other_behaviour", "unsafe_fix"),
    ("search", "share_in_percent", "unsafe_fix"),
    ("search", "unknown_setting", "unsafe_fix"),
    ("settings", "unknown_key", "meant"),
    ("settings", "unknown_value", "meant_as"),
    ("structure", "arrow_from_root", "unsafe_fix"),
    ("structure", "arrow_twice", "unsafe_fix"),
    ("structure", "baseline_elsewhere", "unsafe_fix"),
    ("structure", "cycle", "unsafe_fix"),
    ("structure", "dataset_as_scheme", "unsafe_fix"),
    ("structure", "equality", "unsafe_fix"),
    ("structure", "feature_constant", "unsafe_fix"),
    ("structure", "feature_reads_answer", "unsafe_fix"),
    ("structure", "feature_unique", "unsafe_fix"),
    ("structure", "not_the_root", "unsafe_fix"),
    ("structure", "other_behaviour", "unsafe_fix"),
    ("structure", "percentage", "unsafe_fix"),
    ("structure", "precision_in_percent", "unsafe_fix"),
    ("structure", "reaches_nothing", "unsafe_fix"),
    ("structure", "source_on_path", "unsafe_fix"),
    ("structure", "unclaimed_twice", "unsafe_fix"),
    ("structure", "unknown_metric", "meant"),
    ("structure", "unknown_scheme", "meant"),
    ("structure", "without_path", "unsafe_fix"),
    ("syntax", "bare_file", "safe_fix"),
    ("syntax", "bare_path", "safe_fix"),
    ("syntax", "chained_comparison", "unsafe_fix"),
    ("syntax", "did_you_mean", "safe_fix unsafe_fix"),
    ("syntax", "inclusive_range", "unsafe_fix"),
    ("syntax", "missing_comma", "safe_fix"),
    ("syntax", "missing_keyword", "unsafe_fix"),
    ("syntax", "missing_node", "safe_fix"),
    ("syntax", "missing_word", "safe_fix"),
    ("syntax", "named_arguments", "unsafe_fix"),
    ("syntax", "needless_commas", "safe_fix"),
    ("syntax", "needless_part", "unsafe_fix"),
    ("syntax", "needless_separator", "safe_fix"),
    ("syntax", "quoted_library", "safe_fix"),
    ("syntax", "range_function", "safe_fix"),
    ("syntax", "reserved_word", "unsafe_fix"),
    ("syntax", "unknown_format", "safe_fix unsafe_fix"),
    ("syntax", "unknown_word", "did_you_mean"),
    ("syntax", "with_nearest", "did_you_mean"),
    ("syntax", "wrong_brackets", "safe_fix"),
    ("syntax", "wrong_join", "unsafe_fix"),
    ("syntax", "wrong_operator", "safe_fix"),
    ("syntax", "wrong_token", "safe_fix unsafe_fix"),
    ("syntax", "wrong_word", "safe_fix"),
    ("syntax_text", "bad_escape", "unsafe_fix"),
    ("syntax_text", "bad_number", "safe_fix"),
    ("syntax_text", "hidden_character", "safe_fix"),
    ("types", "argument_count", "unsafe_fix"),
    ("types", "axis_unclear", "unsafe_fix"),
    ("types", "behaviour_not_a_number", "unsafe_fix"),
    ("types", "class_declared_real", "unsafe_fix"),
    ("types", "exchanged", "unsafe_fix"),
    ("types", "index_out_of_range", "unsafe_fix"),
    ("types", "mismatch", "unsafe_fix"),
    ("types", "not_as_declared", "unsafe_fix"),
    ("types", "not_discrete", "unsafe_fix"),
    ("types", "unknown_function", "meant"),
    ("types", "unknown_scalar", "meant"),
    ("types", "unknown_word", "meant_as"),
    ("values", "column_missing", "unsafe_fix"),
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
