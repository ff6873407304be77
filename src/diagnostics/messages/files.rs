//! A9: files, usage and faults of Ansatz itself.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Code, Diagnostic, Place, clean};

declare_codes! {
    FILE_MISSING = "A9001" "file-missing" Error "a file that is named does not exist";
    FILE_UNREADABLE = "A9002" "file-unreadable" Error "a file cannot be read";
    FILE_TOO_LARGE = "A9003" "file-too-large" Error "a file is larger than Ansatz reads";
    FILE_NOT_WRITTEN = "A9004" "file-not-written" Error "a result could not be written";
    NOT_AN_NPZ = "A9101" "not-an-npz" Error "a data file is not an npz archive";
    NPY_HEADER = "A9102" "npy-header" Error "the header of an array cannot be read";
    NPY_ELEMENT = "A9103" "npy-element" Error "an array holds elements of an unsupported type";
    NPY_SHAPE = "A9104" "npy-shape" Error "an array declares an impossible or an enormous shape";
    NPY_LENGTH = "A9105" "npy-length" Error "an array has more or fewer bytes than its header declares";
    ZIP_DAMAGED = "A9106" "zip-damaged" Error "an npz archive is damaged";
    ZIP_ENTRY = "A9107" "zip-entry" Error "an npz archive has an entry that numpy would not write";
    ZIP_BOMB = "A9108" "zip-bomb" Error "an npz archive would inflate out of all proportion";
    TOO_MANY_VALUES = "A9109" "too-many-values" Error "a data file has more values than Ansatz reads";
    JSONL_LINE = "A9110" "jsonl-line" Error "a line is not a JSON object";
    JSONL_LINE_TOO_LONG = "A9111" "jsonl-line-too-long" Error "a line is longer than Ansatz reads";
    JSONL_KEY_MISSING = "A9112" "jsonl-key-missing" Error "a line lacks a key that the first line has";
    JSONL_KEY_TWICE = "A9113" "jsonl-key-twice" Error "a line has a key twice";
    JSONL_VALUE = "A9114" "jsonl-value" Error "a value of a line does not fit its column";
    JSONL_RAGGED = "A9115" "jsonl-ragged" Error "the lists of a column differ in length";
}

fn file(path: &str) -> Place {
    Place::File { path: clean(path) }
}

/// `near` is a file of the same folder with a similar name.
#[must_use]
pub fn missing(path: &str, near: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(&FILE_MISSING, format!("`{}` does not exist", clean(path)), file(path));
    match near {
        Some(near) => found.help(format!("`{}` might be meant", clean(near))),
        None => found,
    }
}

#[must_use]
pub fn unreadable(path: &str, why: &str) -> Diagnostic {
    Diagnostic::new(&FILE_UNREADABLE, format!("`{}` cannot be read: {}", clean(path), clean(why)), file(path))
}

#[must_use]
pub fn too_large(path: &str, size: u64, limit: u64) -> Diagnostic {
    let message = format!("`{}` has {size} bytes; at most {limit} are read", clean(path));
    Diagnostic::new(&FILE_TOO_LARGE, message, file(path))
}

#[must_use]
pub fn not_written(path: &str, why: &str) -> Diagnostic {
    Diagnostic::new(&FILE_NOT_WRITTEN, format!("`{}` could not be written: {}", clean(path), clean(why)), file(path))
        .note("nothing was left behind under this name")
}

fn array_name(array: &str) -> String {
    if array.is_empty() { "the array".to_string() } else { format!("array `{}`", clean(array)) }
}

/// `bytes` are the file's own; the first of them tell what it might be instead.
#[must_use]
pub fn not_an_npz(path: &str, bytes: &[u8]) -> Diagnostic {
    let message = format!("`{}` is not an npz archive", clean(path));
    let finding = Diagnostic::new(&NOT_AN_NPZ, message, file(path));
    let start = bytes.get(..200.min(bytes.len())).unwrap_or(bytes);
    let html = start.iter().copied().find(|byte| !byte.is_ascii_whitespace()) == Some(b'<');
    match start {
        [] => finding.note("the file is empty"),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => finding
            .note("it is a single npy array")
            .help("`numpy.savez(path, tokens=array)` writes an archive whose arrays have names"),
        [0x80, 2..=5, ..] => {
            finding.note("it looks like a Python pickle, which can run code when it is opened; it was not opened")
        }
        _ if start.starts_with(b"version https://git-lfs") => {
            finding.note("it is a git-LFS pointer").help("`git lfs pull` fetches the file itself")
        }
        _ if html => finding.note("it looks like a web page: the download might have failed"),
        [b'{', ..] => finding.note("it looks like JSON").help("a file of JSON lines is declared as `jsonl(...)`"),
        _ => finding.help("`numpy.savez(path, tokens=array)` writes an npz archive"),
    }
}

