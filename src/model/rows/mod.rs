//! Lookups that only find the row they stand in. Exporters write `mask[rows, keys]`, where `rows` are
//! the numbers 0, 1, 2, ... of the examples in the batch, as a lookup that could reach every row. Where
//! that is provably the own row it is rewritten as a lookup within the row. The numbers of rows are
//! then nowhere a value: they would mean something else in every batch.

mod linear;

use super::facts::{FactDim, Facts};
use super::graph::{Graph, Node, NodeId, TensorId};
use super::rewrite::{Builder, Origin, Target, int};
use crate::engine::Value;
use linear::{Linear, Linears};
use ndarray::{ArrayD, Axis, IxDyn};
use std::collections::BTreeMap;

/// A lookup within each row: along axis 1 of the data, laid out as `[batch, ...sizes]`.
struct Lookup {
    data: TensorId,
    /// The layout that the data must be brought to; `None` if it has it.
    sizes: Option<Vec<i64>>,
    /// Places along axis 1, the same for every row.
    places: ArrayD<i64>,
}

/// The graph with lookups of the own row written as such; `None` if there are none.
#[must_use]
pub fn by_row(graph: &Graph, facts: &Facts) -> Option<Graph> {
    let mut values = Linears::new(graph, facts);
    let mut found: BTreeMap<NodeId, Lookup> = BTreeMap::new();
    for id in graph.cone(&graph.outputs) {
        if let Some(lookup) = lookup(graph.node(id), facts, &mut values) {
            found.insert(id, lookup);
        }
    }
    if found.is_empty() {
        return None;
    }
    let mut builder = Builder::new(graph);
    for (id, node) in graph.nodes_with_ids() {
        match (found.remove(&id), node.outputs.first().copied().flatten()) {
            (Some(lookup), Some(output)) => write(&mut builder, node, output, lookup),
            _ => builder.keep(node),
        }
    }
    Some(builder.graph)
}

fn write(builder: &mut Builder, node: &Node, output: TensorId, lookup: Lookup) {
    let origin = Origin { node };
    let name = builder.graph.tensor(output).name.clone();
    let data = match lookup.sizes {
        Some(sizes) => {
            let shape = ndarray::Array1::from(sizes).into_dyn();
            let shape = builder.constant(&format!("{name}.sizes"), || Value::I64(shape));
            builder.node(origin, Target::New("rows"), "Reshape", &[lookup.data, shape], Vec::new())
        }
        None => lookup.data,
    };
    let places = builder.constant(&format!("{name}.places"), || Value::I64(lookup.places));
    builder.node(origin, Target::Output(output), "Gather", &[data, places], vec![int("axis", 1)]);
}

/// The lookup of a node that finds nothing but its own row.
fn lookup(node: &Node, facts: &Facts, values: &mut Linears<'_>) -> Option<Lookup> {
    let (data, indices) = (node.input(0)?, node.input(1)?);
    let dims = &facts.get(data)?.dims;
    let FactDim::Batch { multiple } = *dims.first()? else { return None };
    if facts.get(indices)?.batch_axis() != Some(0) {
        return None;
    }
    let rest: Vec<usize> = dims.iter().skip(1).map(|dim| fixed(*dim)).collect::<Option<_>>()?;
    match node.op.as_str() {
        "Gather" if node.int("axis").unwrap_or(0) == 0 => {
            let places = flat(&values.of(indices)?, multiple)?;
            Some(Lookup { data, sizes: Some(layout(multiple, &rest)?), places })
        }
        "GatherND" if node.int("batch_dims").unwrap_or(0) == 0 && multiple == 1 => {
            let index = values.of(indices)?;
            let (count, places) = tuples(&index, &rest)?;
            let (looked_up, behind) = rest.split_at_checked(count)?;
            let sizes = (count > 1).then(|| layout(looked_up.iter().product(), behind)).map(|sizes| sizes.ok_or(()));
            Some(Lookup { data, sizes: sizes.transpose().ok()?, places })
        }
        _ => None,
    }
}

fn fixed(dim: FactDim) -> Option<usize> {
    if let FactDim::Fixed(size) = dim { Some(size) } else { None }
}

/// The target of a `Reshape` that gives `[batch, size, ...rest]`.
fn layout(size: usize, rest: &[usize]) -> Option<Vec<i64>> {
    let rest = rest.iter().map(|size| i64::try_from(*size).ok());
    [Some(-1), i64::try_from(size).ok()].into_iter().chain(rest).collect()
}

/// Indices of the form `row * size + place`, with `place` below `size`: the places.
fn flat(index: &Linear, size: usize) -> Option<ArrayD<i64>> {
    let size = i64::try_from(size).ok()?;
    let own = index.by_batch.iter().all(|by| *by == 0) && index.by_row.iter().all(|by| *by == size);
    let within = index.offset.iter().all(|place| (0..size).contains(place));
    (own && within && index.axis == Some(0)).then(|| index.offset.index_axis(Axis(0), 0).to_owned())
}

/// Tuples of the form `(row, place, ...)`: how many places there are behind the row, and which place
/// they mean where these axes of the data are laid out as one.
fn tuples(index: &Linear, sizes: &[usize]) -> Option<(usize, ArrayD<i64>)> {
    let last = index.offset.ndim().checked_sub(1).filter(|last| *last > 0 && index.axis == Some(0))?;
    let count = index.offset.len_of(Axis(last)).checked_sub(1).filter(|count| (1..=sizes.len()).contains(count))?;
    let part = |array: &ArrayD<i64>, at: usize| array.index_axis(Axis(last), at).to_owned();
    let all = |array: &ArrayD<i64>, number: i64| array.iter().all(|value| *value == number);
    let own = all(&part(&index.by_row, 0), 1) && all(&part(&index.offset, 0), 0);
    if !own || !all(&index.by_batch, 0) || (1..=count).any(|at| !all(&part(&index.by_row, at), 0)) {
        return None;
    }
    let mut places = ArrayD::zeros(IxDyn(part(&index.offset, 0).shape()));
    for (at, size) in (1..=count).zip(sizes) {
        let size = i64::try_from(*size).ok()?;
        let here = part(&index.offset, at).mapv(|place| if place < 0 { place.saturating_add(size) } else { place });
        if here.iter().any(|place| !(0..size).contains(place)) {
            return None;
        }
        places = places * size + here;
    }
    Some((count, places.index_axis(Axis(0), 0).to_owned()))
}
