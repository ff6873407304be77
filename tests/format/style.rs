//! The style, by example: `NAME.ansatz` is laid out as `NAME.formatted`.
#![expect(clippy::disallowed_methods, reason = "the environment says whether to accept what is found")]

use super::checking::read;
use super::kept::{Layout, checked};
use ansatz::files;
use ansatz::format::format;
use ansatz::source::FileId;
use std::path::Path;

fn becomes(name: &str) {
    let text = read(Path::new(&format!("tests/format/{name}.ansatz")));
    let Layout::Text(laid) = checked(name, &text) else { panic!("{name} has mistakes") };
    let wanted = format!("tests/format/{name}.formatted");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        files::write(Path::new(&wanted), laid.as_bytes()).unwrap();
    }
    assert_eq!(laid, read(Path::new(&wanted)), "{name}");
}

#[test]
fn all_kinds_of_lines() {
    becomes("style");
}

#[test]
fn comments_and_empty_lines() {
    becomes("comments");
}

#[test]
fn line_ends_are_those_of_the_first_line() {
    let laid = |text: &str| format(FileId(0), text).unwrap();
    assert_eq!(laid("feature a=1\r\n// b\n"), "feature a = 1\r\n// b\r\n");
    assert_eq!(laid("feature a=1\n// b\r\n"), "feature a = 1\n// b\n");
    assert_eq!(laid("feature a=1"), "feature a = 1\n");
}

/// Rows that are too long to be aligned leave the last columns as they are, then stand by themselves.
#[test]
fn columns_are_aligned_where_there_is_room() {
    let name = "n".repeat(50);
    let text = format!("feature {name} : int = 1\nfeature b : int = {}\n", ["c"; 22].join(" + "));
    let laid = format(FileId(0), &text).unwrap();
    assert_eq!(laid, text);
    let wanted = "feature a        = 1\nfeature longer_a = 2\n\nfeature b = 3\n";
    assert_eq!(format(FileId(0), "feature a = 1 feature longer_a = 2\n\n\nfeature b = 3").as_deref(), Ok(wanted));
}

/// A layout takes a time that grows with the length alone.
#[test]
fn long_texts_are_laid_out() {
    let mut text = String::from("feature first = 1\n");
    for at in 0..3000 {
        let brackets = format!("{}c{}", "(".repeat(at % 7), ")".repeat(at % 7));
        text += &format!("feature f{at} = a{} + {brackets} - b\n", "x".repeat(at % 90));
    }
    let deep = format!("feature deep = {}1{}\n", "f(".repeat(200), ")".repeat(200));
    checked("long", &text);
    checked("deep", &deep);
}