#[must_use]
pub fn npy_header(path: &str, array: &str, why: &str) -> Diagnostic {
    let message = format!("{} in `{}` cannot be read: {}", array_name(array), clean(path), clean(why));
    Diagnostic::new(&NPY_HEADER, message, file(path))
}

#[must_use]
pub fn npy_objects(path: &str, array: &str) -> Diagnostic {
    let message = format!("{} in `{}` holds pickled Python objects", array_name(array), clean(path));
    Diagnostic::new(&NPY_ELEMENT, message, file(path))
        .note("a pickle can run code when it is opened; it was not opened")
        .help("numpy falls back to objects for lists of different lengths: pad them to one length")
}

/// `element` is numpy's code, such as `<f2` or `<U5`.
#[must_use]
pub fn npy_element(path: &str, array: &str, element: &str) -> Diagnostic {
    let code = element.trim_start_matches(['<', '>', '|', '=']);
    let message = format!("{} in `{}` has elements of type `{}`", array_name(array), clean(path), clean(element));
    let finding = Diagnostic::new(&NPY_ELEMENT, message, file(path))
        .note("bool, integers of 1 to 8 bytes, float32 and float64 are read");
    match code.chars().next() {
        Some('U' | 'S') => finding.help("store each text as the number of a word of the vocabulary"),
        Some('f') => finding.help("store the array as float32: `array.astype(\"float32\")`"),
        _ => finding,
    }
}

/// An unsigned 64-bit element beyond the signed range.
#[must_use]
pub fn npy_too_big(path: &str, array: &str) -> Diagnostic {
    let message = format!("{} in `{}` has an unsigned integer beyond {}", array_name(array), clean(path), i64::MAX);
    Diagnostic::new(&NPY_ELEMENT, message, file(path)).help("store the array as int64")
}

#[must_use]
pub fn npy_shape(path: &str, array: &str, shape: &[i128], limit: u64) -> Diagnostic {
    let sizes: Vec<String> = shape.iter().take(8).map(ToString::to_string).collect();
    let more = if shape.len() > 8 { ", ..." } else { "" };
    let shape = format!("({}{more})", sizes.join(", "));
    let message = format!("{} in `{}` declares the shape {shape}", array_name(array), clean(path));
    Diagnostic::new(&NPY_SHAPE, message, file(path)).note(format!("at most {limit} elements are read"))
}

#[must_use]
pub fn npy_length(path: &str, array: &str, declared: u64, found: u64) -> Diagnostic {
    let message =
        format!("{} in `{}` declares {declared} bytes of data but has {found}", array_name(array), clean(path));
    Diagnostic::new(&NPY_LENGTH, message, file(path)).help("the file might be cut short: write or download it again")
}

#[must_use]
pub fn zip_damaged(path: &str, why: &str) -> Diagnostic {
    let message = format!("the archive `{}` is damaged: {}", clean(path), clean(why));
    Diagnostic::new(&ZIP_DAMAGED, message, file(path)).help("the file might be cut short: write or download it again")
}

/// Why an entry of an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryFault {
    OutsideName,
    Duplicate,
    Encrypted,
    Link,
    /// The name of an unsupported compression.
    Compression(String),
}

#[must_use]
pub fn zip_entry(path: &str, entry: &str, fault: &EntryFault) -> Diagnostic {
    let entry = if entry.is_empty() { "an entry".to_string() } else { format!("entry `{}`", clean(entry)) };
    let why = match fault {
        EntryFault::OutsideName => "has a name that leads out of the archive".to_string(),
        EntryFault::Duplicate => "is there twice".to_string(),
        EntryFault::Encrypted => "is encrypted".to_string(),
        EntryFault::Link => "is a link".to_string(),
        EntryFault::Compression(method) => format!("is compressed with {}", clean(method)),
    };
    Diagnostic::new(&ZIP_ENTRY, format!("{entry} of the archive `{}` {why}", clean(path)), file(path))
        .note("`numpy.savez` and `numpy.savez_compressed` never write such entries")
}

