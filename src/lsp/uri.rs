//! Paths as editors name them.

use lsp_types::Uri;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The path of a `file:` URI; `None` for others.
#[must_use]
pub fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let local = rest.strip_prefix("localhost").filter(|rest| rest.starts_with('/')).unwrap_or(rest);
    let end = local.find(['?', '#']).unwrap_or(local.len());
    let decoded = decoded(local.get(..end)?)?;
    // `/C:/folder` is `C:/folder`.
    let has_drive = decoded.as_bytes().get(2) == Some(&b':') && decoded.starts_with('/');
    let plain = if cfg!(windows) && has_drive { decoded.get(1..)? } else { &decoded };
    Some(PathBuf::from(plain))
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = if *first == b'%' { behind.get(..2) } else { None };
        match digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..)?;
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// The URI of an absolute path; `None` for one that is not UTF-8.
#[must_use]
pub fn of_path(path: &Path) -> Option<Uri> {
    let text = path.to_str()?.replace('\\', if cfg!(windows) { "/" } else { "\\" });
    let mut out = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Uri::from_str(&out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive() {
        for text in ["/a/b.ansatz", "/a b/ü%20[1]#?.ansatz"] {
            let uri = of_path(Path::new(text)).unwrap();
            assert_eq!(path(uri.as_str()).unwrap(), PathBuf::from(text), "{}", uri.as_str());
        }
        assert_eq!(path("file://localhost/a%2"), Some(PathBuf::from("/a%2")));
        assert_eq!(path("untitled:Untitled-1"), None);
    }
}
