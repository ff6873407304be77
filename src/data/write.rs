//! Results as npz, readable with `numpy.load`. The same arrays give the same bytes.

use super::array::Array;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::files as messages;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The bytes of an npz archive with these arrays, in this order, under these keys.
///
/// Entries are stored uncompressed with a fixed time, so that bytes depend on the arrays alone.
///
/// # Errors
/// A key occurs twice.
pub fn write_npz(arrays: &[(String, Array)]) -> Result<Vec<u8>, Box<Diagnostic>> {
    let fail = |error: &dyn std::fmt::Display| Box::new(messages::not_packed(&error.to_string()));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (key, array) in arrays {
        let bytes = npy_bytes(array);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(bytes.len() as u64 >= u64::from(u32::MAX));
        writer.start_file(format!("{key}.npy"), options).map_err(|error| fail(&error))?;
        writer.write_all(&bytes).map_err(|error| fail(&error))?;
    }
    let cursor = writer.finish().map_err(|error| fail(&error))?;
    Ok(cursor.into_inner())
}

fn npy_bytes(array: &Array) -> Vec<u8> {
    let (descr, data): (&str, Vec<u8>) = match array {
        Array::Bool(array) => ("|b1", array.iter().map(|value| u8::from(*value)).collect()),
        Array::Int(array) => ("<i8", array.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Array::F32(array) => ("<f4", array.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Array::Real(array) => ("<f8", array.iter().flat_map(|value| value.to_le_bytes()).collect()),
    };
    let sizes: String = array.shape().iter().map(|size| format!("{size}, ")).collect();
    let shape = match array.shape() {
        [_] => sizes.trim_end().to_string(),
        _ => sizes.trim_end_matches(", ").to_string(),
    };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    // The data begins at a multiple of 64 bytes, behind magic, version, length and header.
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let length = u16::try_from(header.len()).expect("an array has fewer than a thousand axes");
    let mut bytes = Vec::with_capacity(10 + header.len() + data.len());
    bytes.extend_from_slice(b"\x93NUMPY\x01\x00");
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(&data);
    bytes
}
