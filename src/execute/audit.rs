//! What a run checks on itself: that a plan whose draws are all the reference gives the untouched
//! model, and which arrows swapped anything.

use super::gather::{Estimator, Gathering};
use super::means::Means;
use super::run::{Executor, in_order};
use super::store::{Capture, Store};
use crate::diagnostics::Diagnostic;
use crate::engine::Value;
use crate::lower::{ABSENT, Content, Datum, Fill, Program, Source, Tree, VisitId};
use crate::model::{GraphInput, Region, TensorId};
use crate::plan::capture;
use crate::sample::Rows;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How often an arrow's value differed from what it replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The visit of the arrow's source.
    pub visit: VisitId,
    /// References, times positions for a per-position claim.
    pub references: usize,
    /// How often the source was given the very row that it replaced.
    pub own_row: usize,
    /// How often the value differed from the value it replaced.
    pub differed: usize,
    replaced: Option<Datum>,
}

impl Swap {
    /// Adds what was counted over other references.
    pub fn add(&mut self, other: &Swap) {
        self.references += other.references;
        self.own_row += other.own_row;
        self.differed += other.differed;
    }
}

/// One counter for each arrow of each visit, at zero.
#[must_use]
pub fn swaps(program: &Program) -> Vec<Swap> {
    let mut found = Vec::new();
    for parent in &program.tree.visits {
        let replaced = match parent.fills.first() {
            Some(Fill::Row(datum)) => Some(datum.clone()),
            _ => None,
        };
        let swap = |child: &VisitId| Swap {
            visit: *child,
            references: 0,
            own_row: 0,
            differed: 0,
            replaced: replaced.clone(),
        };
        found.extend(parent.children.iter().map(swap));
    }
    found
}

/// Adds the references of a chunk to the counters.
pub fn count(swaps: &mut [Swap], tree: &Tree, store: &Store, draws: &Rows, chunk: Range<usize>) {
    let auditor = Auditor { tree, store, draws };
    for swap in swaps {
        let visit = &tree.visits[swap.visit.0];
        let space = tree.space(visit.space);
        // A per-position source has a space of its own; any other shares its target's.
        let above = |tuple: usize| if visit.axes.is_some() { space.parents[tuple] } else { tuple as u32 };
        for reference in chunk.clone() {
            for tuple in 0..space.len() {
                swap.references += 1;
                // What fills component by component is taken to differ.
                let Some(replaced) = &swap.replaced else {
                    swap.differed += 1;
                    continue;
                };
                let row = auditor.row(replaced, reference, above(tuple));
                swap.own_row += usize::from(auditor.row(&visit.datum, reference, tuple as u32) == row);
                let same = row.is_some_and(|row| auditor.same(swap.visit, row, reference, tuple as u32));
                swap.differed += usize::from(!same);
            }
        }
    }
}

struct Auditor<'a> {
    tree: &'a Tree,
    store: &'a Store,
    draws: &'a Rows,
}

