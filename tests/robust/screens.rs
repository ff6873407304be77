//! No name from outside moves a cursor, colours a line or turns around what stands behind it: through every command, in
//! every form of output, to both streams.

use super::program::{CLAIMS, Folder, Ran, finish};
use ansatz::model::onnx::ModelProto;
use prost::Message;

/// A colour, a title, a clearing of the screen, a bell, an 8-bit escape, a turn to the left, an isolate, a command for
/// pipelines, a tag.
const HOSTILE: &str = "\u{1b}[31m\u{1b}]0;t\u{7}\u{1b}[2J\u{9b}1m\u{202e}\u{2066}\u{200f}\r::error::<b>\u{7f}";

/// Where a text would do something to a screen: the character, and what stands before it.
fn harm(text: &str) -> Option<String> {
    let harmful = |letter: char| {
        letter.is_control() && !matches!(letter, '\n' | '\t')
            || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let at = text.find(harmful)?;
    let before: String = text[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
    Some(format!("{before:?} and then {:?}", text[at..].chars().next()))
}

fn harmless(ran: &Ran, what: &str) {
    for (stream, text) in [("standard output", &ran.stdout), ("standard error", &ran.stderr)] {
        assert_eq!(harm(text), None, "{what}: {stream}");
    }
}

#[test]
fn the_test_finds_harm() {
    for letter in HOSTILE.chars().filter(|letter| !letter.is_ascii_graphic()) {
        assert!(harm(&format!("a{letter}b")).is_some(), "{letter:?}");
    }
    assert_eq!(harm("a \u{2502} \u{e4}\n"), None);
}

/// Everything that can be done with a file, in every form.
const COMMANDS: [&str; 24] = [
    "check F",
    "check F --format json",
    "run F --n 40",
    "run F --n 40 --panel --size",
    "run F --n 40 --format json",
    "run F --n 40 --format github",
    "run F --n 40 --format junit",
    "run F --lock --n 40",
    "run F --locked",
    "plan F",
    "plan F --format json",
    "report F --n 40",
    "report F --n 40 --format markdown",
    "diff F a.ansatz --no-run",
    "diff F a.ansatz --no-run --format json",
    "diff F a.ansatz --no-run --format markdown",
    "fmt --check F",
    "fmt --diff F",
    "dump --stage tree F",
    "dump --stage ast F",
    "dump --stage hypothesis F",
    "dump --stage program F",
    "validate F",
    "search F",
];

fn everything(folder: &Folder, name: &str, more: &[&str]) {
    for command in COMMANDS.iter().chain(more) {
        let words = command.split(' ').map(|word| if word == "F" { name } else { word });
        let ran = finish(folder.command(words)).without_fault();
        assert!(ran.code.is_some_and(|code| code <= 2), "{command}: {ran:?}");
        harmless(&ran, command);
    }
}

#[cfg(unix)]
#[test]
fn names_of_files() {
    let folder = Folder::with(CLAIMS);
    for name in [format!("{HOSTILE}.ansatz").replace('/', "_"), "a\nb.ansatz".to_owned()] {
        folder.write(&name, folder.read("a.ansatz"));
        everything(
            &folder,
            &name,
            &["calibrate F", "explain F", "inspect F", "check F --model F=F", "run F --engine F"],
        );
        // And one that is not there, in a text.
        let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
        folder.write("x.ansatz", text);
        for arguments in
            [&["check", "x.ansatz", "--model"][..], &["run", "x.ansatz", "--data"], &["plan", "x.ansatz", "--model"]]
        {
            let binding = format!("{}=no{name}", if arguments[2] == "--data" { "strings" } else { "micro" });
            let ran = finish(folder.command(arguments.iter().copied().chain([binding.as_str()]))).ended(2);
            harmless(&ran, &binding);
        }
    }
}

/// Values of arguments, which the reader of the command line repeats.
#[test]
fn words_of_the_command_line() {
    let folder = Folder::with(CLAIMS);
    for arguments in [
        &["run", "a.ansatz", "--engine"][..],
        &["run", "a.ansatz", "--memory"],
        &["run", "a.ansatz", "--n"],
        &["run", "a.ansatz", "--format"],
        &["run", "a.ansatz", "--set"],
        &["run", "a.ansatz", "--allow"],
        &["run", "a.ansatz", "--model"],
        &["run", "a.ansatz"],
        &["explain"],
        &["inspect", "micro.onnx"],
        &["validate", "a.ansatz", "--only"],
        &[],
    ] {
        for word in [HOSTILE.to_owned(), format!("{HOSTILE}=x"), format!("--{HOSTILE}"), format!("x={HOSTILE}")] {
            let ran = finish(folder.command(arguments.iter().copied().chain([word.as_str()]))).without_fault();
            harmless(&ran, &format!("{arguments:?} {word:?}"));
        }
    }
    let mut command = folder.command(["run", "a.ansatz", "--n", "40"]);
    command.env("ANSATZ_ENGINE", HOSTILE);
    harmless(&finish(command).ended(2), "the environment");
}

/// A name before every name in a model: of nodes, tensors, inputs, outputs, modules, dims and operators.
fn renamed(operators: bool) -> Vec<u8> {
    let bytes = std::fs::read(format!("{}/tests/fixtures/micro.onnx", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut model = ModelProto::decode(bytes.as_slice()).unwrap();
    let change = |text: &mut String| *text = format!("{HOSTILE}{text}");
    let graph = model.graph.as_mut().unwrap();
    for node in &mut graph.node {
        node.input.iter_mut().chain(&mut node.output).filter(|name| !name.is_empty()).for_each(change);
        node.name.iter_mut().for_each(change);
        node.doc_string.iter_mut().for_each(change);
        if operators {
            node.op_type.iter_mut().for_each(change);
        }
    }
    graph.initializer.iter_mut().flat_map(|own| own.name.iter_mut()).for_each(change);
    graph.input.iter_mut().chain(&mut graph.output).flat_map(|own| own.name.iter_mut()).for_each(change);
    model.encode_to_vec()
}

#[test]
fn names_in_models() {
    for operators in [false, true] {
        let folder = Folder::with(CLAIMS);
        folder.write("micro.onnx", renamed(operators));
        everything(
            &folder,
            "a.ansatz",
            &["inspect micro.onnx", "inspect micro.onnx --format json", "inspect micro.onnx x*"],
        );
    }
}

/// Keys and values of data, and names of arrays.
#[test]
fn names_and_values_in_data() {
    let folder = Folder::with(CLAIMS);
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    folder.write("a.ansatz", text.replace("npz(\"micro.npz\")", "jsonl(\"micro.jsonl\")"));
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let row = |key: &str, value: &str| format!("{{\"tokens\": [0,3,4,2,1,1,1,1], {key}: {value}}}\n");
    for line in [
        row(&quoted, "1"),
        row("\"label\"", &quoted),
        row("\"label\"", &format!("{{{quoted}: 1}}")),
        HOSTILE.to_owned(),
    ] {
        folder.write("micro.jsonl", line.repeat(3));
        everything(&folder, "a.ansatz", &[]);
    }
    let mut arrays = folder.arrays("micro.npz");
    let tokens = arrays.remove("tokens").unwrap();
    arrays.insert(format!("{HOSTILE}tokens"), tokens);
    folder.write_arrays("micro.npz", arrays);
    folder.write("b.ansatz", text);
    everything(&folder, "b.ansatz", &["run F --replay micro.npz"]);
}

/// Files that programs write and that someone may have changed: reports and locks.
#[test]
fn names_in_reports_and_locks() {
    let folder = Folder::with(CLAIMS);
    let json = folder.run("run a.ansatz --n 40 --lock --format json").ended(0).stdout;
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let hostile = |text: &str| {
        text.replace("\"counts\"", &quoted).replace("\"loss\"", &quoted).replace("micro", quoted.trim_matches('"'))
    };
    folder.write("run.json", hostile(&json));
    for arguments in ["report run.json", "report run.json --format markdown"] {
        harmless(&folder.run(arguments).without_fault(), arguments);
    }
    let lock = String::from_utf8(folder.read("ansatz.lock")).unwrap();
    folder.write("ansatz.lock", hostile(&lock));
    let ran = folder.run("run a.ansatz --locked").without_fault();
    assert!(ran.code == Some(1) || ran.code == Some(2), "{ran:?}");
    harmless(&ran, "a lock");
    folder.write("ansatz.lock", format!("<<<<<<< {HOSTILE}\n{lock}"));
    harmless(&folder.run("run a.ansatz --locked").ended(2), "a lock in conflict");
}
