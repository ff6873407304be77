//! How commands end: exit codes and bindings.

use super::program::{CLAIMS, Folder};

fn expecting(clause: &str) -> Folder {
    Folder::with(&format!("{CLAIMS}\nexpect counts {{ {clause} }}\n"))
}

#[test]
fn all_well_is_0() {
    let folder = expecting("scrubbed(loss) > 0.0");
    for arguments in [
        "check a.ansatz",
        "run a.ansatz",
        "run a.ansatz --strict",
        "plan a.ansatz",
        "inspect micro.onnx",
        "explain A3001",
        "explain",
        "dump --stage hypothesis a.ansatz",
        "--help",
        "run -h",
        "--version",
    ] {
        let ran = folder.run(arguments).ended(0);
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty(), "{arguments}: {ran:?}");
    }
}

#[test]
fn refuted_is_1() {
    let folder = expecting("scrubbed(loss) > 1000.0");
    let ran = folder.run("run a.ansatz").ended(1);
    assert!(ran.stdout.contains("refuted"), "{ran:?}");
    assert_eq!(folder.run("run a.ansatz --format json").ended(1).json()["hypotheses"][1]["verdict"], "refuted");
    folder.run("check a.ansatz").ended(0);
    folder.run("plan a.ansatz").ended(0);
}

#[test]
fn undecided_is_1_only_under_strict() {
    let folder = expecting("scrubbed(loss) >= 0.95");
    let ran = folder.run("run a.ansatz").ended(0);
    assert!(ran.stdout.contains("undecided"), "{ran:?}");
    folder.run("run a.ansatz --strict").ended(1);
}

#[test]
fn a_wrong_file_is_2_for_every_command() {
    let folder = Folder::with(CLAIMS);
    folder.write("wrong.ansatz", "feature f : int = 1 +\n");
    folder.write("wrong.onnx", "nothing");
    for arguments in [
        "check wrong.ansatz",
        "run wrong.ansatz",
        "plan wrong.ansatz",
        "dump --stage program wrong.ansatz",
        "dump --stage ast wrong.ansatz",
        "inspect wrong.onnx",
        "explain no-such-code",
        "check none.ansatz",
        "check .",
        "run .",
        "inspect .",
        "dump --stage tree .",
        "run a.ansatz --data strings=.",
        "run a.ansatz --model micro=.",
    ] {
        let ran = folder.run(arguments).ended(2);
        assert!(ran.stderr.contains("[A"), "{arguments}: {ran:?}");
    }
}

