//! Bytes to text.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::syntax as messages;

/// The text of a source file. A byte order mark of UTF-8 is dropped: places count from after it.
///
/// # Errors
/// If the bytes are UTF-16, or not UTF-8; then with the offset of the first bad byte.
pub fn decode(name: &str, bytes: &[u8]) -> Result<String, Box<Diagnostic>> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Box::new(messages::utf16(name)));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
        Err(error) => {
            let offset = error.valid_up_to();
            let byte = bytes.get(offset).copied().unwrap_or(0);
            Err(Box::new(messages::not_utf8(name, offset, byte)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(decode("a", b"\xef\xbb\xbfmodel").unwrap(), "model");
        assert_eq!(decode("a", b"").unwrap(), "");
        assert_eq!(decode("a", b"\xff\xfem\0").unwrap_err().code.id, "A0002");
        assert_eq!(decode("a", b"\xfe\xff\0m").unwrap_err().code.id, "A0002");
        let error = decode("a", b"model \xc3(").unwrap_err();
        assert_eq!(error.code.id, "A0001");
        assert!(error.message.contains("byte 6 is 0xc3"), "{}", error.message);
    }
}
