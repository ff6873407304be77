//! Values of batches put together along the axis of examples.

use crate::engine::Value;
use crate::map_array;
use ndarray::Axis;

/// Clean and scrubbed outputs of batches as one, in the order of the references.
pub(super) fn in_ordinal_order(batches: Vec<(Vec<usize>, Vec<Value>, Vec<Value>)>) -> (Vec<Value>, Vec<Value>) {
    let items: Vec<usize> = batches.iter().flat_map(|(items, _, _)| items.iter().copied()).collect();
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|at| items[*at]);
    let (clean, scrubbed): (Vec<_>, Vec<_>) = batches.into_iter().map(|(_, clean, scrubbed)| (clean, scrubbed)).unzip();
    let ordered = |values: Vec<Value>| -> Vec<Value> {
        values.into_iter().map(|value| map_array!(value, array => array.select(Axis(0), &order))).collect()
    };
    (ordered(joined(clean)), ordered(joined(scrubbed)))
}

/// Values of batches, joined along axis 0.
fn joined(batches: Vec<Vec<Value>>) -> Vec<Value> {
    let mut batches = batches.into_iter();
    let Some(mut all) = batches.next() else { return Vec::new() };
    for batch in batches {
        for (whole, part) in all.iter_mut().zip(batch) {
            append(whole, &part);
        }
    }
    all
}

/// Rows behind rows of the same tensor.
pub(super) fn append(whole: &mut Value, part: &Value) {
    macro_rules! append {
        ($($kind:ident),*) => {
            match (whole, part) {
                $((Value::$kind(whole), Value::$kind(part)) => {
                    whole.append(Axis(0), part.view()).expect("batches of one tensor have one shape");
                })*
                _ => unreachable!("a tensor has one element type"),
            }
        };
    }
    append!(F32, F64, I64, I32, Bool);
}

/// Values of one tensor, joined along axis 0.
#[must_use]
pub fn joined_rows(values: Vec<Value>) -> Value {
    let all = joined(values.into_iter().map(|value| vec![value]).collect());
    all.into_iter().next().expect("there is a row")
}

/// A value with axis 0 cut to the first rows.
#[must_use]
pub fn first_rows(value: &Value, rows: usize) -> Value {
    map_array!(value, array => array.slice_axis(Axis(0), ndarray::Slice::from(0..rows)).to_owned())
}
