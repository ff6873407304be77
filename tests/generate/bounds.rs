//! Whatever a block asks for, it ends soon, and what it does not give is said.

use super::tried;

/// The codes found.
fn codes(head: &str, block: &str) -> Vec<&'static str> {
    let (findings, _) = tried(head, block);
    findings.into_iter().map(|finding| finding.code.id).collect()
}

#[test]
fn hostile_blocks_end_in_a_code() {
    for (block, code) in [
        ("tokens = \"\" * 9223372036854775807", "A4503"),
        ("tokens = \"(\" * 9223372036854775807", "A4503"),
        ("let n in 0..9223372036854775807\ntokens = \"(\" * (n * n)", "A4503"),
        ("family f(n) = f(n - 1) f(n - 1) | f(n + 1)  f(n) | \"\" * n\ntokens = f(60) * 1000", "A4503"),
        ("family f(n) = \"\" | f(n + 1) f(n + 1) f(n + 1)\ntokens = f(0)", "A4503"),
        ("family f = f | f f | f f f\ntokens = f", "A4501"),
        ("let n in 5..6\nlet k in n..3\ntokens = \"(\" * k", "A4503"),
        ("tokens = edit(\"(\" * 8, 9, any { \"(\" \")\" })", "A4503"),
        ("tokens = any * 8\nwhere false", "A4503"),
    ] {
        assert_eq!(codes("generate(1000)", block), [code], "{block}");
    }
}

#[test]
fn deep_recursion_takes_no_stack() {
    let block = "family deep(n) = \"\" * (0 - n) \"(\" | deep(n + 1) | deep(n + 1) | deep(n + 1)\ntokens = deep(0) * 8";
    assert_eq!(codes("generate(1)", block), [""; 0]);
}

#[test]
fn fewer_rows_are_told() {
    let (findings, dataset) = tried("generate(1000000)", "tokens = any { \"(\" \")\" } * 8");
    assert_eq!(findings.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["A4504"]);
    assert!(findings[0].message.contains("256 rows, not 1000000"), "{}", findings[0].message);
    assert_eq!(dataset.map(|found| found.rows), Some(256));
}

/// The rows of a file would not be those that the block says.
#[test]
fn a_binding_to_a_file_is_refused() {
    let text = "use \"micro.ansatz\"\ndata made for micro = generate(9) {\n    tokens = any * 8\n}\n";
    let path = std::path::Path::new("tests/fixtures").join("bound.tmp.ansatz");
    ansatz::files::write(&path, text.as_bytes()).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(["check", "--engine", "reference", "--data", "made=tests/fixtures/micro.npz"])
        .arg(&path)
        .output();
    std::fs::remove_file(&path).unwrap();
    let errors = String::from_utf8_lossy(&output.unwrap().stderr).into_owned();
    assert!(errors.contains("A4508"), "{errors}");
}
