//! The trained model of `examples/induction`: a search finds the heads that copy, and the head that tells
//! them what came before.

use super::schema_holds;
use serde_json::Value;
use std::process::Command;

#[test]
fn heads_that_copy_and_the_previous_token_head_are_found() {
    let ran = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["search", "examples/induction/search.ansatz", "--quiet", "--format", "json"])
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let found: Value = serde_json::from_slice(&ran.stdout).unwrap();
    schema_holds(&found);
    let best = |search: usize| {
        let winners = found["searches"][search]["winners"].as_array().unwrap();
        winners.iter().find(|winner| winner["best"] == true).unwrap()
    };
    let lines = |search: usize| -> Vec<String> {
        let text = best(search)["text"].as_str().unwrap();
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    let heads = lines(0);
    for head in ["heads(1, 1)", "heads(1, 5)"] {
        assert!(heads.iter().any(|line| line.contains(head)), "{head}: {heads:?}");
    }
    assert!(best(0)["held_out"]["low"].as_f64().unwrap() > 0.4, "{}", best(0));
    let keys = lines(1);
    let previous = keys.iter().find(|line| line.ends_with("= heads(0, 6) computes exact"));
    let previous = previous.and_then(|line| line.split(' ').nth(1)).unwrap_or_else(|| panic!("{keys:?}"));
    assert!(keys.contains(&format!("{previous} -> at_heads_1_1.k")), "{keys:?}");
    assert!(best(1)["held_out"]["low"].as_f64().unwrap() > 0.2, "{}", best(1));
}
