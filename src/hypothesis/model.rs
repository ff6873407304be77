//! The model map: a `model` item of a file bound to the tensors of a loaded graph.

use super::claim::Part;
use super::family::Parameter;
use crate::diagnostics::messages::binding::TensorLabel;
use crate::feature::Named;
use crate::model::{Addresses, BatchAxes, FactDim, Graph, Model, Paths, Region, TensorId};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A model whose map has been bound to its graph.
#[derive(Debug)]
pub struct BoundModel {
    pub name: String,
    pub model: Model,
    pub addresses: Addresses,
    /// Where the examples are in each tensor.
    pub rows: BatchAxes,
    /// For each tensor by index the sizes of its axes and its ONNX element type.
    pub dims: Vec<Vec<FactDim>>,
    pub elements: Vec<i32>,
    /// For each tensor by index whether it depends on the values of a graph input.
    pub live: Vec<bool>,
    /// The declared name of the axis of examples.
    pub batch: String,
    /// Declared dims with their sizes, where known.
    pub sizes: BTreeMap<String, Option<usize>>,
    pub inputs: Vec<BoundValue>,
    pub outputs: Vec<BoundValue>,
    pub components: Vec<Component>,
    /// Parameters of each family of components or sites, with their ranges.
    pub families: BTreeMap<String, Vec<Parameter>>,
    /// The names of all inputs and components as written, whether or not they could be bound.
    pub declared: BTreeSet<String>,
    /// The regions that cut paths, by tensor.
    pub regions: BTreeMap<TensorId, Vec<Region>>,
}

/// A declared graph input or output.
#[derive(Debug, Clone)]
pub struct BoundValue {
    pub name: String,
    pub tensor: TensorId,
    /// Its type for one example.
    pub named: Named,
    pub span: Span,
}

/// One component or site: a member of a family, or a graph input.
#[derive(Debug, Clone)]
pub struct Component {
    pub family: String,
    pub arguments: Vec<i64>,
    /// Whether it cuts paths; a site does not.
    pub cuts: bool,
    pub tensor: TensorId,
    pub region: Region,
    /// The names of all axes, the examples' first.
    pub dims: Vec<String>,
    pub ports: Vec<Port>,
    pub span: Span,
}

/// A part of a tensor as one component reads it.
#[derive(Debug, Clone)]
pub struct Port {
    pub name: String,
    pub part: Part,
    /// The names of all axes of its tensor, the examples' first.
    pub dims: Vec<String>,
}

impl Component {
    /// `heads(1, 0)`, or `embed` for a family of one.
    #[must_use]
    pub fn label(&self) -> String {
        if self.arguments.is_empty() {
            return self.family.clone();
        }
        let arguments: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
        format!("{}({})", self.family, arguments.join(", "))
    }

    /// The port of this name.
    #[must_use]
    pub fn port(&self, name: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.name == name)
    }
}

impl BoundModel {
    /// What lowering needs.
    #[must_use]
    pub fn map(&self) -> crate::lower::Map<'_> {
        crate::lower::Map {
            graph: &self.model.graph,
            addresses: &self.addresses,
            components: &self.regions,
            dims: &self.dims,
            elements: &self.elements,
            live: &self.live,
        }
    }

    /// How messages show a tensor.
    #[must_use]
    pub fn label(&self, tensor: TensorId) -> TensorLabel {
        tensor_label(&self.model, tensor)
    }

    /// The sizes of a tensor's axes for one row.
    #[must_use]
    pub fn shape(&self, tensor: TensorId) -> Vec<usize> {
        crate::lower::row_shape(self.map(), tensor)
    }

    /// A part as it is written: `heads(1, 0)[pos: 1]`; `None` if it lies in no component.
    #[must_use]
    pub fn describe(&self, part: &Part) -> Option<String> {
        let own = self.components.iter().filter(|found| found.cuts && found.tensor == part.tensor);
        let component = own.into_iter().find(|found| found.region.contains(&part.region))?;
        let cuts: Vec<(usize, usize, usize)> = component.region.cuts().collect();
        let further = part.region.cuts().filter(|cut| !cuts.contains(cut));
        let parts: Vec<String> = further
            .filter_map(|(axis, start, end)| {
                let dim = component.dims.get(axis)?;
                Some(if end - start == 1 { format!("{dim}: {start}") } else { format!("{dim}: {start}..{end}") })
            })
            .collect();
        let parts = if parts.is_empty() { String::new() } else { format!("[{}]", parts.join(", ")) };
        Some(format!("{}{parts}", component.label()))
    }

    /// Whether the elements of a tensor are floats.
    #[must_use]
    pub fn is_float(&self, tensor: TensorId) -> bool {
        matches!(self.elements.get(tensor.0 as usize), Some(1 | 11))
    }
}

pub(super) fn tensor_label(model: &Model, tensor: TensorId) -> TensorLabel {
    let facts = model.facts.get(tensor).map(ToString::to_string).unwrap_or_default();
    TensorLabel { model: model.path.clone(), name: model.graph.tensor(tensor).name.clone(), facts }
}

/// For each tensor whether values of a graph input reach it; sizes alone do not count.
#[must_use]
pub fn live(graph: &Graph) -> Vec<bool> {
    let inputs: Vec<TensorId> = graph.inputs.iter().map(|input| input.tensor).collect();
    let below = Paths::new(graph).downstream(&inputs);
    graph.tensor_ids().map(|tensor| below.contains(&tensor) || inputs.contains(&tensor)).collect()
}
