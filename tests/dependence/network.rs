//! Whole graphs: one index of one tensor is changed, and everything behind it is looked at.

use crate::values::{changed, differs, inside};
use ansatz::engine::Value;
use ansatz::engine::reference::Interpreter;
use ansatz::model::{Dependence, Graph, Region, TensorId};
use std::collections::{BTreeMap, BTreeSet};

/// A graph with values for its inputs.
pub struct Network {
    pub graph: Graph,
    /// With two rows or more.
    feeds: Vec<(TensorId, Value)>,
    interpreter: Interpreter,
    /// All tensors that the outputs need.
    tensors: Vec<TensorId>,
    values: BTreeMap<TensorId, Value>,
    /// For one row.
    shapes: BTreeMap<TensorId, Vec<usize>>,
}

impl Network {
    pub fn new(graph: Graph, feeds: Vec<(TensorId, Value)>) -> Self {
        let cone = graph.cone(&graph.outputs);
        let computed = cone.iter().flat_map(|node| graph.node(*node).outputs.iter().flatten());
        let read = cone.iter().flat_map(|node| graph.node(*node).inputs.iter().flatten());
        let tensors: BTreeSet<TensorId> = computed.chain(read).copied().collect();
        let tensors: Vec<TensorId> = tensors.into_iter().collect();
        let interpreter = Interpreter::compile(&graph, &tensors).unwrap_or_else(|error| panic!("{}", error.message));
        let first: Vec<(TensorId, Value)> =
            feeds.iter().map(|(id, value)| (*id, crate::values::first_row(value))).collect();
        let run = |feeds: &[(TensorId, Value)]| {
            let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(id, value)| (*id, value)).collect();
            let values = interpreter.run(&feeds).unwrap_or_else(|error| panic!("{}", error.message));
            tensors.iter().copied().zip(values).collect::<BTreeMap<TensorId, Value>>()
        };
        let shapes = run(&first).into_iter().map(|(id, value)| (id, value.shape().to_vec())).collect();
        let values = run(&feeds);
        Network { graph, feeds, interpreter, tensors, values, shapes }
    }

    pub fn shape(&self, tensor: TensorId) -> Option<Vec<usize>> {
        self.shapes.get(&tensor).cloned()
    }

    pub fn find(&self, name: &str) -> TensorId {
        self.graph.find(name).expect("a tensor of the graph")
    }

    /// The box of a tensor that an index of another reads; `None` if it reads nothing of it.
    pub fn reads(&self, target: &str, axis: usize, at: usize, source: &str) -> Option<String> {
        let target = self.find(target);
        let shape = |tensor: TensorId| self.shape(tensor);
        let region = self.element(target, axis, at);
        let read = Dependence::new(&self.graph, &shape).reads(&[(target, region)], &|_| true);
        read.get(&self.find(source)).map(ToString::to_string)
    }

    fn element(&self, tensor: TensorId, axis: usize, at: usize) -> Region {
        let shape = &self.shapes[&tensor];
        Region::whole(shape.len()).cut(axis, at, at + 1, shape[axis])
    }

    /// The values of all tensors where one index of one tensor is changed.
    pub fn with_change(&self, tensor: TensorId, axis: usize, at: usize, way: usize) -> BTreeMap<TensorId, Value> {
        let region = self.element(tensor, axis, at);
        let feeds: Vec<(TensorId, &Value)> = self.feeds.iter().map(|(id, value)| (*id, value)).collect();
        let mut hook = |id: TensorId, value: Value| {
            if id != tensor {
                return value;
            }
            let shape = value.shape().to_vec();
            changed(&value, |place| inside(place, &shape, &region), 3, way)
        };
        let values = self.interpreter.run_hooked(&feeds, &mut hook).unwrap_or_else(|error| panic!("{}", error.message));
        self.tensors.iter().copied().zip(values).collect()
    }

    /// Changes some indices of each live tensor; nothing may change that does not read them.
    /// Gives the number of boxes that were held against a change.
    pub fn hold(&self, picks: usize) -> usize {
        let shape = |tensor: TensorId| self.shape(tensor);
        let dependence = Dependence::new(&self.graph, &shape);
        let mut read = BTreeMap::new();
        for (tensor, axis, at) in self.places(picks) {
            let region = self.element(tensor, axis, at);
            read.insert((tensor, axis, at), dependence.reads(&[(tensor, region)], &|_| true));
        }
        let mut count = 0;
        for (source, axis, at) in self.places(picks).into_iter().filter(|(source, _, _)| self.floats(*source)) {
            let moved = self.moved(&self.with_change(source, axis, at, 0));
            let size = self.shapes[&source][axis];
            let known = |part: &Region| {
                let (start, end) = part.range(axis, size);
                (start..end).contains(&at)
            };
            for ((target, target_axis, target_at), read) in &read {
                if read.get(&source).is_some_and(known) {
                    continue;
                }
                let moves = moved[target][*target_axis][*target_at];
                let name = |id: TensorId| &self.graph.tensor(id).name;
                let region = || self.element(*target, *target_axis, *target_at);
                assert!(!moves, "{}{} reads index {at} of axis {axis} of {}", name(*target), region(), name(source));
                count += 1;
            }
        }
        count
    }

    /// For each axis of each tensor, at which indices something differs from the values as they are.
    fn moved(&self, values: &BTreeMap<TensorId, Value>) -> BTreeMap<TensorId, Vec<Vec<bool>>> {
        let of = |(tensor, value): (&TensorId, &Value)| {
            let shape = value.shape();
            let mut flags: Vec<Vec<bool>> = shape.iter().map(|size| vec![false; *size]).collect();
            for (mut at, _) in differs(&self.values[tensor], value).into_iter().enumerate().filter(|(_, is)| *is) {
                for (flags, size) in flags.iter_mut().zip(shape).rev() {
                    flags[at % size] = true;
                    at /= size;
                }
            }
            (*tensor, flags)
        };
        values.iter().map(of).collect()
    }

    fn floats(&self, tensor: TensorId) -> bool {
        let input = self.graph.inputs.iter().any(|input| input.tensor == tensor);
        input || matches!(self.values[&tensor], Value::F32(_) | Value::F64(_) | Value::Bool(_))
    }

    /// Some indices of each axis of each live tensor, but for that of the examples.
    fn places(&self, picks: usize) -> Vec<(TensorId, usize, usize)> {
        let mut live: BTreeSet<TensorId> = self.graph.inputs.iter().map(|input| input.tensor).collect();
        for node in self.graph.nodes.iter().filter(|node| ansatz::model::carries_values(&node.op)) {
            if node.inputs.iter().flatten().any(|input| live.contains(input)) {
                live.extend(node.outputs.iter().flatten());
            }
        }
        let mut out = Vec::new();
        for tensor in self.tensors.iter().filter(|tensor| live.contains(tensor)) {
            for (axis, size) in self.shapes[tensor].iter().enumerate().skip(1) {
                let at: BTreeSet<usize> = (0..picks).map(|pick| pick * size.saturating_sub(1) / (picks - 1)).collect();
                out.extend(at.into_iter().map(|at| (*tensor, axis, at)));
            }
        }
        out
    }
}