impl Auditor<'_> {
    fn row(&self, datum: &Datum, reference: usize, tuple: u32) -> Option<u32> {
        let own = datum.lookup.get(tuple as usize).copied().filter(|own| *own != ABSENT)?;
        Some(self.draws.at(datum.draw, reference, own))
    }

    /// Whether the value of a visit is known to be the clean one on a row. A leaf is compared; an
    /// opened visit is the same if all that it is computed from is.
    fn same(&self, visit: VisitId, row: u32, reference: usize, tuple: u32) -> bool {
        let visit = &self.tree.visits[visit.0];
        match &visit.content {
            Content::Clean => {
                let Some(own) = self.row(&visit.datum, reference, tuple) else { return false };
                let position =
                    visit.axes.as_ref().and_then(|_| self.tree.space(visit.space).tuples[tuple as usize].last());
                own == row
                    || visit.parts.iter().enumerate().all(|(at, part)| {
                        let axis = visit.axes.as_ref().and_then(|axes| axes.get(at));
                        let region = match (axis, position) {
                            (Some(axis), Some(position)) => {
                                let (start, end) = part.region.range(*axis, usize::MAX);
                                if !(start..end).contains(position) {
                                    return true;
                                }
                                part.region.clone().cut(*axis, *position, position + 1, usize::MAX)
                            }
                            _ => part.region.clone(),
                        };
                        self.store.holds(part.tensor, (own, row)) && self.store.same(part.tensor, &region, (own, row))
                    })
            }
            Content::Opened => {
                let filled = visit.fills.iter().all(|fill| match fill {
                    Fill::Row(datum) => self.row(datum, reference, tuple) == Some(row),
                    _ => false,
                });
                // Sources that are claimed position by position have more tuples than this one.
                let children = visit.children.iter().all(|child| {
                    let space = self.tree.visits[child.0].space;
                    if space == visit.space {
                        return self.same(*child, row, reference, tuple);
                    }
                    let parents = &self.tree.space(space).parents;
                    let own = (0..parents.len()).filter(|own| parents[*own] == tuple);
                    own.into_iter().all(|own| self.same(*child, row, reference, own as u32))
                });
                filled && children
            }
            Content::Mean { .. } | Content::Constant(_) | Content::Estimated(_) | Content::Changed => false,
        }
    }
}

/// What a model gives on some rows, kept for the next hypothesis that needs the same: the members of a
/// family mostly do.
#[derive(Debug, Clone, Default)]
pub struct Untouched {
    rows: Vec<u32>,
    wanted: Vec<TensorId>,
    values: BTreeMap<TensorId, Value>,
}

impl Untouched {
    /// Values of these tensors on these rows, with those of the graph inputs.
    fn values(
        &mut self,
        executor: &Executor<'_>,
        wanted: Vec<TensorId>,
        rows: &[u32],
    ) -> Result<&BTreeMap<TensorId, Value>, Box<Diagnostic>> {
        if self.rows != rows || self.wanted != wanted {
            *self = Untouched::default();
            let graph = executor.map.graph;
            let value = |input: &GraphInput| (input.tensor, executor.inputs.value(input.tensor, rows));
            let feeds: Vec<(TensorId, Value)> = graph.inputs.iter().map(value).collect();
            let found = run(executor, graph, &wanted, &feeds)?;
            let values = wanted.iter().copied().zip(found).chain(feeds).collect();
            *self = Untouched { rows: rows.to_vec(), wanted, values };
        }
        Ok(&self.values)
    }
}

/// The largest difference between the outputs of the untouched model and those of the program with
/// every draw set to the reference and every ablation left out, over some references, relative to
/// the largest output. The untouched model is run only if `untouched` has other values.
///
/// # Errors
/// A fault of the engine.
pub fn identity_error(
    executor: &Executor<'_>,
    program: &Program,
    outputs: &[TensorId],
    references: &[u32],
    (estimator, untouched): (Option<&dyn Estimator>, &mut Untouched),
) -> Result<f64, Box<Diagnostic>> {
    let mut rows = references.to_vec();
    rows.sort_unstable();
    rows.dedup();
    if let &[only] = rows.as_slice() {
        rows = vec![only, only];
    }
    let (store, clean) = clean_values(executor, &touched(executor, program), outputs, (&rows, untouched))?;
    let all = |draw: &crate::lower::Draw| {
        let width = program.tree.space(draw.space).len();
        (width, rows.iter().flat_map(|row| vec![*row; width]).collect())
    };
    let draws = Rows::new(program.tree.draws.iter().map(all).collect());
    let items: Vec<usize> = (0..rows.len()).collect();
    let means = Means::default();
    let (map, store) = (executor.map, &store);
    let gathering = Gathering { map, program, store, draws: &draws, means: &means, estimator, untouched: true };
    let entering = gathering.feeds(&items)?;
    let patched = run(executor, &program.graph, &program.computed(), &entering)?;
    let patched = in_order(program, patched, &|source| gathering.value(source, &items))?;
    Ok(outputs
        .iter()
        .zip(&patched)
        .filter_map(|(output, value)| clean.get(output).map(|clean| difference(clean, value)))
        .fold(0.0, f64::max))
}

