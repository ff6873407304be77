//! Nothing breaks it: faults of the file system, signals, limits of the process, models that ask for too much, and names
//! that would take hold of a screen. The list of what is refused, with the tests of each, is `docs/hostile-inputs.md`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests make files, start programs and wait")]

#[path = "support/graph.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod graph;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

#[cfg(target_os = "linux")]
#[path = "robust/asking.rs"]
mod asking;
#[path = "robust/document.rs"]
mod document;
// Builds for users have no faults to plan.
#[cfg(debug_assertions)]
#[path = "robust/faults.rs"]
mod faults;
#[path = "robust/inputs.rs"]
mod inputs;
#[path = "robust/screens.rs"]
mod screens;
#[cfg(target_os = "linux")]
#[path = "robust/signals.rs"]
mod signals;

use program::{Folder, HEAD};
use std::collections::BTreeMap;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

/// What programs write beside inputs.
const SEARCH: &str = "
search parts explains loss {
    over heads(1, 0), embed
    computes opens, equal_count
    references 40
    train 0.5
    budget 12
    price 0.001 per bit
}
";

/// About a behaviour that the untouched model is perfect at.
fn searching() -> Folder {
    let folder = Folder::with("");
    folder.write(
        "a.ansatz",
        format!("{}{SEARCH}", HEAD.replace("cross_entropy(logits, label)", "kl(clean(logits), logits)")),
    );
    folder
}

/// A calibration of ten members, and the challenge that it holds them against.
const CALIBRATION: &str = r#"
feature opens_first : bool = tokens[1] == "("

hypothesis late explains loss {
    node count = heads(1, 0)  computes equal_count
    node first = embed[pos: 1]  computes opens_first

    first -> count
    count -> loss
}

challenge open of late fools {
    from strings
    rank by scrubbed(loss)
    success loss > 0.7
    draws 2
    budget 30
}

calibrate scores {
    truth late
    start late
    computes equal_count, opens_first
    size 12
    references 40
}
"#;

/// The program in a shell, after a command of the shell.
#[cfg(target_os = "linux")]
fn in_shell(folder: &Folder, before: &str, arguments: &str) -> Command {
    let program = folder.command::<&str>([]).get_program().to_string_lossy().into_owned();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{before}; exec {program} {arguments}")]);
    shell.current_dir(folder.path("")).env("ANSATZ_ENGINE", "reference").env_remove("ORT_DYLIB_PATH");
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

/// All files below a folder, by their paths from it.
fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}
