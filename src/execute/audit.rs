//! What a run checks on itself: that a plan whose draws are all the reference gives the untouched
//! model, and which arrows swapped anything.

use super::run::{Executor, computed, in_order, program_feeds};
use super::store::{Capture, Store};
use crate::diagnostics::Diagnostic;
use crate::engine::Value;
use crate::lower::{DrawId, Program, Target, Tree, VisitId};
use crate::model::TensorId;
use crate::sample::Rows;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How often an arrow's value differed from what it replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The visit of the arrow's source.
    pub visit: VisitId,
    pub references: usize,
    /// References in which the source was given the very row that it replaced.
    pub own_row: usize,
    /// References in which the value differed from the value it replaced.
    pub differed: usize,
    replaced: DrawId,
}

/// One counter for each arrow of each visit, at zero.
#[must_use]
pub fn swaps(program: &Program) -> Vec<Swap> {
    let mut found = Vec::new();
    for parent in &program.tree.visits {
        let Some(replaced) = parent.unclaimed else { continue };
        let swap = |child: &VisitId| Swap { visit: *child, references: 0, own_row: 0, differed: 0, replaced };
        found.extend(parent.children.iter().map(swap));
    }
    found
}

/// Adds the references of a chunk to the counters.
pub fn count(swaps: &mut [Swap], tree: &Tree, store: &Store, draws: &Rows, chunk: Range<usize>) {
    for swap in swaps {
        let datum = draws.of(tree.visits[swap.visit.0].datum.0);
        let replaced = draws.of(swap.replaced.0);
        for reference in chunk.clone() {
            swap.references += 1;
            swap.own_row += usize::from(datum[reference] == replaced[reference]);
            swap.differed += usize::from(!same(swap.visit, replaced[reference], tree, store, draws, reference));
        }
    }
}

/// Whether the value of a visit is known to be the clean one on a row. A leaf is compared; an opened
/// visit is the same if all that it is computed from is.
fn same(visit: VisitId, row: u32, tree: &Tree, store: &Store, draws: &Rows, reference: usize) -> bool {
    let visit = &tree.visits[visit.0];
    let Some(unclaimed) = visit.unclaimed else {
        let own = draws.of(visit.datum.0)[reference];
        return match &visit.target {
            _ if own == row => true,
            Target::Part { tensor, region } if store.holds(*tensor, (own, row)) => {
                store.same(*tensor, region, (own, row))
            }
            _ => false,
        };
    };
    let clean = draws.of(unclaimed.0)[reference] == row;
    clean && visit.children.iter().all(|child| same(*child, row, tree, store, draws, reference))
}

/// The largest difference between the outputs of the untouched model and those of the program with
/// every draw set to the reference, over some references, relative to the largest output.
///
/// # Errors
/// A fault of the engine.
pub fn identity_error(
    executor: &Executor<'_>,
    program: &Program,
    captures: &[Capture],
    outputs: &[TensorId],
    references: &[u32],
) -> Result<f64, Box<Diagnostic>> {
    let mut rows = references.to_vec();
    rows.sort_unstable();
    rows.dedup();
    if let &[only] = rows.as_slice() {
        rows = vec![only, only];
    }
    let (store, clean) = clean_values(executor, captures, outputs, &rows)?;
    let draws = Rows::new(vec![rows.clone(); program.tree.draws.len()]);
    let items: Vec<usize> = (0..rows.len()).collect();
    let entering = program_feeds(program, &store, &draws, &items);
    let patched = run(executor, &program.graph, &computed(program), &entering)?;
    let patched = in_order(program, patched, &|source| store.gather(source, &draws, &items));
    Ok(outputs
        .iter()
        .zip(&patched)
        .filter_map(|(output, value)| clean.get(output).map(|clean| difference(clean, value)))
        .fold(0.0, f64::max))
}

/// What enters a program's graph for one reference, computed anew.
///
/// # Errors
/// A fault of the engine.
pub fn feeds_at(
    executor: &Executor<'_>,
    program: &Program,
    captures: &[Capture],
    draws: &Rows,
    reference: usize,
) -> Result<Vec<(TensorId, Value)>, Box<Diagnostic>> {
    let all = 0..program.tree.draws.len();
    let rows: BTreeSet<u32> = all.filter_map(|draw| draws.of(draw).get(reference).copied()).collect();
    let (store, _) = clean_values(executor, captures, &[], &rows.into_iter().collect::<Vec<u32>>())?;
    Ok(program_feeds(program, &store, draws, &[reference]))
}

/// Values of the untouched model on some rows: captured ones in a store, and others by tensor.
fn clean_values(
    executor: &Executor<'_>,
    captures: &[Capture],
    outputs: &[TensorId],
    rows: &[u32],
) -> Result<(Store, BTreeMap<TensorId, Value>), Box<Diagnostic>> {
    let graph = executor.map.graph;
    let mut found: BTreeMap<TensorId, Value> =
        graph.inputs.iter().map(|input| (input.tensor, executor.inputs.value(input.tensor, rows))).collect();
    let feeds: Vec<(TensorId, Value)> = found.iter().map(|(tensor, value)| (*tensor, value.clone())).collect();
    let targets = outputs.iter().copied().chain(captures.iter().map(|capture| capture.tensor));
    let wanted: BTreeSet<TensorId> = targets.filter(|tensor| !found.contains_key(tensor)).collect();
    let wanted: Vec<TensorId> = wanted.into_iter().collect();
    found.extend(wanted.iter().copied().zip(run(executor, graph, &wanted, &feeds)?));
    let mut store = Store::new(captures, rows, executor.inputs.rows());
    for capture in captures {
        if let Some(value) = found.get(&capture.tensor) {
            store.put(capture.tensor, rows, value.clone());
        }
    }
    Ok((store, found))
}

fn run(
    executor: &Executor<'_>,
    graph: &crate::model::Graph,
    outputs: &[TensorId],
    feeds: &[(TensorId, Value)],
) -> Result<Vec<Value>, Box<Diagnostic>> {
    if outputs.is_empty() {
        return Ok(Vec::new());
    }
    let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
    executor.engine.compile(graph, outputs)?.run(&feeds)
}

/// The largest absolute difference, relative to the largest absolute value of the first.
fn difference(one: &Value, other: &Value) -> f64 {
    let numbers = |value: &Value| -> Vec<f64> {
        match value {
            Value::F32(array) => array.iter().map(|number| f64::from(*number)).collect(),
            Value::F64(array) => array.iter().copied().collect(),
            Value::I64(array) => array.iter().map(|number| *number as f64).collect(),
            Value::I32(array) => array.iter().map(|number| f64::from(*number)).collect(),
            Value::Bool(array) => array.iter().map(|flag| f64::from(u8::from(*flag))).collect(),
        }
    };
    let (one, other) = (numbers(one), numbers(other));
    let scale = one.iter().map(|number| number.abs()).filter(|number| number.is_finite()).fold(0.0, f64::max);
    let apart = |(a, b): (&f64, &f64)| if a == b || (a.is_nan() && b.is_nan()) { 0.0 } else { (a - b).abs() };
    let worst = one
        .iter()
        .zip(&other)
        .map(apart)
        .fold(0.0, |most: f64, next| if next.is_nan() { f64::INFINITY } else { most.max(next) });
    if worst == 0.0 { 0.0 } else { worst / scale.max(f64::MIN_POSITIVE) }
}