/// Everything that a program gathers or puts something else in the place of.
fn touched(executor: &Executor<'_>, program: &Program) -> Vec<Capture> {
    let mut found: BTreeMap<TensorId, Region> = program.captures().into_iter().collect();
    for feed in &program.feeds {
        let Source::Rows { tensor, pieces, .. } = &feed.source else { continue };
        for piece in pieces {
            let known = found.entry(*tensor).or_insert_with(|| piece.region.clone());
            *known = known.hull(&piece.region);
        }
    }
    found.into_iter().map(|(tensor, region)| capture(executor.map, tensor, region)).collect()
}

/// What enters a program's graph for one reference, computed anew.
///
/// # Errors
/// A fault of the engine.
pub fn feeds_at(
    executor: &Executor<'_>,
    program: &Program,
    draws: &Rows,
    reference: usize,
    estimator: Option<&dyn Estimator>,
) -> Result<Vec<(TensorId, Value)>, Box<Diagnostic>> {
    let mut rows: BTreeSet<u32> = BTreeSet::new();
    for draw in 0..program.tree.draws.len() {
        let width = draws.width(draw);
        rows.extend(draws.of(draw).get(reference * width..(reference + 1) * width).unwrap_or_default());
    }
    let rows: Vec<u32> = rows.into_iter().collect();
    let mut untouched = Untouched::default();
    let (store, _) = clean_values(executor, &touched(executor, program), &[], (&rows, &mut untouched))?;
    let means = Means::default();
    // Means are not computed anew: the clean value on the reference stands for them.
    let (map, store) = (executor.map, &store);
    let gathering = Gathering { map, program, store, draws, means: &means, estimator, untouched: true };
    gathering.feeds(&[reference])
}

/// Values of the untouched model on some rows: captured ones in a store, and others by tensor.
fn clean_values<'u>(
    executor: &Executor<'_>,
    captures: &[Capture],
    outputs: &[TensorId],
    (rows, untouched): (&[u32], &'u mut Untouched),
) -> Result<(Store, &'u BTreeMap<TensorId, Value>), Box<Diagnostic>> {
    let is_input = |tensor: &TensorId| executor.map.graph.inputs.iter().any(|input| input.tensor == *tensor);
    let targets = outputs.iter().copied().chain(captures.iter().map(|capture| capture.tensor));
    let wanted: BTreeSet<TensorId> = targets.filter(|tensor| !is_input(tensor)).collect();
    let found = untouched.values(executor, wanted.into_iter().collect(), rows)?;
    let mut store = Store::new(captures, rows, executor.inputs.all_rows());
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
    match (one, other) {
        (Value::F32(one), Value::F32(other)) => apart(one.iter().zip(other), |number| f64::from(*number)),
        (Value::F64(one), Value::F64(other)) => apart(one.iter().zip(other), |number| *number),
        (Value::I64(one), Value::I64(other)) => apart(one.iter().zip(other), |number| *number as f64),
        (Value::I32(one), Value::I32(other)) => apart(one.iter().zip(other), |number| f64::from(*number)),
        (Value::Bool(one), Value::Bool(other)) => apart(one.iter().zip(other), |flag| f64::from(u8::from(*flag))),
        // An output has the type that the model gives it.
        _ => f64::INFINITY,
    }
}

fn apart<'v, T: 'v>(pairs: impl Iterator<Item = (&'v T, &'v T)>, real: impl Fn(&T) -> f64) -> f64 {
    let (mut scale, mut worst) = (0.0_f64, 0.0_f64);
    for (one, other) in pairs {
        let (one, other) = (real(one), real(other));
        if one.is_finite() {
            scale = scale.max(one.abs());
        }
        if one != other && !(one.is_nan() && other.is_nan()) {
            let apart = (one - other).abs();
            worst = if apart.is_nan() { f64::INFINITY } else { worst.max(apart) };
        }
    }
    if worst == 0.0 { 0.0 } else { worst / scale.max(f64::MIN_POSITIVE) }
}