/// `unit` says what is counted: bytes, entries, bytes for each byte.
#[must_use]
pub fn zip_bomb(path: &str, found: u64, limit: u64, unit: &str) -> Diagnostic {
    let message = format!("the archive `{}` would unpack to {found} {unit}; the limit is {limit}", clean(path));
    Diagnostic::new(&ZIP_BOMB, message, file(path)).note("nothing was unpacked")
}

#[must_use]
pub fn too_many_values(path: &str, limit: u64) -> Diagnostic {
    let message = format!("the columns of `{}` have more than {limit} values", clean(path));
    Diagnostic::new(&TOO_MANY_VALUES, message, file(path)).help("only declared columns are read: declare fewer")
}

/// `what_is_wrong` follows the name of the place.
fn line_finding(code: &'static Code, path: &str, line: u64, what_is_wrong: &str) -> Diagnostic {
    Diagnostic::new(code, format!("line {line} of `{}` {what_is_wrong}", clean(path)), file(path))
}

/// An archive that is read as lines.
#[must_use]
pub fn npz_as_jsonl(path: &str) -> Diagnostic {
    Diagnostic::new(&JSONL_LINE, format!("`{}` holds no lines of JSON: it is a zip archive", clean(path)), file(path))
        .help("an npz file is read by `npz(\"PATH\")`")
}

#[must_use]
pub fn jsonl_line(path: &str, line: u64, column: u64, why: &str) -> Diagnostic {
    let what = format!("is not a JSON object: {}, at column {column}", clean(why));
    line_finding(&JSONL_LINE, path, line, &what)
}

#[must_use]
pub fn jsonl_line_too_long(path: &str, line: u64, size: u64, limit: u64) -> Diagnostic {
    let what = format!("has {size} bytes; at most {limit} are read");
    line_finding(&JSONL_LINE_TOO_LONG, path, line, &what).help("large arrays belong into an npz archive")
}

#[must_use]
pub fn jsonl_key_missing(path: &str, line: u64, key: &str) -> Diagnostic {
    line_finding(&JSONL_KEY_MISSING, path, line, &format!("has no key `{}`", clean(key)))
        .note("a declared column needs a value on every line")
}

#[must_use]
pub fn jsonl_key_twice(path: &str, line: u64, key: &str) -> Diagnostic {
    line_finding(&JSONL_KEY_TWICE, path, line, &format!("has the key `{}` twice", clean(key)))
}

/// `before` is the kind of value on earlier lines, where there is one.
#[must_use]
pub fn jsonl_value(path: &str, line: u64, key: &str, found: &str, before: Option<&str>) -> Diagnostic {
    let key = clean(key);
    let what = match before {
        Some(before) => format!("gives {found} for `{key}`, where {before} stood before"),
        None => format!("gives {found} for `{key}`"),
    };
    line_finding(&JSONL_VALUE, path, line, &what).note("a column holds numbers, bools, or lists of them")
}

#[must_use]
pub fn jsonl_ragged(path: &str, line: u64, key: &str, found: &[usize], before: &[usize]) -> Diagnostic {
    let what = format!("gives `{}` the shape {found:?}, where {before:?} stood before", clean(key));
    line_finding(&JSONL_RAGGED, path, line, &what).help("pad all rows to one length")
}

#[must_use]
pub fn jsonl_uneven(path: &str, line: u64, key: &str) -> Diagnostic {
    let what = format!("gives `{}` lists of different lengths", clean(key));
    line_finding(&JSONL_RAGGED, path, line, &what).help("pad all lists to one length")
}

/// Results that could not be put into an archive.
#[must_use]
pub fn not_packed(why: &str) -> Diagnostic {
    let message = format!("results could not be packed as npz: {}", clean(why));
    Diagnostic::new(&FILE_NOT_WRITTEN, message, Place::Nowhere)
}
