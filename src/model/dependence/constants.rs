//! Values that depend on no data: constants, and what is computed from constants and from sizes.

use super::Shape;
use super::mask::bounded;
use crate::engine::Value;
use crate::engine::reference::Interpreter;
use crate::map_array;
use crate::model::graph::{Graph, Initializer, Node, NodeId, TensorId};
use crate::model::paths::carries_values;
use crate::model::tensor::{constant, to_tensor_proto};
use ndarray::{Axis, Slice, arr0, arr1};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// The most elements that are computed on the way to a value, and that constants on the way have.
const MOST_WORK: usize = 1 << 26;

/// The values of a graph that depend on no data, computed when they are asked for.
pub struct Constants<'a> {
    graph: &'a Graph,
    shape: &'a Shape<'a>,
    live: Vec<bool>,
    values: RefCell<BTreeMap<TensorId, Option<Rc<Value>>>>,
    /// The graph with the sizes of live tensors filled in, and with twice as many rows.
    sized: OnceCell<[Graph; 2]>,
}

impl std::fmt::Debug for Constants<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Constants").field("live", &self.live).finish_non_exhaustive()
    }
}

impl<'a> Constants<'a> {
    /// `replaced` are tensors that may hold other values than the graph computes.
    pub fn new(graph: &'a Graph, shape: &'a Shape<'a>, replaced: &BTreeSet<TensorId>) -> Self {
        let live = live(graph, replaced);
        Constants { graph, shape, live, values: RefCell::default(), sized: OnceCell::new() }
    }

    /// True if a tensor depends on the values of an input of the graph.
    pub fn live(&self, tensor: TensorId) -> bool {
        self.live.get(tensor.0 as usize).copied().unwrap_or(true)
    }

    /// The sizes of a tensor's axes.
    pub fn shape(&self, tensor: TensorId) -> Option<Vec<usize>> {
        (self.shape)(tensor)
    }

    /// The value of a tensor, if it depends on no data, not on the number of rows, and is not huge.
    pub fn value(&self, tensor: TensorId) -> Option<Rc<Value>> {
        if self.live(tensor) {
            return None;
        }
        let producer = self.graph.producer(tensor);
        if producer.is_none_or(|node| node.op == "Constant") {
            // Read anew each time: weights are large, and their values are kept with the graph.
            self.graph.initializers.get(&tensor).map_or(Some(0), |found| elements(&found.proto.dims))?;
            return constant(self.graph, tensor).map(Rc::new);
        }
        if let Some(value) = self.values.borrow().get(&tensor) {
            return value.clone();
        }
        let value = self.evaluated(tensor).map(Rc::new);
        self.values.borrow_mut().insert(tensor, value.clone());
        value
    }

    /// The value of a tensor of integers, with the sizes of its axes.
    pub fn integers(&self, tensor: TensorId) -> Option<(Vec<i64>, Vec<usize>)> {
        let value = self.value(tensor)?;
        let shape = value.shape().to_vec();
        match value.as_ref() {
            Value::I64(array) => Some((array.iter().copied().collect(), shape)),
            Value::I32(array) => Some((array.iter().copied().map(i64::from).collect(), shape)),
            _ => None,
        }
    }

    fn evaluated(&self, tensor: TensorId) -> Option<Value> {
        let nodes = self.cone(tensor);
        let mut work = 0_usize;
        for output in nodes.iter().flat_map(|node| node.outputs.iter().flatten()) {
            work = work.checked_add(bounded(&self.shape(*output)?)?)?;
        }
        let read: BTreeSet<TensorId> = nodes.iter().flat_map(|node| node.inputs.iter().flatten()).copied().collect();
        for initializer in read.iter().filter_map(|input| self.graph.initializers.get(input)) {
            work = work.checked_add(elements(&initializer.proto.dims)?)?;
        }
        if work > MOST_WORK {
            return None;
        }
        let [first, second] = self.sized.get_or_init(|| [1, 2].map(|times| self.sized(times)));
        let value = run(first, tensor)?;
        let sizes = nodes.iter().any(|node| self.reads_sizes_of_live(node));
        (!sizes || alike(&value, &run(second, tensor)?)).then_some(value)
    }

