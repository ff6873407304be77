//! A model with its components, data and features: what a hypothesis of a test is about.

use super::data::Arrays;
use super::features::Features;
use super::numbers::{self, Block};
use super::operators::Operator;
use ansatz::engine::Value;
use ansatz::engine::reference::Interpreter;
use ansatz::execute::Inputs;
use ansatz::hypothesis::{DataIx, FeatureIx, Hypothesis};
use ansatz::lower::Map;
use ansatz::model::{Addresses, FactDim, Graph, NodeId, Region, TensorId};
use ndarray::{ArrayD, Axis, Slice};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// A named region that cuts paths.
#[derive(Debug, Clone)]
pub struct Component {
    pub name: String,
    pub tensor: TensorId,
    pub region: Region,
}

/// The values of tensors in one forward pass, by tensor. Values that depend on no input are absent.
pub type Values = BTreeMap<TensorId, Value>;

/// A box of a tensor that a forward pass takes from elsewhere: from the same box of the value.
#[derive(Debug, Clone)]
pub struct Override {
    pub tensor: TensorId,
    pub region: Region,
    pub value: Value,
}

/// A model, its components, a dataset, and features of it.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    pub graph: Graph,
    addresses: Addresses,
    /// The outputs that behaviours read.
    pub outputs: Vec<TensorId>,
    /// Graph inputs are among them.
    pub components: Vec<Component>,
    /// Regions that nodes may bind too, but that cut no paths.
    pub sites: Vec<Component>,
    pub data: Arrays,
    pub features: Features,
    by_tensor: BTreeMap<TensorId, Vec<Region>>,
    dims: Vec<Vec<FactDim>>,
    elements: Vec<i32>,
    live: Vec<bool>,
    interpreter: Interpreter,
    /// By node, each compiled when it is first asked for.
    operators: Vec<OnceLock<Operator>>,
    /// By row of all datasets.
    clean: Vec<OnceLock<Values>>,
}

impl Case {
    /// Graph inputs become components; `components` are the others.
    pub fn new(
        name: &str,
        graph: Graph,
        outputs: &[TensorId],
        components: Vec<Component>,
        data: Arrays,
        features: Features,
    ) -> Case {
        let whole_input = |input: &ansatz::model::GraphInput| Component {
            name: graph.tensor(input.tensor).name.clone(),
            tensor: input.tensor,
            region: Region::whole(input.dims.len()),
        };
        let mut all: Vec<Component> = graph.inputs.iter().map(whole_input).collect();
        all.extend(components);
        let mut by_tensor: BTreeMap<TensorId, Vec<Region>> = BTreeMap::new();
        for component in &all {
            by_tensor.entry(component.tensor).or_default().push(component.region.clone());
        }
        let everything = computed(&graph);
        let interpreter = Interpreter::compile(&graph, &everything).expect("test models compile");
        let (dims, elements) = sizes(&graph, &interpreter, &everything, &data);
        let live = live(&graph);
        Case {
            name: name.to_owned(),
            outputs: outputs.to_vec(),
            components: all,
            sites: Vec::new(),
            features,
            by_tensor,
            dims,
            elements,
            live,
            interpreter,
            operators: graph.nodes.iter().map(|_| OnceLock::new()).collect(),
            clean: (0..data.all_rows()).map(|_| OnceLock::new()).collect(),
            data,
            addresses: Addresses::names(&graph),
            graph,
        }
    }

    /// The same where only the first rows are the dataset that hypotheses are about; the others
    /// are a second one.
    pub fn with_second_dataset(mut self, first: usize) -> Case {
        self.data.split(first);
        self.features.split(first);
        self
    }

