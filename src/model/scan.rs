//! A look at a message before it is decoded: how much memory would its parts take?
//!
//! Two bytes of a file can stand for an empty attribute that takes more than a kilobyte when decoded.
//! Only the number of parts is bounded here; weights are shared with the file's bytes.

use super::onnx::{AttributeProto, NodeProto, TensorProto, ValueInfoProto};

/// At most this many bytes for all parts together; about 100,000 nodes with two attributes each.
pub const BUDGET: usize = 512 << 20;

/// The messages that may hold others without bound.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Model,
    Graph,
    Function,
    Node,
    Attribute,
    Tensor,
    /// A value with its type, or a part of it.
    Type,
    /// Text, numbers, or anything that is not looked into.
    Leaf,
}

/// The memory that decoding a model would take beside the bytes themselves; `None` if it is more
/// than [`BUDGET`]. Bytes that are no message count until they stop making sense.
#[must_use]
pub fn decoded_size(bytes: &[u8]) -> Option<usize> {
    let mut total = 0_usize;
    let mut open = vec![(Kind::Model, bytes)];
    while let Some((kind, mut rest)) = open.pop() {
        while let Some(field) = next_field(rest) {
            rest = field.behind;
            let Some(part) = field.part else { continue };
            let inner = child(kind, field.number);
            total += size(inner);
            if total > BUDGET {
                return None;
            }
            if inner != Kind::Leaf {
                open.push((inner, part));
            }
        }
    }
    Some(total)
}

/// By the field numbers of `onnx.proto`.
fn child(kind: Kind, field: u64) -> Kind {
    match (kind, field) {
        (Kind::Model, 7) | (Kind::Attribute, 6 | 11) => Kind::Graph,
        (Kind::Model, 25) => Kind::Function,
        (Kind::Graph, 1) | (Kind::Function, 7) => Kind::Node,
        (Kind::Node, 5) | (Kind::Function, 11) => Kind::Attribute,
        (Kind::Graph | Kind::Attribute, 5) | (Kind::Attribute, 10) => Kind::Tensor,
        (Kind::Graph, 11..=13) | (Kind::Type, _) => Kind::Type,
        _ => Kind::Leaf,
    }
}

fn size(kind: Kind) -> usize {
    match kind {
        Kind::Node => size_of::<NodeProto>(),
        Kind::Attribute => size_of::<AttributeProto>(),
        Kind::Tensor => size_of::<TensorProto>(),
        Kind::Type => size_of::<ValueInfoProto>(),
        Kind::Model | Kind::Graph | Kind::Function | Kind::Leaf => 48,
    }
}

/// One field of a message.
struct Field<'a> {
    number: u64,
    /// Its bytes, if it has a length.
    part: Option<&'a [u8]>,
    behind: &'a [u8],
}

fn next_field(bytes: &[u8]) -> Option<Field<'_>> {
    let (key, rest) = varint(bytes)?;
    let number = key >> 3;
    let (part, behind) = match key & 7 {
        0 => (None, varint(rest)?.1),
        1 => (None, rest.get(8..)?),
        2 => {
            let (length, rest) = varint(rest)?;
            let (part, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            (Some(part), behind)
        }
        5 => (None, rest.get(4..)?),
        _ => return None,
    };
    Some(Field { number, part, behind })
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A length-delimited field.
    fn part(field: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![(field << 3) | 2];
        let mut length = bytes.len();
        while length >= 0x80 {
            out.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend(bytes);
        out
    }

    #[test]
    fn empty_attributes_by_the_million_are_too_many() {
        let attributes: Vec<u8> = part(5, &[]).repeat(1_000_000);
        let model = part(7, &part(1, &attributes));
        assert_eq!(decoded_size(&model), None);
        let few = part(7, &part(1, &part(5, &[]).repeat(10)));
        assert!(decoded_size(&few).is_some_and(|size| size < 50_000));
    }

    #[test]
    fn nonsense_ends_the_count() {
        assert_eq!(decoded_size(&[0xff; 64]), Some(0));
        assert_eq!(decoded_size(&[0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f]), Some(0));
    }
}
