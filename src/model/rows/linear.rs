//! Whole numbers that are computed from sizes and constants alone, as exact formulas:
//! `by_batch * (number of rows) + by_row * (number of the row) + offset`, element by element. What has
//! no such formula is not known.

use crate::engine::Value;
use crate::model::facts::{FactDim, Facts};
use crate::model::graph::{Graph, Node, TensorId};
use crate::model::tensor::constant;
use ndarray::{ArrayD, Axis, IxDyn, Slice, Zip, concatenate};
use std::collections::BTreeMap;

/// The most elements of a formula.
const MOST_ELEMENTS: usize = 1 << 22;

/// A tensor of whole numbers. The arrays have the sizes of the tensor, but size 1 along the axis of
/// the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// The axis that has an index for each row.
    pub axis: Option<usize>,
    pub by_batch: ArrayD<i64>,
    pub by_row: ArrayD<i64>,
    pub offset: ArrayD<i64>,
}

impl Linear {
    fn constant(offset: ArrayD<i64>) -> Linear {
        let zero = ArrayD::zeros(offset.raw_dim());
        Linear { axis: None, by_batch: zero.clone(), by_row: zero, offset }
    }

    fn rank(&self) -> usize {
        self.offset.ndim()
    }

    /// The number itself, if it is the same for every batch and row.
    fn fixed(&self) -> Option<&ArrayD<i64>> {
        let zero = |array: &ArrayD<i64>| array.iter().all(|number| *number == 0);
        (self.axis.is_none() && zero(&self.by_batch) && zero(&self.by_row)).then_some(&self.offset)
    }

    /// The list of integers, of a vector or a single number.
    fn list(&self) -> Option<Vec<i64>> {
        (self.rank() <= 1).then(|| self.fixed().map(|array| array.iter().copied().collect()))?
    }

    /// The same rearrangement of each part.
    fn each(&self, axis: Option<usize>, change: impl Fn(&ArrayD<i64>) -> Option<ArrayD<i64>>) -> Option<Linear> {
        let [by_batch, by_row, offset] = [&self.by_batch, &self.by_row, &self.offset].map(change);
        Some(Linear { axis, by_batch: by_batch?, by_row: by_row?, offset: offset? })
    }

    /// Spread to the sizes of a result; the axis of rows is that of the result.
    fn spread(&self, dims: &[usize], axis: Option<usize>) -> Option<Linear> {
        let own = self.axis.map(|own| (own + dims.len()).checked_sub(self.rank()));
        if own.is_some_and(|own| own.is_none() || own != axis) {
            return None;
        }
        self.each(axis, |array| Some(array.broadcast(IxDyn(dims))?.to_owned()))
    }

    fn scaled(&self, factors: &ArrayD<i64>) -> Option<Linear> {
        self.each(self.axis, |array| zipped(array, factors, i64::checked_mul))
    }

    fn plus(&self, other: &Linear, with: fn(i64, i64) -> Option<i64>) -> Option<Linear> {
        Some(Linear {
            axis: self.axis,
            by_batch: zipped(&self.by_batch, &other.by_batch, with)?,
            by_row: zipped(&self.by_row, &other.by_row, with)?,
            offset: zipped(&self.offset, &other.offset, with)?,
        })
    }
}

fn zipped(left: &ArrayD<i64>, right: &ArrayD<i64>, with: fn(i64, i64) -> Option<i64>) -> Option<ArrayD<i64>> {
    if left.shape() != right.shape() {
        return None;
    }
    let mut whole = true;
    let out = Zip::from(left).and(right).map_collect(|a, b| {
        with(*a, *b).unwrap_or_else(|| {
            whole = false;
            0
        })
    });
    whole.then_some(out)
}

/// The formulas of a graph's tensors, found when they are asked for.
#[derive(Debug)]
pub struct Linears<'a> {
    graph: &'a Graph,
    facts: &'a Facts,
    known: BTreeMap<TensorId, Option<Linear>>,
}

/// The sizes of a result, with 1 for the rows, and the axis of the rows.
struct Form {
    dims: Vec<usize>,
    axis: Option<usize>,
}

impl<'a> Linears<'a> {
    pub fn new(graph: &'a Graph, facts: &'a Facts) -> Self {
        Linears { graph, facts, known: BTreeMap::new() }
    }

    /// The formula of a tensor.
    pub fn of(&mut self, tensor: TensorId) -> Option<Linear> {
        for id in self.graph.cone(&[tensor]) {
            let node = self.graph.node(id);
            let Some(output) = node.outputs.first().copied().flatten() else { continue };
            if !self.known.contains_key(&output) {
                let found = self.computed(node, output);
                self.known.insert(output, found);
            }
        }
        self.get(tensor)
    }