    pub fn map(&self) -> Map<'_> {
        Map {
            graph: &self.graph,
            addresses: &self.addresses,
            components: &self.by_tensor,
            dims: &self.dims,
            elements: &self.elements,
            live: &self.live,
        }
    }

    pub fn rows(&self) -> usize {
        self.data.rows()
    }

    /// Rows of each dataset.
    pub fn rows_by_data(&self) -> Vec<usize> {
        match self.data.all_rows() - self.data.rows() {
            0 => vec![self.data.rows()],
            second => vec![self.data.rows(), second],
        }
    }

    /// The rows of a dataset.
    pub fn rows_of(&self, data: DataIx) -> std::ops::Range<u32> {
        let number = |row: usize| u32::try_from(row).expect("few rows");
        match data.0 {
            0 => 0..number(self.data.rows()),
            _ => number(self.data.rows())..number(self.data.all_rows()),
        }
    }

    /// For each named draw that is paired, the row that belongs to each row of the first dataset.
    pub fn pairs(&self, hypothesis: &Hypothesis) -> Vec<Option<Vec<u32>>> {
        let paired = |data: DataIx| {
            let rows = self.rows_of(data);
            self.rows_of(DataIx(0)).map(|row| rows.start + (row * 7 + 3) % (rows.end - rows.start)).collect()
        };
        hypothesis.draws.iter().map(|draw| draw.paired.then(|| paired(draw.data))).collect()
    }

    /// Whether the rows of a batch lie along axis 0, so that a region can lie in the tensor.
    pub fn is_by_row(&self, tensor: TensorId) -> bool {
        self.dims[tensor.0 as usize].first() == Some(&FactDim::Batch { multiple: 1 })
    }

    /// Whether a tensor depends on data.
    pub fn is_live(&self, tensor: TensorId) -> bool {
        self.live[tensor.0 as usize]
    }

    /// Whether a tensor holds floats.
    pub fn is_float(&self, tensor: TensorId) -> bool {
        matches!(self.elements[tensor.0 as usize], 1 | 11)
    }

    /// A clean pass on a row, twice side by side; each is made once.
    pub fn clean(&self, row: u32) -> &Values {
        self.clean[row as usize].get_or_init(|| self.forward(row, &[]))
    }

    /// One operator on given values of its inputs, twice side by side.
    pub fn operator(&self, node: NodeId, read: &dyn Fn(TensorId) -> Value) -> Values {
        let sizes = |tensor: TensorId| (self.shape(tensor).len(), self.elements[tensor.0 as usize]);
        let operator =
            self.operators[node.0 as usize].get_or_init(|| Operator::new(&self.graph, node, &self.live, &sizes));
        operator.run(read, &|tensor| self.clean(0)[&tensor].clone())
    }

    /// The mean of a region over the first dataset, or over those of its rows that agree with a row
    /// in a feature; perhaps along an axis too. Twice side by side; anything outside the region.
    pub fn mean(
        &self,
        tensor: TensorId,
        region: &Region,
        over: Option<(FeatureIx, u32)>,
        along: Option<usize>,
    ) -> Value {
        let agrees = |row: &u32| match over {
            None => true,
            Some((feature, with)) => self.features.labels(feature, None).agree(*row, with),
        };
        let blocks: Vec<Block> =
            self.rows_of(DataIx(0)).filter(agrees).map(|row| Block::of(&self.clean(row)[&tensor], region)).collect();
        let mut mean = Block::mean(&blocks);
        if let Some(axis) = along {
            mean.level(axis);
        }
        let mut value = self.clean(0)[&tensor].clone();
        numbers::put(&mut value, region, &mean);
        value
    }

    /// The sizes of a tensor's axes for one row.
    pub fn shape(&self, tensor: TensorId) -> Vec<usize> {
        self.dims[tensor.0 as usize].iter().map(|dim| dim.at(1).expect("all sizes are known")).collect()
    }

    /// The same with sites.
    pub fn with_sites(self, sites: Vec<Component>) -> Case {
        Case { sites, ..self }
    }

    pub fn tensor(&self, name: &str) -> TensorId {
        self.graph.find(name).expect("tests name tensors that are there")
    }

    pub fn component(&self, name: &str) -> &Component {
        self.components.iter().find(|component| component.name == name).expect("tests name components that are there")
    }

    /// A full forward pass on a row of the dataset, twice side by side, with some boxes of some
    /// tensors replaced as soon as they are computed: all boxes in the order given.
    pub fn forward(&self, row: u32, overrides: &[Override]) -> Values {
        let mut values = Values::new();
        let feeds = self.data.feeds(&[row, row]);
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let mut hook = |tensor: TensorId, mut value: Value| {
            for replaced in overrides.iter().filter(|replaced| replaced.tensor == tensor) {
                copy_box(&mut value, &replaced.value, &replaced.region);
            }
            values.insert(tensor, value.clone());
            value
        };
        self.interpreter.run_hooked(&feeds, &mut hook).expect("test models run");
        values
    }

    /// A forward pass on some rows as one batch, nothing replaced.
    pub fn forward_batch(&self, rows: &[u32]) -> Values {
        let mut values = Values::new();
        let feeds = self.data.feeds(rows);
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let mut hook = |tensor: TensorId, value: Value| {
            values.insert(tensor, value.clone());
            value
        };
        self.interpreter.run_hooked(&feeds, &mut hook).expect("test models run");
        values
    }
}

