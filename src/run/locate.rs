//! Where a number stopped being one: NaN and infinity are located, never averaged away.

use super::Prepared;
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::run::{self as messages, FirstBad};
use crate::engine::Value;
use crate::engine::reference::Reference;
use crate::execute::Executor;
use crate::model::TensorId;

/// # Errors
/// A value that is not finite, with the first operator that made NaN of it.
pub fn all_finite(
    executor: &Executor<'_>,
    prepared: &Prepared<'_>,
    dataset: &Dataset,
    by_row: &[f64],
    scrubbed: &[f64],
) -> Result<(), Box<Diagnostic>> {
    let stated = &prepared.ready.stated;
    let bad = |values: &[f64]| values.iter().filter(|value| !value.is_finite()).count();
    if let Some(row) = by_row.iter().position(|value| !value.is_finite()) {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        let first = first_bad(executor, &stated.claims.outputs, row);
        let counts = (bad(by_row), by_row.len());
        return Err(Box::new(messages::not_finite(
            stated.spans.behaviour,
            &stated.claims.name,
            false,
            counts.0,
            counts.1,
            (&dataset.path, row),
            first.as_ref(),
        )));
    }
    if let Some(reference) = scrubbed.iter().position(|value| !value.is_finite()) {
        let row = prepared.draws.of(0)[reference];
        let counts = (bad(scrubbed), scrubbed.len());
        return Err(Box::new(messages::not_finite(
            stated.spans.name,
            &stated.claims.name,
            true,
            counts.0,
            counts.1,
            (&dataset.path, row),
            None,
        )));
    }
    Ok(())
}

/// The first tensor of a clean pass over a row that holds NaN, on the reference engine.
fn first_bad(executor: &Executor<'_>, outputs: &[TensorId], row: u32) -> Option<FirstBad> {
    let graph = executor.map.graph;
    let interpreter = Reference::new().interpreter(graph, outputs).ok()?;
    let feeds: Vec<(TensorId, Value)> =
        graph.inputs.iter().map(|input| (input.tensor, executor.inputs.value(input.tensor, &[row, row]))).collect();
    let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
    let mut found: Option<TensorId> = None;
    let mut watch = |tensor: TensorId, value: Value| {
        if found.is_none() && has_nan(&value) {
            found = Some(tensor);
        }
        value
    };
    interpreter.run_hooked(&feeds, &mut watch).ok()?;
    let tensor = found?;
    let operator = graph.producer(tensor).map_or_else(|| "the input".to_owned(), |node| node.op.clone());
    Some(FirstBad { what: "NaN", tensor: graph.tensor(tensor).name.clone(), operator })
}

fn has_nan(value: &Value) -> bool {
    match value {
        Value::F32(array) => array.iter().any(|number| number.is_nan()),
        Value::F64(array) => array.iter().any(|number| number.is_nan()),
        _ => false,
    }
}
