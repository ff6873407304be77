//! Values of options that are more than a word.

use std::path::PathBuf;

/// A name of the file and the path that takes its place.
#[derive(Debug, Clone)]
pub struct Binding {
    pub name: String,
    pub path: PathBuf,
}

pub fn binding(text: &str) -> Result<Binding, String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => {
            Ok(Binding { name: name.to_owned(), path: PathBuf::from(path) })
        }
        _ => Err("a binding is NAME=PATH, NAME being declared in the file".to_owned()),
    }
}

pub fn setting(text: &str) -> Result<(String, i64), String> {
    let parsed = text.split_once('=').and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?)));
    parsed
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| "a setting is NAME=VALUE, VALUE being a whole number".to_owned())
}

pub fn dim(text: &str) -> Result<(String, usize), String> {
    let parsed = text.split_once('=').and_then(|(name, size)| Some((name.to_owned(), size.parse().ok()?)));
    parsed.filter(|(_, size)| *size > 0).ok_or_else(|| "a dim is NAME=SIZE".to_owned())
}

pub fn share(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    let wrong = || "a precision is a number greater than 0, such as 0.01".to_owned();
    number.filter(|share| *share > 0.0 && share.is_finite()).ok_or_else(wrong)
}

/// A number of bytes, with an optional unit of K, M, G or T (powers of 1024).
pub fn bytes(text: &str) -> Result<u64, String> {
    let wrong = || "a size is a number with an optional K, M, G or T, such as 512M".to_owned();
    let text = text.trim().trim_end_matches(['B', 'b']).trim_end_matches(['i', 'I']);
    let digits = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0).ok_or_else(wrong)
}