/// Overwrites a box of `target` by the same box of `source`.
pub fn copy_box(target: &mut Value, source: &Value, region: &Region) {
    fn copy<T: Clone>(target: &mut ArrayD<T>, source: &ArrayD<T>, region: &Region) {
        let mut to = target.view_mut();
        let mut from = source.view();
        for axis in 1..region.rank() {
            let (start, end) = region.range(axis, from.shape()[axis]);
            to.slice_axis_inplace(Axis(axis), Slice::from(start..end));
            from.slice_axis_inplace(Axis(axis), Slice::from(start..end));
        }
        to.assign(&from);
    }
    match (target, source) {
        (Value::F32(target), Value::F32(source)) => copy(target, source, region),
        (Value::F64(target), Value::F64(source)) => copy(target, source, region),
        (Value::I64(target), Value::I64(source)) => copy(target, source, region),
        (Value::I32(target), Value::I32(source)) => copy(target, source, region),
        (Value::Bool(target), Value::Bool(source)) => copy(target, source, region),
        _ => unreachable!("a tensor has one element type"),
    }
}

/// Every tensor that a node computes.
fn computed(graph: &Graph) -> Vec<TensorId> {
    graph.nodes.iter().flat_map(|node| node.outputs.iter().flatten().copied()).collect()
}

/// The sizes of the axes of each tensor and its element type, found by running two batch sizes.
fn sizes(
    graph: &Graph,
    interpreter: &Interpreter,
    everything: &[TensorId],
    data: &Arrays,
) -> (Vec<Vec<FactDim>>, Vec<i32>) {
    let run = |rows: &[u32]| -> BTreeMap<TensorId, (Vec<usize>, i32)> {
        let feeds = data.feeds(rows);
        let feeds: Vec<(TensorId, &Value)> = feeds.iter().map(|(tensor, value)| (*tensor, value)).collect();
        let values = interpreter.run(&feeds).expect("test models run");
        let known = |value: &Value| (value.shape().to_vec(), value.dtype().to_onnx());
        let computed = everything.iter().zip(&values).map(|(tensor, value)| (*tensor, known(value)));
        let fed = feeds.iter().map(|(tensor, value)| (*tensor, known(value)));
        computed.chain(fed).collect()
    };
    let (two, three) = (run(&[0, 1]), run(&[0, 1, 2]));
    let constant = |tensor: TensorId| {
        let proto = graph.initializers.get(&tensor).map(|initializer| &initializer.proto);
        let fixed = |size: &i64| FactDim::Fixed(usize::try_from(*size).expect("sizes are not negative"));
        proto.map_or((Vec::new(), 1), |proto| {
            (proto.dims.iter().map(fixed).collect::<Vec<FactDim>>(), proto.data_type.unwrap_or(1))
        })
    };
    let one = |tensor: TensorId| match (two.get(&tensor), three.get(&tensor)) {
        (Some((two, element)), Some((three, _))) => {
            let dim = |(two, three): (&usize, &usize)| match three - two {
                0 => FactDim::Fixed(*two),
                by => FactDim::Batch { multiple: by },
            };
            (two.iter().zip(three).map(dim).collect(), *element)
        }
        _ => constant(tensor),
    };
    graph.tensor_ids().map(one).unzip()
}

/// For each tensor whether it depends on the values of a graph input.
fn live(graph: &Graph) -> Vec<bool> {
    let mut live: BTreeSet<TensorId> = graph.inputs.iter().map(|input| input.tensor).collect();
    for node in &graph.nodes {
        let reads = node.inputs.iter().flatten().any(|input| live.contains(input));
        if reads && !matches!(node.op.as_str(), "Shape" | "Size") {
            live.extend(node.outputs.iter().flatten());
        }
    }
    graph.tensor_ids().map(|tensor| live.contains(&tensor)).collect()
}
