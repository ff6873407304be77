//! One operator alone in a graph, asked and differentiated.

use crate::support::graph::{Attr, GraphBuilder, i64s, numbers};
use crate::values::{changed, differs, first_row, indices, inside};
use ansatz::engine::Value;
use ansatz::engine::reference::Interpreter;
use ansatz::model::{Along, Dependence, Graph, NodeId, Region, TensorId};
use std::collections::{BTreeMap, BTreeSet};

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Depends on data: axis 0 holds examples.
    Data,
    /// A constant whose values do not matter to the rule.
    Weight,
    /// A constant that is never changed: a list of axes, a mask.
    Fixed,
}

/// An operator with inputs that are read by a rule, and changed.
#[derive(Debug, Clone)]
pub struct Case {
    pub op: &'static str,
    opset: i64,
    inputs: Vec<Option<(Role, Value)>>,
    attributes: Vec<(&'static str, Attr)>,
    outputs: usize,
    /// Integers of data stay below this number.
    below: i64,
    /// Inputs of which the box that is read must be the smallest around what matters.
    pub tight: BTreeSet<usize>,
}

impl Case {
    pub fn new(op: &'static str) -> Self {
        Case { op, opset: 20, inputs: Vec::new(), attributes: Vec::new(), outputs: 1, below: 2, tight: BTreeSet::new() }
    }

    pub fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }

    pub fn data(mut self, value: Value) -> Self {
        self.inputs.push(Some((Role::Data, value)));
        self
    }

    pub fn weight(mut self, value: Value) -> Self {
        self.inputs.push(Some((Role::Weight, value)));
        self
    }

    pub fn fixed(mut self, value: Value) -> Self {
        self.inputs.push(Some((Role::Fixed, value)));
        self
    }

    pub fn ints(self, list: &[i64]) -> Self {
        self.fixed(i64s(&[list.len()], list))
    }

    pub fn without_input(mut self) -> Self {
        self.inputs.push(None);
        self
    }

    pub fn with(mut self, name: &'static str, value: impl Into<Attr>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    pub fn outputs(mut self, outputs: usize) -> Self {
        self.outputs = outputs;
        self
    }

    pub fn below(mut self, below: i64) -> Self {
        self.below = below;
        self
    }

    /// The boxes of all inputs must be exact.
    pub fn tight(self) -> Self {
        let all: Vec<usize> = (0..self.inputs.len()).collect();
        self.tight_in(&all)
    }

    /// The boxes of these inputs must be exact.
    pub fn tight_in(mut self, inputs: &[usize]) -> Self {
        self.tight = inputs.iter().copied().collect();
        self
    }

