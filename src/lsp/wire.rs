//! Messages as bytes: a header, an empty line, JSON. Nothing that arrives ends the reading but the end of the input.

use lsp_server::Message;
use serde_json::{Value, json};
use std::io::{BufRead, Read, Write};

/// The longest message that is taken, in bytes: the longest text, with every character escaped.
pub const MESSAGE_LIMIT: u64 = 64 << 20;
/// The longest line of a header, in bytes.
const HEADER_LIMIT: u64 = 4 << 10;
/// What a header says before the length.
const LENGTH: &str = "content-length:";

/// What was read.
#[derive(Debug)]
pub enum Incoming {
    Message(Message),
    /// Something that is no message, with the code of JSON-RPC for it and why.
    Broken(i32, String),
    /// There is no more.
    End,
}

/// JSON that cannot be read.
pub const PARSE_ERROR: i32 = -32700;
/// JSON that is no message.
pub const INVALID_REQUEST: i32 = -32600;

/// Reads one message, or what stands in the place of one.
pub fn read(input: &mut impl BufRead) -> Incoming {
    let length = match header(input) {
        Header::Length(length) => length,
        Header::Broken(why) => return Incoming::Broken(PARSE_ERROR, why),
        Header::End => return Incoming::End,
    };
    if length > MESSAGE_LIMIT {
        return match std::io::copy(&mut input.take(length), &mut std::io::sink()) {
            Ok(skipped) if skipped == length => Incoming::Broken(
                INVALID_REQUEST,
                format!(
                    "a message of {length} bytes was refused: at most {MESSAGE_LIMIT} are read. If it was an edit, close the file and open it again"
                ),
            ),
            _ => Incoming::End,
        };
    }
    let mut body = Vec::new();
    match input.take(length).read_to_end(&mut body) {
        Ok(read) if read as u64 == length => parsed(&body),
        _ => Incoming::End,
    }
}

fn parsed(body: &[u8]) -> Incoming {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return Incoming::Broken(PARSE_ERROR, format!("a message is not JSON: {error}")),
    };
    match serde_json::from_value(value) {
        Ok(message) => Incoming::Message(message),
        Err(_) => {
            let why = "a message is neither a request nor a response nor a notification".to_owned();
            Incoming::Broken(INVALID_REQUEST, why)
        }
    }
}

enum Header {
    Length(u64),
    Broken(String),
    End,
}

/// The length that a header gives. What stands where a header should is skipped, up to the next one.
fn header(input: &mut impl BufRead) -> Header {
    let mut length: Option<u64> = None;
    let mut broken: Option<String> = None;
    loop {
        let mut line = Vec::new();
        match input.take(HEADER_LIMIT).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return Header::End,
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(&line).to_ascii_lowercase();
        // The rest of a message whose length was wrong may stand before it.
        if let Some(at) = line.find(LENGTH) {
            let number = line.get(at + LENGTH.len()..).unwrap_or("").trim();
            match number.parse() {
                Ok(number) => length = Some(number),
                Err(_) => {
                    length = None;
                    broken.get_or_insert_with(|| "a header gives a length that is no number".to_owned());
                }
            }
        } else if line.trim().is_empty() {
            match (length, broken.take()) {
                (Some(length), _) => return Header::Length(length),
                (None, Some(why)) => return Header::Broken(why),
                (None, None) => {}
            }
        } else if !line.starts_with("content-type:") {
            broken.get_or_insert_with(|| "something that is no header stands between two messages".to_owned());
        }
    }
}

/// Writes one message.
///
/// # Errors
/// The output is closed.
pub fn write(output: &mut dyn Write, message: &Message) -> std::io::Result<()> {
    let mut value = serde_json::to_value(message).map_err(std::io::Error::other)?;
    if let Value::Object(members) = &mut value {
        members.insert("jsonrpc".to_owned(), json!("2.0"));
    }
    put(output, &value)
}

/// Writes the answer to a message whose number is unknown.
///
/// # Errors
/// The output is closed.
pub fn write_fault(output: &mut dyn Write, code: i32, why: &str) -> std::io::Result<()> {
    put(output, &json!({"jsonrpc": "2.0", "id": null, "error": {"code": code, "message": why}}))
}

fn put(output: &mut dyn Write, value: &Value) -> std::io::Result<()> {
    let body = value.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8]) -> Vec<String> {
        let mut input = input;
        let mut found = Vec::new();
        loop {
            match read(&mut input) {
                Incoming::End => return found,
                Incoming::Broken(code, _) => found.push(code.to_string()),
                Incoming::Message(Message::Notification(told)) => found.push(told.method),
                Incoming::Message(_) => found.push("other".to_owned()),
            }
        }
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_is_broken_is_told_and_what_follows_is_read() {
        let good = framed(r#"{"method":"good"}"#);
        for (bad, code) in [
            (framed("{"), PARSE_ERROR),
            (framed("[1]"), INVALID_REQUEST),
            (framed(r#"{"id":[]}"#), INVALID_REQUEST),
            ("Content-Length: many\r\n\r\n".to_owned(), PARSE_ERROR),
            ("Content-Length: -5\r\n\r\n".to_owned(), PARSE_ERROR),
            ("hello\r\n\r\n".to_owned(), PARSE_ERROR),
        ] {
            assert_eq!(all(format!("{bad}{good}").as_bytes()), [code.to_string(), "good".to_owned()], "{bad}");
        }
        assert_eq!(all(format!("{good}{good}").as_bytes()), ["good", "good"]);
        assert_eq!(all(b"Content-Length: 100\r\n\r\n{}"), Vec::<String>::new());
    }

    #[test]
    fn a_length_that_is_too_short_costs_one_message() {
        let good = framed(r#"{"method":"good"}"#);
        let short = "Content-Length: 5\r\n\r\n{\"method\":\"bad\"}";
        assert_eq!(all(format!("{short}{good}{good}").as_bytes()).last().map(String::as_str), Some("good"));
    }

    #[test]
    fn long_messages_are_skipped() {
        let length = MESSAGE_LIMIT + 1;
        let head = format!("Content-Length: {length}\r\n\r\n");
        let good = framed(r#"{"method":"good"}"#);
        let mut input =
            std::io::BufReader::new(head.as_bytes().chain(std::io::repeat(b' ').take(length)).chain(good.as_bytes()));
        assert!(matches!(read(&mut input), Incoming::Broken(INVALID_REQUEST, _)));
        assert!(matches!(read(&mut input), Incoming::Message(_)));
    }
}
