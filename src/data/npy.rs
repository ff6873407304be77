//! One npy file as an array: every element widened to what Ansatz carries.

use super::array::Array;
use super::npy_header::{Element, Header};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::files as messages;
use ndarray::{ArrayD, IxDyn, ShapeBuilder};

/// The array of a header, from the bytes behind the header, which must be exactly as many as it
/// declares. Fortran order becomes row-major.
pub fn read_values(header: &Header, data: &[u8], path: &str, array: &str) -> Result<Array, Box<Diagnostic>> {
    let expected = header.count as u64 * header.element.size() as u64;
    if data.len() as u64 != expected {
        return Err(Box::new(messages::npy_length(path, array, expected, data.len() as u64)));
    }
    Ok(match header.element {
        Element::Bool => Array::Bool(dense(header, data.iter().map(|byte| *byte != 0).collect())),
        Element::F32 => Array::F32(dense(header, words(header, data, f32::from_le_bytes))),
        Element::F64 => Array::Real(dense(header, words(header, data, f64::from_le_bytes))),
        Element::Signed(size) => Array::Int(dense(header, signed(header, data, size))),
        Element::Unsigned(size) => {
            let values: Option<Vec<i64>> =
                data.chunks_exact(size).map(|word| i64::try_from(unsigned(header, word)).ok()).collect();
            let values = values.ok_or_else(|| Box::new(messages::npy_too_big(path, array)))?;
            Array::Int(dense(header, values))
        }
    })
}

fn dense<T: Clone>(header: &Header, values: Vec<T>) -> ArrayD<T> {
    let shape = IxDyn(&header.shape).set_f(header.fortran);
    let array = ArrayD::from_shape_vec(shape, values).expect("the header's count is the product of its shape");
    if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() }
}

fn words<T, const SIZE: usize>(header: &Header, data: &[u8], read: fn([u8; SIZE]) -> T) -> Vec<T> {
    let (words, _) = data.as_chunks::<SIZE>();
    let swapped = |mut word: [u8; SIZE]| {
        word.reverse();
        word
    };
    words.iter().map(|word| read(if header.big_endian { swapped(*word) } else { *word })).collect()
}

fn unsigned(header: &Header, word: &[u8]) -> u64 {
    let join = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    if header.big_endian { word.iter().fold(0, join) } else { word.iter().rev().fold(0, join) }
}

fn signed(header: &Header, data: &[u8], size: usize) -> Vec<i64> {
    let unused_bits = 64 - 8 * size;
    data.chunks_exact(size).map(|word| ((unsigned(header, word) << unused_bits) as i64) >> unused_bits).collect()
}