#[test]
fn wrong_usage_is_2() {
    let folder = Folder::with(CLAIMS);
    for arguments in [
        "",
        "frobnicate",
        "run",
        "run a.ansatz --n 0",
        "run a.ansatz --n -1",
        "run a.ansatz --n many",
        "run a.ansatz --seed -1",
        "run a.ansatz --threads 0",
        "run a.ansatz --memory 0",
        "run a.ansatz --memory 12X",
        "run a.ansatz --memory 99999999999T",
        "run a.ansatz --model micro",
        "run a.ansatz --engine abacus",
        "run a.ansatz --format yaml",
        "run a.ansatz --replay d.npz --seed 1",
        "run a.ansatz b.ansatz",
        "dump a.ansatz",
        "dump --stage soup a.ansatz",
        "inspect micro.onnx --dim pos",
        "inspect micro.onnx --dim pos=0",
    ] {
        let ran = folder.run(arguments).ended(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{arguments}: {ran:?}");
    }
}

#[test]
fn bindings_replace_what_the_file_names() {
    let folder = Folder::with(CLAIMS);
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    folder.write("b.ansatz", text.replace("micro.onnx", "gone.onnx").replace("micro.npz", "gone.npz"));
    let ran = folder.run("run b.ansatz").ended(2);
    assert!(ran.stderr.contains("A9001"), "{ran:?}");
    let bound = "run b.ansatz --model micro=micro.onnx --data strings=micro.npz --format json";
    let (bound, plain) = (folder.run(bound).ended(0).json(), folder.run("run a.ansatz --format json").ended(0).json());
    assert_eq!(bound["hypotheses"], plain["hypotheses"]);
    assert_eq!(bound["provenance"]["models"], plain["provenance"]["models"]);
}

#[test]
fn a_binding_is_relative_to_the_working_folder_and_a_path_in_the_text_to_the_file() {
    let folder = Folder::with(CLAIMS);
    let file = folder.path("a.ansatz");
    let elsewhere = Folder::with("");
    let name = file.display().to_string();
    super::program::finish(elsewhere.command(["check", &name])).ended(0);
    super::program::finish(elsewhere.command(["check", &name, "--data", "strings=micro.npz"])).ended(0);
    super::program::finish(elsewhere.command(["check", &name, "--data", "strings=none.npz"])).ended(2);
}

#[test]
fn bindings_of_unknown_names_are_found() {
    let folder = Folder::with(CLAIMS);
    for binding in ["--model macro=micro.onnx", "--data string=micro.npz", "--model strings=micro.onnx"] {
        let ran = folder.run(&format!("run a.ansatz {binding}")).ended(2);
        assert!(ran.stderr.contains("A9201"), "{binding}: {ran:?}");
    }
    let ran = folder.run("run a.ansatz --data string=micro.npz");
    assert!(ran.stderr.contains("`strings` might be meant"), "{ran:?}");
}

#[test]
fn only_codes_that_exist_are_allowed() {
    let folder = Folder::with(CLAIMS);
    let ran = folder.run("check a.ansatz --allow A0000").ended(2);
    assert!(ran.stderr.contains("A9202"), "{ran:?}");
    // A wrong file stays wrong where another code is allowed.
    let folder = Folder::with("feature f : int = no_such_name\n");
    folder.run("check a.ansatz --allow A7001").ended(2);
}

#[test]
fn what_is_allowed_is_run_and_no_other_error_can_be() {
    let folder = Folder::with(
        "data tiny for micro = jsonl(\"tiny.jsonl\") {\n    tokens\n    label : category\n}\n\n\
         hypothesis single explains loss on tiny {\n    node late = heads(1, 0) computes (tokens[1], tokens[2])\n    \
         late -> loss\n}\n\nhypothesis wrong explains loss on tiny {\n    node late = heads(1, 9) computes any\n    late -> loss\n}\n",
    );
    let row = |first: u8, second: u8| {
        format!("{{\"tokens\": [0, {first}, {second}, 2, 1, 1, 1, 1], \"label\": {}}}\n", first % 2)
    };
    folder.write("tiny.jsonl", [(3, 3), (3, 4), (4, 3), (4, 4)].map(|(first, second)| row(first, second)).concat());
    // As a warning the mistake would leave its hypothesis out, and the run would end well.
    let ran = folder.run("run a.ansatz --allow A4103 --allow A3030").ended(2);
    assert!(ran.stderr.contains("A9205") && ran.stdout.is_empty(), "{ran:?}");
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    folder.write("a.ansatz", text.replace("heads(1, 9)", "heads(1, 1)"));
    assert!(folder.run("run a.ansatz").ended(2).stderr.contains("A4103"));
    let ran = folder.run("run a.ansatz --allow A4103 --format json").ended(0);
    assert!(ran.stderr.contains("[A4103] Warning"), "{ran:?}");
    let report = ran.json();
    let names: Vec<&str> =
        report["hypotheses"].as_array().unwrap().iter().filter_map(|found| found["name"].as_str()).collect();
    assert_eq!(names, ["single", "wrong"]);
}

#[test]
fn a_file_without_hypotheses_has_nothing_to_run() {
    let folder = Folder::with("");
    folder.run("check a.ansatz").ended(0);
    let ran = folder.run("run a.ansatz").ended(2);
    assert!(ran.stderr.contains("A9203"), "{ran:?}");
}

/// A library that is none: by name a coded error, otherwise a remark and the other engine.
#[cfg(feature = "ort-dynamic")]
#[test]
fn a_library_that_cannot_be_loaded_is_said() {
    let folder = Folder::with(CLAIMS);
    folder.write("junk.so", "this is not a library\n");
    folder.write("elf.so", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0");
    for library in ["/dev/null", ".", "none.so", "./junk.so", "./elf.so"] {
        let with = |engine: &str| {
            let mut command = folder.command(["run", "a.ansatz", "--engine", engine]);
            command.env("ORT_DYLIB_PATH", library);
            super::program::finish(command).without_fault()
        };
        let asked = with("onnxruntime").ended(2);
        assert!(asked.stderr.contains("A6006") && asked.used.as_secs() < 10, "{library}: {asked:?}");
        let auto = with("auto").ended(0);
        assert!(auto.stderr.contains("ORT_DYLIB_PATH") && auto.stdout.contains("engine reference"), "{auto:?}");
        assert!(with("reference").ended(0).stderr.is_empty());
    }
}
