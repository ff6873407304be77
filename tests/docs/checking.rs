//! What docs/checking.md shows is what the program prints.
#![expect(clippy::disallowed_methods, reason = "tests make files and start programs")]

use super::shown;
use std::path::Path;
use std::process::Command;

const PAGE: &str = "docs/checking.md";
const TEXT: &str = include_str!("../../docs/checking.md");

/// What a command prints in a folder with the file of the page, and its exit code.
fn printed(arguments: &str) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for name in ["micro.onnx", "micro.npz", "few.jsonl"] {
        std::fs::copy(fixtures.join(name), folder.path().join(name)).expect("the fixture is there");
    }
    let base = std::fs::read_to_string(fixtures.join("micro.ansatz")).expect("the fixture is there");
    let (_, rest) = TEXT.split_once("```ansatz,fragment\n").expect("the page has a file");
    let items = rest.split("```").next().unwrap_or_default();
    std::fs::write(folder.path().join("claims.ansatz"), format!("{base}\n{items}")).expect("it can be written");
    let run = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(arguments.split(' '))
        .env("ANSATZ_ENGINE", "reference")
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // What is drawn depends on the screen; the last line says how it went.
    let last = text(&run.stderr).lines().last().map(str::to_owned).unwrap_or_default();
    (text(&run.stdout) + &last, run.status.code())
}

fn is_real(arguments: &str, code: i32) {
    let (output, ended) = printed(arguments);
    assert_eq!(ended, Some(code), "{output}");
    let first = format!("$ ansatz {arguments}\n");
    shown(PAGE, &first, &format!("{first}{}", output.trim_end()));
}

#[test]
fn lines_and_differences_are_real() {
    is_real("check claims.ansatz --format concise", 2);
    is_real("check claims.ansatz --diff", 1);
}

/// The settings that are shown are ones that can be made.
#[test]
fn settings_are_real() {
    let (_, rest) = TEXT.split_once("```toml\n").expect("the page has settings");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = rest.split("```").next().unwrap_or_default().replace("onnxruntime", "reference");
    std::fs::write(folder.path().join("ansatz.toml"), settings).expect("it can be written");
    std::fs::write(folder.path().join("a.ansatz"), "feature f : bool = true\n").expect("it can be written");
    let run = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .args(["check", "a.ansatz"])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    assert_eq!((run.status.code(), run.stdout), (Some(0), Vec::new()), "`format` is that of the settings");
}
