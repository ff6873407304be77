//! The header of an npy file: a Python dictionary literal, of which only the three known keys and
//! the plain forms that numpy writes are understood. Nothing is evaluated.

use super::array::ELEMENT_LIMIT;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::files as messages;

/// The longest header that is read; numpy itself refuses more than 10,000 bytes.
pub const HEADER_LIMIT: usize = 64 << 10;
const MAGIC: &[u8] = b"\x93NUMPY";
const MOST_AXES: usize = 32;

/// One element as the file stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    Bool,
    /// Bytes of a signed integer.
    Signed(usize),
    /// Bytes of an unsigned integer.
    Unsigned(usize),
    F32,
    F64,
}

impl Element {
    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Element::Bool => 1,
            Element::Signed(size) | Element::Unsigned(size) => size,
            Element::F32 => 4,
            Element::F64 => 8,
        }
    }
}

/// What a header declares; the product of the shape fits and is at most [`ELEMENT_LIMIT`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub element: Element,
    pub big_endian: bool,
    pub fortran: bool,
    pub shape: Vec<usize>,
    /// Product of the shape.
    pub count: usize,
    /// Where the data begins, in bytes from the start of the file.
    pub data_start: usize,
}

/// Reads a header from the first bytes of a file; `array` names it in findings.
pub fn read_header(bytes: &[u8], path: &str, array: &str) -> Result<Header, Box<Diagnostic>> {
    let bad = |why: &str| Box::new(messages::npy_header(path, array, why));
    if !bytes.starts_with(MAGIC) {
        return Err(bad("it does not begin with the npy magic number"));
    }
    let wide = match bytes.get(6) {
        Some(1) => false,
        Some(2 | 3) => true,
        Some(_) => return Err(bad("its format version is not 1, 2 or 3")),
        None => return Err(bad("it ends before the version")),
    };
    let length_at = if wide { 8..12 } else { 8..10 };
    let length_bytes = bytes.get(length_at.clone()).ok_or_else(|| bad("it ends before the header"))?;
    let length = length_bytes.iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    if length > HEADER_LIMIT {
        return Err(bad(&format!("it declares a header of {length} bytes; at most {HEADER_LIMIT} are read")));
    }
    let data_start = length_at.end + length;
    let text = bytes.get(length_at.end..data_start).ok_or_else(|| bad("it ends inside the header"))?;
    let text = std::str::from_utf8(text).map_err(|_| bad("its header is not text"))?;
    let literal = parse_dictionary(text).ok_or_else(|| bad("its header is not the dictionary that numpy writes"))?;
    let (element, big_endian) = element_of(&literal.descr).map_err(|reason| match reason {
        Unsupported::Objects => Box::new(messages::npy_objects(path, array)),
        Unsupported::Other => Box::new(messages::npy_element(path, array, &literal.descr)),
    })?;
    let shape = literal.shape.iter().map(|size| usize::try_from(*size).ok()).collect::<Option<Vec<usize>>>();
    let shape = shape.filter(|shape| shape.len() <= MOST_AXES);
    let count = shape.as_deref().and_then(count_of);
    match (shape, count) {
        (Some(shape), Some(count)) => {
            Ok(Header { element, big_endian, fortran: literal.fortran, shape, count, data_start })
        }
        _ => Err(Box::new(messages::npy_shape(path, array, &literal.shape, ELEMENT_LIMIT))),
    }
}

/// The number of elements, if the array would be small enough even with its empty axes filled.
fn count_of(shape: &[usize]) -> Option<usize> {
    let filled = shape.iter().try_fold(1_usize, |product, size| product.checked_mul((*size).max(1)))?;
    let count = if shape.contains(&0) { 0 } else { filled };
    (filled as u64 <= ELEMENT_LIMIT).then_some(count)
}

enum Unsupported {
    Objects,
    Other,
}

fn element_of(descr: &str) -> Result<(Element, bool), Unsupported> {
    let (order, code) = match descr.split_at_checked(1) {
        Some((order @ ("<" | ">" | "|" | "="), code)) => (order, code),
        _ => ("|", descr),
    };
    let element = match code {
        "b1" | "?" => Element::Bool,
        "i1" => Element::Signed(1),
        "i2" => Element::Signed(2),
        "i4" => Element::Signed(4),
        "i8" => Element::Signed(8),
        "u1" => Element::Unsigned(1),
        "u2" => Element::Unsigned(2),
        "u4" => Element::Unsigned(4),
        "u8" => Element::Unsigned(8),
        "f4" => Element::F32,
        "f8" => Element::F64,
        _ if code.starts_with('O') => return Err(Unsupported::Objects),
        _ => return Err(Unsupported::Other),
    };
    Ok((element, order == ">"))
}

struct Literal {
    descr: String,
    fortran: bool,
    shape: Vec<i128>,
}

/// Takes `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` apart.
fn parse_dictionary(text: &str) -> Option<Literal> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim_start();
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    while !rest.is_empty() {
        let (key, after) = quoted(rest)?;
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        rest = match key {
            "descr" if descr.is_none() => take_descr(value, &mut descr)?,
            "fortran_order" if fortran.is_none() => take_bool(value, &mut fortran)?,
            "shape" if shape.is_none() => take_shape(value, &mut shape)?,
            _ => return None,
        };
        rest = rest.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(Literal { descr: descr?, fortran: fortran?, shape: shape? })
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    text.get(1..)?.split_once(quote)
}

/// A plain string, or the list of a structured type, which is kept as text to be named.
fn take_descr<'a>(text: &'a str, descr: &mut Option<String>) -> Option<&'a str> {
    if let Some((value, rest)) = quoted(text) {
        *descr = Some(value.to_string());
        return Some(rest);
    }
    let end = text.strip_prefix('[')?.rfind(']')? + 2;
    *descr = text.get(..end).map(ToString::to_string);
    text.get(end..)
}

fn take_bool<'a>(text: &'a str, fortran: &mut Option<bool>) -> Option<&'a str> {
    let (value, rest) = match text.strip_prefix("True") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("False")?),
    };
    *fortran = Some(value);
    Some(rest)
}

fn take_shape<'a>(text: &'a str, shape: &mut Option<Vec<i128>>) -> Option<&'a str> {
    let (inside, rest) = text.strip_prefix('(')?.split_once(')')?;
    let inside = inside.trim().strip_suffix(',').unwrap_or(inside.trim());
    let sizes = if inside.is_empty() {
        Some(Vec::new())
    } else {
        inside.split(',').map(|size| size.trim().trim_end_matches('L').parse::<i128>().ok()).collect()
    };
    *shape = Some(sizes?);
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numpy_headers_are_taken_apart() {
        let literal = parse_dictionary("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }  \n").unwrap();
        assert_eq!((literal.descr.as_str(), literal.fortran, literal.shape), ("<f4", false, vec![3, 4]));
        let literal = parse_dictionary("{'shape': (), 'fortran_order': True, 'descr': '|b1'}").unwrap();
        assert_eq!((literal.descr.as_str(), literal.fortran, literal.shape), ("|b1", true, vec![]));
    }

    #[test]
    fn other_texts_are_not_headers() {
        for text in ["", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}"] {
            assert!(parse_dictionary(text).is_none(), "{text}");
        }
    }
}