    fn get(&self, tensor: TensorId) -> Option<Linear> {
        match self.known.get(&tensor) {
            Some(found) => found.clone(),
            None => self.given(tensor),
        }
    }

    /// A constant of the graph.
    fn given(&self, tensor: TensorId) -> Option<Linear> {
        let form = self.form(tensor)?;
        if form.dims.iter().try_fold(1_usize, |count, size| count.checked_mul(*size))? > MOST_ELEMENTS {
            return None;
        }
        match constant(self.graph, tensor)? {
            Value::I64(array) => Some(Linear::constant(array)),
            Value::I32(array) => Some(Linear::constant(array.mapv(i64::from))),
            _ => None,
        }
    }

    fn form(&self, tensor: TensorId) -> Option<Form> {
        let fact = self.facts.get(tensor)?;
        let size = |dim: &FactDim| match dim {
            FactDim::Fixed(size) => Some(*size),
            FactDim::Batch { multiple: 1 } => Some(1),
            FactDim::Batch { .. } | FactDim::Unclear => None,
        };
        let dims: Vec<usize> = fact.dims.iter().map(size).collect::<Option<_>>()?;
        let mut axes = fact.dims.iter().enumerate().filter(|(_, dim)| matches!(dim, FactDim::Batch { .. }));
        let axis = axes.next().map(|(axis, _)| axis);
        let count = dims.iter().try_fold(1_usize, |count, size| count.checked_mul(*size))?;
        (axes.next().is_none() && count <= MOST_ELEMENTS).then_some(Form { dims, axis })
    }

    /// The formula of what a node gives, if the sizes are those that were seen.
    fn computed(&self, node: &Node, output: TensorId) -> Option<Linear> {
        let form = self.form(output)?;
        let found = self.result(node, output, &form)?;
        (found.axis == form.axis && found.offset.shape() == form.dims).then_some(found)
    }

    fn result(&self, node: &Node, output: TensorId, form: &Form) -> Option<Linear> {
        let input = |at: usize| self.get(node.input(at)?);
        match node.op.as_str() {
            "Constant" => self.given(output),
            "Shape" => self.shape(node),
            "Identity" => input(0),
            // Other integers might not hold the numbers.
            "Cast" => input(0).filter(|_| node.int("to") == Some(7)),
            "Range" => range(&input(0)?, &input(1)?, &input(2)?),
            "Unsqueeze" | "Squeeze" | "Reshape" => laid_out(&input(0)?, form),
            "Expand" => input(0)?.spread(&form.dims, form.axis),
            "Add" => self.pair(node, form)?.map_pair(|a, b| a.plus(b, i64::checked_add)),
            "Sub" => self.pair(node, form)?.map_pair(|a, b| a.plus(b, i64::checked_sub)),
            "Mul" => self.pair(node, form)?.map_pair(product),
            "Concat" => {
                let parts = (0..node.inputs.len()).map(input).collect::<Option<Vec<_>>>()?;
                joined(&parts, index(node.int("axis")?, form.dims.len())?, form)
            }
            "Gather" => picked(&input(0)?, &input(1)?, node.int("axis").unwrap_or(0)),
            "Slice" => {
                let steps = if node.input(4).is_some() { Some(input(4)?) } else { None };
                cut(&input(0)?, &input(1)?.list()?, &input(2)?.list()?, steps)
            }
            _ => None,
        }
    }

    /// The sizes of a tensor, or some of them.
    fn shape(&self, node: &Node) -> Option<Linear> {
        let dims = &self.facts.get(node.input(0)?)?.dims;
        let rank = i64::try_from(dims.len()).ok()?;
        let place = |at: i64| usize::try_from(if at < 0 { at.saturating_add(rank) } else { at }.clamp(0, rank)).ok();
        let (start, end) = (place(node.int("start").unwrap_or(0))?, place(node.int("end").unwrap_or(rank))?);
        let size = |dim: &FactDim| match dim {
            FactDim::Fixed(size) => Some((0, i64::try_from(*size).ok()?)),
            FactDim::Batch { multiple } => Some((i64::try_from(*multiple).ok()?, 0)),
            FactDim::Unclear => None,
        };
        let sizes: Vec<(i64, i64)> = dims.get(start..end)?.iter().map(size).collect::<Option<_>>()?;
        let list = |of: fn(&(i64, i64)) -> i64| ndarray::Array1::from_iter(sizes.iter().map(of)).into_dyn();
        let (by_batch, offset) = (list(|size| size.0), list(|size| size.1));
        Some(Linear { axis: None, by_row: ArrayD::zeros(offset.raw_dim()), by_batch, offset })
    }

