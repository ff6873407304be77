//! `ansatz fmt`: which files it takes, what it writes and what it never writes.
#![expect(clippy::disallowed_methods, reason = "tests make files and start programs")]

use super::program::{Folder, Ran, finish};
use std::io::Write;
use std::process::Stdio;

const LOOSE: &str = "feature a=1\nfeature longer = a+1 // why\n";
const NEAT: &str = "feature a      = 1\nfeature longer = a + 1  // why\n";
const WRONG: &str = "feature a = (1\n";

fn with(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::with("");
    files.iter().for_each(|(name, text)| folder.write(name, text));
    folder
}

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

/// With this text on standard input.
fn piped(folder: &Folder, arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = folder.command(arguments);
    let (reader, mut writer) = std::io::pipe().unwrap();
    command.stdin(Stdio::from(reader));
    let input = input.to_vec();
    let writing = std::thread::spawn(move || writer.write_all(&input));
    let ran = finish(command);
    let _ = writing.join().unwrap();
    ran
}

#[test]
fn files_are_laid_out_in_place() {
    let folder = with(&[("loose.ansatz", LOOSE), ("neat.ansatz", NEAT)]);
    let ran = folder.run("fmt loose.ansatz neat.ansatz").ended(0);
    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr, "1 laid out anew, 1 as they should be\n");
    assert_eq!((text(&folder, "loose.ansatz").as_str(), text(&folder, "neat.ansatz").as_str()), (NEAT, NEAT));
    assert_eq!(folder.run("fmt -q loose.ansatz").ended(0).stderr, "");
}

#[test]
fn check_names_what_would_change_and_writes_nothing() {
    let folder = with(&[("loose.ansatz", LOOSE), ("neat.ansatz", NEAT)]);
    let ran = folder.run("fmt --check neat.ansatz loose.ansatz").ended(1);
    assert_eq!(ran.stdout, "loose.ansatz\n");
    assert_eq!(text(&folder, "loose.ansatz"), LOOSE);
    assert_eq!(folder.run("fmt --check neat.ansatz").ended(0).stdout, "");
}

#[test]
fn diff_shows_what_would_change_and_writes_nothing() {
    let folder = with(&[("loose.ansatz", LOOSE), ("neat.ansatz", NEAT)]);
    let ran = folder.run("fmt --diff loose.ansatz neat.ansatz").ended(0);
    let wanted = "--- a/loose.ansatz\n+++ b/loose.ansatz\n@@ -1,2 +1,2 @@\n-feature a=1\n-feature longer = a+1 // why\n\
                  +feature a      = 1\n+feature longer = a + 1  // why\n";
    assert_eq!(ran.stdout, wanted);
    assert_eq!(text(&folder, "loose.ansatz"), LOOSE);
    assert_eq!(folder.run("fmt --diff --check loose.ansatz").ended(1).stdout, wanted);
}

#[test]
fn folders_are_searched() {
    let folder = with(&[("neat.txt", LOOSE)]);
    for name in ["sub", "sub/deeper", "sub/.hidden"] {
        std::fs::create_dir(folder.path(name)).unwrap();
        folder.write(&format!("{name}/b.ansatz"), LOOSE);
    }
    let ran = folder.run("fmt --check sub").ended(1);
    assert_eq!(ran.stdout, "sub/b.ansatz\nsub/deeper/b.ansatz\n");
    folder.run("fmt sub").ended(0);
    assert_eq!(text(&folder, "sub/deeper/b.ansatz"), NEAT);
    assert_eq!(text(&folder, "sub/.hidden/b.ansatz"), LOOSE);
    assert_eq!(text(&folder, "neat.txt"), LOOSE);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = with(&[]);
    assert_eq!(piped(&folder, &["fmt", "-"], LOOSE.as_bytes()).ended(0).stdout, NEAT);
    assert_eq!(piped(&folder, &["fmt", "--check", "-"], LOOSE.as_bytes()).ended(1).stdout, "standard input\n");
    assert_eq!(piped(&folder, &["fmt", "--check", "-"], NEAT.as_bytes()).ended(0).stdout, "");
    let ran = piped(&folder, &["fmt", "-"], WRONG.as_bytes()).ended(2);
    assert!(
        ran.stdout.is_empty() && ran.stderr.contains("[A0011]") && ran.stderr.contains("standard input"),
        "{ran:?}"
    );
    let ran = piped(&folder, &["fmt", "-", "a.ansatz"], LOOSE.as_bytes()).ended(2);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("[A9002]"), "{ran:?}");
}

#[test]
fn what_has_mistakes_is_left_as_it_is_and_the_others_are_not() {
    let folder = with(&[("loose.ansatz", LOOSE), ("wrong.ansatz", WRONG), ("utf16.ansatz", "")]);
    folder.write("utf16.ansatz", b"\xff\xfem\0");
    let ran = folder.run("fmt wrong.ansatz utf16.ansatz none.ansatz loose.ansatz").ended(2);
    for code in ["[A0011]", "[A0002]", "[A9001]"] {
        assert!(ran.stderr.contains(code), "{ran:?}");
    }
    assert_eq!(text(&folder, "wrong.ansatz"), WRONG);
    assert_eq!(text(&folder, "loose.ansatz"), NEAT);
    assert_eq!(folder.run("fmt --check wrong.ansatz").ended(2).stdout, "");
}

#[test]
fn the_mark_and_the_line_ends_of_a_file_stay() {
    let folder = with(&[("a.ansatz", "\u{feff}feature a=1\r\nfeature b=2")]);
    folder.run("fmt a.ansatz").ended(0);
    assert_eq!(text(&folder, "a.ansatz"), "\u{feff}feature a = 1\r\nfeature b = 2\r\n");
    folder.run("fmt --check a.ansatz").ended(0);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = with(&[("loose.ansatz", LOOSE), ("fixed.ansatz", LOOSE)]);
    let mode = |name: &str| std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    let set = |name: &str, mode| std::fs::set_permissions(folder.path(name), PermissionsExt::from_mode(mode)).unwrap();
    symlink("loose.ansatz", folder.path("link.ansatz")).unwrap();
    set("loose.ansatz", 0o640);
    folder.run("fmt link.ansatz").ended(0);
    assert!(std::fs::symlink_metadata(folder.path("link.ansatz")).unwrap().is_symlink());
    assert_eq!((text(&folder, "loose.ansatz").as_str(), mode("loose.ansatz")), (NEAT, 0o640));
    set("fixed.ansatz", 0o444);
    let ran = folder.run("fmt fixed.ansatz").ended(2);
    assert!(ran.stderr.contains("it may only be read"), "{ran:?}");
    assert_eq!(text(&folder, "fixed.ansatz"), LOOSE);
    assert_eq!(folder.names().iter().filter(|name| name.starts_with(".tmp")).count(), 0);
}
