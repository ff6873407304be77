//! The trained models of `examples`: a search finds the heads that copy, and the head that tells them what
//! came before; and of a bracket classifier more than a person did.

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

/// With fewer references than in the file, for time.
#[test]
fn more_than_a_person_found_with_fewer_arrows() {
    let root = env!("CARGO_MANIFEST_DIR");
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(format!("{root}/examples/brackets/search.ansatz")).unwrap();
    let text = text.replace("\"claims.ansatz\"", &format!("\"{root}/examples/brackets/claims.ansatz\""));
    let text = text.replace("price 0.01 per bit", "price 0.01 per bit\n    references 300");
    std::fs::write(folder.path().join("find.ansatz"), text).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .current_dir(root)
        .args(["search", "--quiet", "--format", "json"])
        .arg(folder.path().join("find.ansatz"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let found: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let winners = found["searches"][0]["winners"].as_array().unwrap();
    let best = winners.iter().find(|winner| winner["best"] == true).unwrap();
    // `count_and_nest` of claims.ansatz recovers 93.6 % with 14 arrows.
    assert!(best["held_out"]["low"].as_f64().unwrap() > 0.936 && best["arrows"].as_u64().unwrap() <= 14, "{best}");
}
