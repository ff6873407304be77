//! The unrolled graph as it grows: values with where they come from, feeds, copies of operators.

use super::assemble;
use super::map::Map;
use super::program::{Feed, FeedId, Operand, Source};
use crate::model::{DeclaredDim, FactDim, Graph, GraphInput, Node, TensorId};
use std::collections::BTreeMap;

/// A graph that grows.
#[derive(Debug)]
pub struct Emitted<'a> {
    pub map: Map<'a>,
    pub graph: Graph,
    pub feeds: Vec<Feed>,
    by_source: BTreeMap<Source, FeedId>,
    /// The model tensor behind a tensor of the unrolled graph.
    pub origins: BTreeMap<TensorId, TensorId>,
    /// A model tensor with as many bytes a row, where it is not the origin.
    pub likes: BTreeMap<TensorId, TensorId>,
    /// Rows for each reference, where it is not 1.
    pub multiples: BTreeMap<TensorId, usize>,
}

impl<'a> Emitted<'a> {
    #[must_use]
    pub fn new(map: Map<'a>) -> Emitted<'a> {
        Emitted {
            map,
            graph: Graph { opset: map.graph.opset, ir_version: map.graph.ir_version, ..Graph::default() },
            feeds: Vec::new(),
            by_source: BTreeMap::new(),
            origins: BTreeMap::new(),
            likes: BTreeMap::new(),
            multiples: BTreeMap::new(),
        }
    }

    /// A new value of the unrolled graph that stands for a model tensor.
    pub fn add(&mut self, name: &str, model_tensor: TensorId, rows: usize) -> TensorId {
        // The number keeps names apart, whatever the names of the model are.
        let tensor = self.graph.add_tensor(format!("{name}#{}", self.graph.tensors.len()));
        self.origins.insert(tensor, model_tensor);
        self.multiples.insert(tensor, rows);
        tensor
    }

    pub fn feed(&mut self, source: Source) -> Operand {
        if let Some(known) = self.by_source.get(&source) {
            return Operand::Feed(*known);
        }
        let id = FeedId(self.feeds.len());
        self.by_source.insert(source.clone(), id);
        self.feeds.push(Feed { source, input: None });
        Operand::Feed(id)
    }

    /// The operand as a value of the unrolled graph; a feed becomes an input of it.
    pub fn enter(&mut self, operand: Operand, model_tensor: TensorId) -> TensorId {
        let feed = match operand {
            Operand::Tensor(tensor) => return tensor,
            Operand::Feed(feed) => feed,
        };
        if let Some(known) = self.feeds[feed.0].input {
            return known;
        }
        let source = self.feeds[feed.0].source.clone();
        let name = format!("{}@feed{}", self.map.graph.tensor(model_tensor).name, feed.0);
        let tensor = self.add(&name, model_tensor, source.multiple());
        let (element, dims) = match &source {
            Source::Rows { tensor, .. } => {
                (self.map.elements[tensor.0 as usize], self.map.dims[tensor.0 as usize].clone())
            }
            Source::Shape { dims, .. } => (7, vec![FactDim::Fixed(dims.len())]),
            Source::Places { positions, .. } => (7, vec![FactDim::Batch { multiple: 1 }, FactDim::Fixed(*positions)]),
        };
        if !matches!(source, Source::Rows { .. }) {
            self.origins.remove(&tensor);
        }
        let dims = dims.iter().map(|dim| declared(dim, source.multiple())).collect();
        self.graph.inputs.push(GraphInput { tensor, element, dims });
        self.feeds[feed.0].input = Some(tensor);
        tensor
    }

    /// A copy of an operator, its values told apart by `suffix`.
    pub fn copy(
        &mut self,
        node: &Node,
        inputs: Vec<Option<TensorId>>,
        suffix: &str,
        rows: usize,
    ) -> Vec<Option<TensorId>> {
        let outputs: Vec<Option<TensorId>> = node
            .outputs
            .iter()
            .map(|output| {
                output.map(|output| {
                    let name = format!("{}{suffix}", self.map.graph.tensor(output).name);
                    self.add(&name, output, rows)
                })
            })
            .collect();
        let name = format!("{}{suffix}#{}", node.name, self.graph.nodes.len());
        self.graph.add_node(Node { name, inputs, outputs: outputs.clone(), ..node.clone() });
        outputs
    }

    /// The same value as before an operation that keeps its shape: it stands for the same tensor.
    pub fn stands_for(&mut self, tensor: TensorId, model_tensor: TensorId, rows: usize) -> TensorId {
        self.origins.insert(tensor, model_tensor);
        self.multiples.insert(tensor, rows);
        tensor
    }

    /// Brings together, position by position, what was computed for each tuple: position j of each
    /// row is position j of the expanded row at `places`.
    pub fn collapse(
        &mut self,
        expanded: TensorId,
        model_tensor: TensorId,
        axis: usize,
        places: Operand,
        rows: usize,
    ) -> TensorId {
        let shape = super::map::row_shape(self.map, model_tensor);
        let places = self.enter(places, model_tensor);
        let before = self.graph.tensors.len();
        let result = assemble::by_position(&mut self.graph, expanded, places, &shape, axis);
        let expanded = self.multiples.get(&expanded).copied().unwrap_or(1);
        self.helpers(before, model_tensor, expanded);
        self.stands_for(result, model_tensor, rows)
    }
}

impl Emitted<'_> {
    /// Every value since `before` is as large as a model tensor, with so many rows a reference.
    pub fn helpers(&mut self, before: usize, model_tensor: TensorId, rows: usize) {
        for index in before..self.graph.tensors.len() {
            let tensor = TensorId(u32::try_from(index).unwrap_or(u32::MAX));
            if self.graph.initializers.contains_key(&tensor) {
                continue;
            }
            self.multiples.insert(tensor, rows);
            self.likes.insert(tensor, model_tensor);
        }
    }
}

fn declared(dim: &FactDim, rows: usize) -> DeclaredDim {
    match dim {
        FactDim::Fixed(size) => DeclaredDim::Size(*size as u64),
        FactDim::Batch { .. } | FactDim::Unclear if rows <= 1 => DeclaredDim::Free("batch".to_owned()),
        FactDim::Batch { .. } | FactDim::Unclear => DeclaredDim::Free(format!("batch_times_{rows}")),
    }
}
