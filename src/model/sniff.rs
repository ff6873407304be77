//! What a file is that is not an ONNX model, told from its first bytes.

/// Kinds of files that get named or downloaded as models by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    Empty,
    GitLfsPointer,
    /// A zip archive with a pickle inside: a PyTorch checkpoint or TorchScript file.
    TorchArchive,
    Zip,
    Pickle,
    Safetensors,
    Gguf,
    Hdf5,
    Tflite,
    Numpy,
    Html,
    Json,
    Text,
    Compressed,
    /// Bytes that decode to a message without any part of a model.
    Unknown,
}

/// The kind of file, where its first bytes are not those of an ONNX model.
#[must_use]
pub fn looks_like(bytes: &[u8]) -> Option<Looks> {
    if bytes.is_empty() {
        return Some(Looks::Empty);
    }
    by_magic(bytes).or_else(|| by_text(bytes))
}

fn by_magic(bytes: &[u8]) -> Option<Looks> {
    const MAGICS: &[(&[u8], Looks)] = &[
        (b"version https://git-lfs", Looks::GitLfsPointer),
        (b"\x1f\x8b", Looks::Compressed),
        (b"\x28\xb5\x2f\xfd", Looks::Compressed),
        (b"\xfd7zXZ\x00", Looks::Compressed),
        (b"BZh", Looks::Compressed),
        (b"7z\xbc\xaf", Looks::Compressed),
        (b"GGUF", Looks::Gguf),
        (b"\x89HDF\r\n", Looks::Hdf5),
        (b"\x93NUMPY", Looks::Numpy),
    ];
    if let Some((_, looks)) = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(*looks);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        let start = &bytes[..bytes.len().min(4096)];
        let pickled = start.windows(8).any(|window| window == b"data.pkl");
        return Some(if pickled { Looks::TorchArchive } else { Looks::Zip });
    }
    match bytes {
        [0x80, 2..=5, ..] => Some(Looks::Pickle),
        [_, _, _, _, b'T', b'F', b'L', b'3', ..] => Some(Looks::Tflite),
        [_, _, _, _, _, 0, 0, 0, b'{', b'"', ..] => Some(Looks::Safetensors),
        _ => None,
    }
}

/// Text never starts an ONNX model: its first byte is a tag below the printable ones.
fn by_text(bytes: &[u8]) -> Option<Looks> {
    let start = &bytes[..bytes.len().min(512)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&start[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
        return None;
    }
    let head = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).to_lowercase();
    Some(if head.starts_with("<!doctype html") || head.starts_with("<html") {
        Looks::Html
    } else if head.starts_with('{') || head.starts_with('[') {
        Looks::Json
    } else {
        Looks::Text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_mistakes_are_recognised() {
        let cases: &[(&[u8], Looks)] = &[
            (b"", Looks::Empty),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", Looks::GitLfsPointer),
            (b"PK\x03\x04....archive/data.pkl", Looks::TorchArchive),
            (b"PK\x03\x04....a.npy", Looks::Zip),
            (b"\x80\x02}q\x00.", Looks::Pickle),
            (b"\x40\0\0\0\0\0\0\0{\"a\":{}}", Looks::Safetensors),
            (b"\n<!DOCTYPE html><html>", Looks::Html),
            (b"{\"a\": 1}", Looks::Json),
            ("h\u{e9}llo".as_bytes(), Looks::Text),
            (b"\x1f\x8b\x08\0", Looks::Compressed),
        ];
        for (bytes, looks) in cases {
            assert_eq!(looks_like(bytes), Some(*looks), "{bytes:?}");
        }
    }

    #[test]
    fn a_model_looks_like_nothing_else() {
        assert_eq!(looks_like(b"\x08\x0a\x12\x07pytorch\x1a\x06"), None);
    }
}
