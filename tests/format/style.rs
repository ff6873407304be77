//! The style, example by example.

use super::kept::{Layout, checked};
use ansatz::format::format;
use ansatz::source::FileId;

fn becomes(text: &str, wanted: &str) {
    assert_eq!(checked("text", text), Layout::Text(wanted.to_owned()), "{text}");
    assert_eq!(checked("wanted", wanted), Layout::Text(wanted.to_owned()), "{wanted}");
}

#[test]
fn line_ends_are_those_of_the_first_line() {
    let laid = |text: &str| format(FileId(0), text).unwrap();
    assert_eq!(laid("feature a=1\r\n// b\n"), "feature a = 1\r\n// b\r\n");
    assert_eq!(laid("feature a=1\n// b\r\n"), "feature a = 1\n// b\n");
    assert_eq!(laid("feature a=1"), "feature a = 1\n");
}