    /// The graph with constants as the rule sees it, or with everything fed.
    fn graph(&self, fed: bool) -> (Graph, Vec<Option<TensorId>>, Vec<TensorId>) {
        let mut g = GraphBuilder::new(self.opset);
        let mut operands = Vec::new();
        for (at, input) in self.inputs.iter().enumerate() {
            operands.push(input.as_ref().map(|(role, value)| {
                let open: Vec<&str> = value.shape().iter().map(|_| "?").collect();
                if fed || *role == Role::Data {
                    g.input(&format!("in{at}"), value.dtype(), &open)
                } else {
                    g.initializer(&format!("in{at}"), value.clone())
                }
            }));
        }
        let names: Vec<String> = (0..self.outputs).map(|at| format!("out{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let outputs = g.full_node(&names, self.op, &operands, &self.attributes);
        outputs.iter().for_each(|output| g.output(*output));
        (g.build(), operands, outputs)
    }

    /// Holds the rule against what changes.
    pub fn check(&self) {
        let measured = Measured::new(self);
        measured.hold(&measured.shapes);
        if let Some(one_row) = &measured.one_row {
            measured.hold(one_row);
        }
    }

    /// How the first output reads an input along an axis.
    pub fn along(&self, axis: usize, at: usize) -> Along {
        let measured = Measured::new(self);
        let shape = |tensor: TensorId| measured.shapes.get(&tensor).cloned();
        Dependence::new(&measured.graph, &shape).along(NodeId(0), measured.outputs[0], axis, at)
    }

    /// The box of an input that a box of the first output reads; the box is given as cuts.
    pub fn reads(&self, cuts: &[(usize, usize, usize)], at: usize) -> Option<String> {
        let measured = Measured::new(self);
        let shape = |tensor: TensorId| measured.shapes.get(&tensor).cloned();
        let out = &measured.shapes[&measured.outputs[0]];
        let whole = Region::whole(out.len());
        let region = cuts.iter().fold(whole, |region, (axis, start, end)| region.cut(*axis, *start, *end, out[*axis]));
        let found = Dependence::new(&measured.graph, &shape).input(NodeId(0), measured.outputs[0], &region, at);
        found.map(|region| region.to_string())
    }
}

type Shapes = BTreeMap<TensorId, Vec<usize>>;

/// A case with its results, and what of them each element of an input changes.
struct Measured<'a> {
    case: &'a Case,
    graph: Graph,
    operands: Vec<Option<TensorId>>,
    outputs: Vec<TensorId>,
    shapes: Shapes,
    /// With the first row of the data alone, if the operator can be run so.
    one_row: Option<Shapes>,
    /// For each input that is changed: for each of its elements, for each output, which elements
    /// change.
    changes: BTreeMap<usize, Vec<Vec<Vec<bool>>>>,
}

impl<'a> Measured<'a> {
    fn new(case: &'a Case) -> Self {
        let (graph, operands, outputs) = case.graph(false);
        let values: Vec<Option<Value>> =
            case.inputs.iter().map(|input| input.clone().map(|(_, value)| value)).collect();
        let results = run(case, &values).unwrap_or_else(|error| panic!("{}: {error}", case.op));
        let shapes = shapes(&operands, &outputs, &values, &results);
        let one_row = case.inputs.iter().map(|input| {
            input.clone().map(
                |(role, value)| if role == Role::Data && !value.shape().is_empty() { first_row(&value) } else { value },
            )
        });
        let one_row: Vec<Option<Value>> = one_row.collect();
        let one_row = run(case, &one_row).ok().map(|results| self::shapes(&operands, &outputs, &one_row, &results));
        let mut changes = BTreeMap::new();
        for (at, input) in case.inputs.iter().enumerate() {
            let Some((Role::Data | Role::Weight, value)) = input else { continue };
            let changed = (0..value.len()).map(|element| effect(case, &values, at, element, &results));
            changes.insert(at, changed.collect());
        }
        Measured { case, graph, operands, outputs, shapes, one_row, changes }
    }

    /// Holds the rule, asked with these shapes, against the changes.
    fn hold(&self, shapes: &Shapes) {
        let shape = |tensor: TensorId| shapes.get(&tensor).cloned();
        let dependence = Dependence::new(&self.graph, &shape);
        for (slot, output) in self.outputs.iter().enumerate() {
            let out = &self.shapes[output];
            let own = &shapes[output];
            let examples = usize::from(self.case.inputs.iter().flatten().any(|(role, _)| *role == Role::Data));
            if own.len() != out.len() || own[examples.min(own.len())..] != out[examples.min(out.len())..] {
                continue;
            }
            for region in regions(out, examples) {
                for (at, changes) in &self.changes {
                    let part = dependence.input(NodeId(0), *output, &region, *at);
                    self.compare(slot, &region, *at, changes, part.as_ref());
                }
            }
            self.hold_along(&dependence, slot, examples);
        }
    }

    fn compare(&self, slot: usize, region: &Region, at: usize, changes: &[Vec<Vec<bool>>], part: Option<&Region>) {
        let (out, input) = (&self.shapes[&self.outputs[slot]], &self.shapes[&self.operand(at)]);
        let what = || {
            let Case { op, opset, attributes, .. } = self.case;
            format!("{op} ({opset}) {attributes:?} {input:?} -> {out:?}: input {at} for {region} of output {slot}")
        };
        let matters =
            |changed: &Vec<Vec<bool>>| changed[slot].iter().enumerate().any(|(at, is)| *is && inside(at, out, region));
        let elements = changes.iter().enumerate().filter(|(_, changed)| matters(changed)).map(|(element, _)| element);
        let elements: Vec<usize> = elements.collect();
        for element in &elements {
            let read = part.is_some_and(|part| inside(*element, input, part));
            assert!(read, "{}: element {element} matters, {part:?} is read", what());
        }
        if self.case.tight.contains(&at) {
            let read: Option<Vec<(usize, usize)>> =
                part.map(|part| input.iter().enumerate().map(|(axis, size)| part.range(axis, *size)).collect());
            assert_eq!(hull(&elements, input), read, "{}: only {elements:?} matter", what());
        }
    }