    /// The operators behind a tensor, up to the sizes of live tensors.
    fn cone(&self, tensor: TensorId) -> Vec<&'a Node> {
        let mut found: BTreeMap<NodeId, &Node> = BTreeMap::new();
        let mut open = vec![tensor];
        while let Some(tensor) = open.pop() {
            let Some(id) = self.graph.tensor(tensor).producer else { continue };
            let node = self.graph.node(id);
            if found.insert(id, node).is_none() && !self.reads_sizes_of_live(node) {
                open.extend(node.inputs.iter().flatten());
            }
        }
        found.into_values().collect()
    }

    fn reads_sizes_of_live(&self, node: &Node) -> bool {
        !carries_values(&node.op) && node.input(0).is_some_and(|input| self.live(input))
    }

    /// The graph with the sizes of live tensors as constants, for a multiple of the rows.
    fn sized(&self, times: usize) -> Graph {
        let mut graph = self.graph.clone();
        for node in self.graph.nodes.iter().filter(|node| self.reads_sizes_of_live(node)) {
            let value = node.input(0).and_then(|input| self.shape(input)).and_then(|shape| sizes(node, shape, times));
            let (Some(value), Some(output)) = (value, node.outputs.first().copied().flatten()) else { continue };
            let name = self.graph.tensor(output).name.clone();
            let proto = Arc::new(to_tensor_proto(&name, &value));
            graph.initializers.insert(output, Initializer { tensor: output, proto });
            if let Some(tensor) = graph.tensors.get_mut(output.0 as usize) {
                tensor.producer = None;
            }
        }
        graph
    }
}

/// For each tensor whether it depends on the values of an input of the graph.
fn live(graph: &Graph, replaced: &BTreeSet<TensorId>) -> Vec<bool> {
    // What nothing computes is constant only where it comes with the graph.
    let source = |(tensor, made): (TensorId, bool)| !made && !graph.initializers.contains_key(&tensor);
    let made = graph.tensors.iter().map(|tensor| tensor.producer.is_some());
    let mut live: Vec<bool> = graph.tensor_ids().zip(made).map(source).collect();
    let mark = |tensor: TensorId, live: &mut Vec<bool>| {
        if let Some(place) = live.get_mut(tensor.0 as usize) {
            *place = true;
        }
    };
    replaced.iter().for_each(|tensor| mark(*tensor, &mut live));
    graph.inputs.iter().for_each(|input| mark(input.tensor, &mut live));
    for node in graph.nodes.iter().filter(|node| carries_values(&node.op)) {
        if node.inputs.iter().flatten().any(|input| live.get(input.0 as usize).copied().unwrap_or(true)) {
            node.outputs.iter().flatten().for_each(|output| mark(*output, &mut live));
        }
    }
    live
}

/// What `Shape` or `Size` gives where the first axis has a multiple of its size.
fn sizes(node: &Node, mut shape: Vec<usize>, times: usize) -> Option<Value> {
    if let Some(rows) = shape.first_mut() {
        *rows = rows.checked_mul(times)?;
    }
    let sizes = shape.iter().map(|size| i64::try_from(*size).ok()).collect::<Option<Vec<i64>>>()?;
    if node.op == "Size" {
        let count = sizes.iter().try_fold(1_i64, |count, size| count.checked_mul(*size))?;
        return Some(Value::I64(arr0(count).into_dyn()));
    }
    let rank = i64::try_from(sizes.len()).ok()?;
    let place = |at: i64| usize::try_from(if at < 0 { at.saturating_add(rank) } else { at }.clamp(0, rank)).ok();
    let (start, end) = (place(node.int("start").unwrap_or(0))?, place(node.int("end").unwrap_or(rank))?);
    Some(Value::I64(arr1(sizes.get(start..end).unwrap_or(&[])).into_dyn()))
}

fn elements(dims: &[i64]) -> Option<usize> {
    let dims = dims.iter().map(|dim| usize::try_from(*dim).ok()).collect::<Option<Vec<_>>>()?;
    bounded(&dims)
}

/// A tensor that depends on no input of the graph.
fn run(graph: &Graph, tensor: TensorId) -> Option<Value> {
    Interpreter::compile(graph, &[tensor]).ok()?.run(&[]).ok()?.pop()
}

/// True if the second value is the first, or the first twice along the first axis.
fn alike(first: &Value, second: &Value) -> bool {
    if first == second {
        return true;
    }
    let Some(rows) = first.shape().first().copied() else { return false };
    if second.shape().first().copied() != rows.checked_mul(2) {
        return false;
    }
    let half = |from: usize| {
        let part = Slice::from(from..from + rows);
        map_array!(second, array => array.slice_axis(Axis(0), part).to_owned())
    };
    *first == half(0) && *first == half(rows)
}
