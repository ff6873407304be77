//! Where a number stopped being one: NaN and infinity are located, never averaged away.

use super::Prepared;
use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::run::{self as messages, FirstBad};
use crate::engine::Value;
use crate::engine::reference::Reference;
use crate::estimate::Point;
use crate::execute::{Estimator, Executor, feeds_at};
use crate::model::{Graph, TensorId};

/// # Errors
/// A value that is not finite, with the first operator that made NaN of it.
pub fn all_finite(
    (executor, estimator): (&Executor<'_>, &dyn Estimator),
    prepared: &Prepared<'_>,
    dataset: &Dataset,
    by_row: &[Point],
    scrubbed: &[Point],
) -> Result<(), Box<Diagnostic>> {
    let stated = &prepared.ready.stated;
    let bad = |points: &[Point]| points.iter().filter(|point| !point.is_finite()).count();
    if let Some(row) = by_row.iter().position(|point| !point.is_finite()) {
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
    if let Some(reference) = scrubbed.iter().position(|point| !point.is_finite()) {
        let row = prepared.draws.of(0)[reference];
        let first = first_bad_scrubbed((executor, estimator), prepared, reference);
        let counts = (bad(scrubbed), scrubbed.len());
        return Err(Box::new(messages::not_finite(
            stated.spans.name,
            &stated.claims.name,
            true,
            counts.0,
            counts.1,
            (&dataset.path, row),
            first.as_ref(),
        )));
    }
    Ok(())
}

/// The first tensor of a clean pass over a row that holds NaN, on the reference engine.
pub fn first_bad(executor: &Executor<'_>, outputs: &[TensorId], row: u32) -> Option<FirstBad> {
    let graph = executor.map.graph;
    let feeds: Vec<(TensorId, Value)> =
        graph.inputs.iter().map(|input| (input.tensor, executor.inputs.value(input.tensor, &[row, row]))).collect();
    let tensor = first_nan(graph, outputs, &feeds)?;
    Some(said(graph, tensor, &graph.tensor(tensor).name))
}

/// The same for one reference under a hypothesis; tensors are named as in the model.
fn first_bad_scrubbed(
    (executor, estimator): (&Executor<'_>, &dyn Estimator),
    prepared: &Prepared<'_>,
    reference: usize,
) -> Option<FirstBad> {
    let program = &prepared.program;
    let feeds = feeds_at(executor, program, &prepared.draws, reference, Some(estimator)).ok()?;
    let tensor = first_nan(&program.graph, &program.computed(), &feeds)?;
    let origin = program.origins.get(tensor.0 as usize).copied().flatten();
    let name = origin.map_or(&program.graph.tensor(tensor).name, |origin| &executor.map.graph.tensor(origin).name);
    Some(said(&program.graph, tensor, name))
}

fn said(graph: &Graph, tensor: TensorId, name: &str) -> FirstBad {
    let operator = graph.producer(tensor).map_or_else(|| "the input".to_owned(), |node| node.op.clone());
    FirstBad { what: "NaN", tensor: name.to_owned(), operator }
}

/// The first tensor that holds NaN when a graph runs on the reference engine.
fn first_nan(graph: &Graph, outputs: &[TensorId], feeds: &[(TensorId, Value)]) -> Option<TensorId> {
    let interpreter = Reference::new().interpreter(graph, outputs).ok()?;
    let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
    let given = feeds.iter().find(|(_, value)| has_nan(value)).map(|(tensor, _)| *tensor);
    let mut found: Option<TensorId> = given;
    let mut watch = |tensor: TensorId, value: Value| {
        if found.is_none() && has_nan(&value) {
            found = Some(tensor);
        }
        value
    };
    interpreter.run_hooked(&feeds, &mut watch).ok()?;
    found
}

fn has_nan(value: &Value) -> bool {
    match value {
        Value::F32(array) => array.iter().any(|number| number.is_nan()),
        Value::F64(array) => array.iter().any(|number| number.is_nan()),
        _ => false,
    }
}