    /// `Same` must hold for what changes.
    fn hold_along(&self, dependence: &Dependence<'_>, slot: usize, examples: usize) {
        let out = &self.shapes[&self.outputs[slot]];
        for (axis, (at, changes)) in
            (examples..out.len()).flat_map(|axis| self.changes.iter().map(move |pair| (axis, pair)))
        {
            let Along::Same(own) = dependence.along(NodeId(0), self.outputs[slot], axis, *at) else { continue };
            let input = &self.shapes[&self.operand(*at)];
            assert_eq!(input[own], out[axis], "{}: axes of one size", self.case.op);
            for (element, changed) in changes.iter().enumerate() {
                let index = indices(element, input)[own];
                let here = |place: usize| indices(place, out)[axis] == index;
                let elsewhere = changed[slot].iter().enumerate().any(|(place, changed)| *changed && !here(place));
                assert!(!elsewhere, "{}: {element} changes more than its own index", self.case.op);
            }
        }
    }

    fn operand(&self, at: usize) -> TensorId {
        self.operands[at].expect("the input is given")
    }
}

/// The smallest box that holds some elements.
fn hull(elements: &[usize], shape: &[usize]) -> Option<Vec<(usize, usize)>> {
    let places: Vec<Vec<usize>> = elements.iter().map(|at| indices(*at, shape)).collect();
    let range = |axis: usize| {
        let along = places.iter().map(|place| place[axis]);
        Some((along.clone().min()?, along.max()? + 1))
    };
    if places.is_empty() { None } else { (0..shape.len()).map(range).collect() }
}

/// Which elements of the outputs change with one element of an input, in one of two ways.
fn effect(case: &Case, values: &[Option<Value>], at: usize, element: usize, results: &[Value]) -> Vec<Vec<bool>> {
    let mut found: Vec<Vec<bool>> = results.iter().map(|result| vec![false; result.len()]).collect();
    for way in 0..2 {
        let mut values = values.to_vec();
        values[at] = values[at].as_ref().map(|value| changed(value, |place| place == element, case.below, way));
        let other = run(case, &values).unwrap_or_else(|error| panic!("{}: {error}", case.op));
        for (found, (result, other)) in found.iter_mut().zip(results.iter().zip(&other)) {
            found.iter_mut().zip(differs(result, other)).for_each(|(found, differs)| *found |= differs);
        }
    }
    found
}

fn run(case: &Case, values: &[Option<Value>]) -> Result<Vec<Value>, String> {
    let (graph, operands, outputs) = case.graph(true);
    let feeds = operands.iter().zip(values).filter_map(|(id, value)| Some(((*id)?, value.as_ref()?)));
    let ran = Interpreter::compile(&graph, &outputs).and_then(|run| run.run(&feeds.collect::<Vec<_>>()));
    ran.map_err(|error| error.message.clone())
}

fn shapes(operands: &[Option<TensorId>], outputs: &[TensorId], values: &[Option<Value>], results: &[Value]) -> Shapes {
    let given = operands.iter().zip(values).filter_map(|(id, value)| Some(((*id)?, value.as_ref()?)));
    given.chain(outputs.iter().copied().zip(results)).map(|(id, value)| (id, value.shape().to_vec())).collect()
}

/// All of an output, each index of each axis, and boxes across axes; the axis of examples is whole.
pub fn regions(shape: &[usize], examples: usize) -> Vec<Region> {
    let whole = Region::whole(shape.len());
    let mut out = vec![whole.clone()];
    for (axis, size) in shape.iter().enumerate().skip(examples) {
        out.extend((0..*size).map(|at| whole.clone().cut(axis, at, at + 1, *size)));
    }
    for seed in 0..12 {
        let draws = numbers(shape.len() * 2, seed);
        let range = |axis: usize, size: usize| {
            let pick = |at: usize, below: usize| ((draws[at].abs() * below as f32) as usize).min(below.max(1) - 1);
            let start = pick(axis * 2, size);
            (start, start + 1 + pick(axis * 2 + 1, size - start))
        };
        let cut = |region: Region, (axis, size): (usize, &usize)| {
            let (start, end) = range(axis, *size);
            region.cut(axis, start, end, *size)
        };
        out.push(shape.iter().enumerate().skip(examples).filter(|(_, size)| **size > 0).fold(whole.clone(), cut));
    }
    out
}
