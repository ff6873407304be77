//! Texts, paths and arguments that other tests have no reason to try: each gives its code, quickly.

use super::program::{CLAIMS, Folder, HEAD, finish};

/// What `check` says of a text.
fn checked(text: &str, code: &str) {
    let folder = Folder::with(CLAIMS);
    folder.write("x.ansatz", text);
    let ran = folder.run("check x.ansatz").ended(2);
    assert!(ran.stderr.contains(&format!("[{code}]")), "{code}: {ran:?}");
    assert!(ran.used.as_secs() < 10, "{code}: {:?}", ran.used);
}

#[test]
fn marks_encodings_and_line_ends() {
    let folder = Folder::with(CLAIMS);
    let text = format!("{HEAD}{CLAIMS}");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("x.ansatz", [&[0xff, 0xfe][..], &utf16].concat());
    assert!(folder.run("check x.ansatz").ended(2).stderr.contains("[A0002]"));
    for text in
        [format!("\u{feff}{text}"), text.replace('\n', "\r\n"), text.replace('\n', "\r"), text.replace("    ", "\t")]
    {
        folder.write("x.ansatz", text);
        folder.run("check x.ansatz").ended(0);
    }
    // The place is that of an editor, whatever ends a line.
    for line_end in ["\n", "\r\n"] {
        folder.write("x.ansatz", format!("{HEAD}feature f : int = nowhere\n").replace('\n', line_end));
        let ran = folder.run("check x.ansatz").ended(2);
        assert!(ran.stderr.contains(&format!("x.ansatz:{}:19", HEAD.lines().count() + 1)), "{ran:?}");
    }
}

#[test]
fn characters_that_hide_or_turn_around() {
    for hidden in ['\u{202e}', '\u{2066}', '\u{1b}', '\u{0}', '\u{7f}', '\u{9b}'] {
        checked(&format!("{HEAD}// a{hidden}b\n{CLAIMS}"), "A0003");
        checked(&HEAD.replace("[pad]", &format!("[p{hidden}d]")), "A0003");
    }
    checked(&format!("{HEAD}{}", CLAIMS.replace("counts", "c\u{43e}unts")), "A0016");
}

#[test]
fn numbers_out_of_range() {
    checked(&format!("{HEAD}feature f : int = 99999999999999999999\n"), "A0023");
    checked(&format!("{HEAD}{CLAIMS}expect counts {{ recovered(loss) > 1e999 }}\n"), "A0024");
    checked(&format!("{HEAD}{CLAIMS}expect counts {{ recovered(loss) > NaN }}\n"), "A4013");
}

#[test]
fn texts_that_end_too_early() {
    checked(&format!("{HEAD}feature f : bool = tokens == \"("), "A0020");
    checked(&format!("{HEAD}/* "), "A0010");
}

#[test]
fn more_definitions_than_are_read() {
    let many: String = (0..300_000).map(|at| format!("feature f{at} : int = 1\n")).collect();
    checked(&format!("{HEAD}{many}"), "A0004");
}

#[test]
fn files_that_are_used_and_are_none() {
    checked(&format!("use \".\"\n{HEAD}"), "A9002");
    checked(&format!("use \"none.ansatz\"\n{HEAD}"), "A9001");
    let folder = Folder::with(CLAIMS);
    folder.write("x.ansatz", format!("use \"y.ansatz\"\nuse \"x.ansatz\"\n{HEAD}"));
    folder.write("y.ansatz", "use \"x.ansatz\"\n");
    folder.run("check x.ansatz").ended(0);
}

#[cfg(target_os = "linux")]
#[test]
fn devices_and_pipes_are_never_waited_for() {
    checked(&format!("use \"/dev/zero\"\n{HEAD}"), "A9002");
    let folder = Folder::with(CLAIMS);
    assert!(std::process::Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    for arguments in [
        "check pipe",
        "run a.ansatz --model micro=pipe",
        "run a.ansatz --data strings=pipe",
        "inspect pipe",
        "run a.ansatz --replay pipe",
        "run a.ansatz --model micro=/dev/zero",
        "fmt pipe",
        "report pipe",
    ] {
        let ran = folder.run(arguments).ended(2);
        assert!(ran.stderr.contains("[A900"), "{arguments}: {ran:?}");
    }
    let ran = folder.run("run a.ansatz --draws pipe").ended(2);
    assert!(ran.stderr.contains("[A9004]"), "{ran:?}");
}

/// Files with holes, so that they take no room.
#[test]
fn files_beyond_the_limits_are_not_read() {
    let folder = Folder::with(CLAIMS);
    for name in ["big.onnx", "big.npz"] {
        std::fs::File::create(folder.path(name)).unwrap().set_len((2 << 30) + 1).unwrap();
    }
    for arguments in [
        "run a.ansatz --model micro=big.onnx",
        "run a.ansatz --data strings=big.npz",
        "inspect big.onnx",
        "run a.ansatz --replay big.npz",
        "check big.onnx",
        "fmt big.onnx",
    ] {
        let ran = folder.run(arguments).ended(2);
        assert!(ran.stderr.contains("[A9003]"), "{arguments}: {ran:?}");
    }
}

#[test]
fn arguments_out_of_range() {
    let folder = Folder::with(CLAIMS);
    for arguments in [
        "run a.ansatz --seed -1",
        "run a.ansatz --threads 0",
        "run a.ansatz --threads 100000",
        "run a.ansatz --memory -1",
        "run a.ansatz --n 99999999999999999999",
        "run a.ansatz --set a=x",
    ] {
        let ran = folder.run(arguments).ended(2);
        assert!(ran.stderr.contains("error: ") && ran.stdout.is_empty(), "{arguments}: {ran:?}");
    }
    folder.run("run a.ansatz --n 20 --threads 64").ended(0);
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::with(CLAIMS);
    let path = std::ffi::OsStr::from_bytes(b"\xff\xfe.ansatz");
    let run = || finish(folder.command([std::ffi::OsStr::new("check"), path]));
    assert!(run().ended(2).stderr.contains("[A9001]"));
    std::fs::copy(folder.path("a.ansatz"), folder.path("").join(path)).unwrap();
    run().ended(0);
}

#[test]
fn a_reader_of_ten_columns() {
    let folder = Folder::with(CLAIMS);
    folder.write("wrong.ansatz", format!("{HEAD}feature f : int = no_such_name\n"));
    for columns in ["10", "1", "0", "-1", "x"] {
        for (arguments, code) in
            [("--help", 0), ("run -h", 0), ("run a.ansatz --n 40", 0), ("check wrong.ansatz", 2), ("explain A3001", 0)]
        {
            let mut command = folder.command(arguments.split(' '));
            command.env("COLUMNS", columns);
            finish(command).ended(code);
        }
    }
}