    /// Two inputs, spread to the sizes of the result.
    fn pair(&self, node: &Node, form: &Form) -> Option<Pair> {
        let of = |at: usize| self.get(node.input(at)?)?.spread(&form.dims, form.axis);
        Some(Pair(of(0)?, of(1)?))
    }
}

struct Pair(Linear, Linear);

impl Pair {
    fn map_pair(&self, with: impl Fn(&Linear, &Linear) -> Option<Linear>) -> Option<Linear> {
        with(&self.0, &self.1)
    }
}

/// One side must be the same for every batch and row.
fn product(left: &Linear, right: &Linear) -> Option<Linear> {
    let plain = |side: &Linear| Linear { axis: None, ..side.clone() }.fixed().cloned();
    match (plain(left), plain(right)) {
        (_, Some(factors)) => left.scaled(&factors),
        (Some(factors), None) => right.scaled(&factors),
        (None, None) => None,
    }
}

/// 0, 1, 2, ... as far as there are rows, or a range of constants.
fn range(start: &Linear, limit: &Linear, step: &Linear) -> Option<Linear> {
    let single = |side: &Linear| side.list().and_then(|list| if let [one] = *list { Some(one) } else { None });
    let (start, step) = (single(start)?, single(step)?);
    if let Some(limit) = single(limit) {
        let fits = step == 1 && limit.checked_sub(start)? <= MOST_ELEMENTS as i64;
        return fits.then(|| Linear::constant(ndarray::Array1::from_iter(start..limit).into_dyn()));
    }
    let only = |array: &ArrayD<i64>| if array.len() == 1 { array.first().copied() } else { None };
    let parts = [only(&limit.by_batch)?, only(&limit.by_row)?, only(&limit.offset)?];
    let rows = start == 0 && step == 1 && limit.axis.is_none() && parts == [1, 0, 0];
    let one = |number: i64| ArrayD::from_elem(IxDyn(&[1]), number);
    rows.then(|| Linear { axis: Some(0), by_batch: one(0), by_row: one(1), offset: one(0) })
}

/// The same numbers in other axes. With rows, nothing but axes of size 1 may stand in front of them.
fn laid_out(source: &Linear, form: &Form) -> Option<Linear> {
    let front = |dims: &[usize], axis: usize| dims.iter().take(axis).all(|size| *size == 1);
    match (source.axis, form.axis) {
        (None, None) => {}
        (Some(from), Some(to)) if front(source.offset.shape(), from) && front(&form.dims, to) => {}
        _ => return None,
    }
    source.each(form.axis, |array| array.clone().into_shape_with_order(IxDyn(&form.dims)).ok())
}

fn joined(parts: &[Linear], along: usize, form: &Form) -> Option<Linear> {
    if form.axis == Some(along) || parts.iter().any(|part| part.axis != form.axis || part.rank() != form.dims.len()) {
        return None;
    }
    let join = |of: fn(&Linear) -> &ArrayD<i64>| {
        concatenate(Axis(along), &parts.iter().map(|part| of(part).view()).collect::<Vec<_>>()).ok()
    };
    Some(Linear {
        axis: form.axis,
        by_batch: join(|part| &part.by_batch)?,
        by_row: join(|part| &part.by_row)?,
        offset: join(|part| &part.offset)?,
    })
}

/// Elements of a list, or one of them.
fn picked(source: &Linear, places: &Linear, axis: i64) -> Option<Linear> {
    if source.rank() != 1 || source.axis.is_some() || index(axis, 1)? != 0 {
        return None;
    }
    let size = source.offset.len();
    let at: Vec<usize> = places.list()?.iter().map(|place| index(*place, size)).collect::<Option<_>>()?;
    source.each(None, |array| match (places.rank(), at.as_slice()) {
        (0, [at]) => Some(array.index_axis(Axis(0), *at).to_owned()),
        (1, at) => Some(array.select(Axis(0), at)),
        _ => None,
    })
}

/// A part of a list.
fn cut(source: &Linear, starts: &[i64], ends: &[i64], steps: Option<Linear>) -> Option<Linear> {
    let ([start], [end], 1, None) = (starts, ends, source.rank(), source.axis) else { return None };
    if steps.is_some_and(|steps| steps.list().as_deref() != Some(&[1])) {
        return None;
    }
    let size = i64::try_from(source.offset.len()).ok()?;
    let place = |at: i64| usize::try_from(if at < 0 { at.saturating_add(size) } else { at }.clamp(0, size)).ok();
    let (start, end) = (place(*start)?, place(*end)?);
    source.each(None, |array| Some(array.slice_axis(Axis(0), Slice::from(start..end.max(start))).to_owned()))
}

fn index(at: i64, size: usize) -> Option<usize> {
    let at = if at < 0 { at.checked_add(i64::try_from(size).ok()?)? } else { at };
    usize::try_from(at).ok().filter(|at| *at < size)
}
