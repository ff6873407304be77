//! The model map: a `model` item of a file bound to the tensors of a loaded graph.

use super::family::{self, Parameter};
use super::names::{Declared, words_once};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::binding::TensorLabel;
use crate::diagnostics::messages::{binding, model as model_messages, types};
use crate::diagnostics::{Diagnostic, nearest};
use crate::feature::{Named, resolve_type};
use crate::model::{
    BatchAxes, DimSizes, FactDim, Graph, Model, ModelFile, Paths, Region, RowAxis, TensorId, batch_mixing, resolve_site,
};
use crate::source::Span;
use crate::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A model whose map has been bound to its graph.
#[derive(Debug)]
pub struct BoundModel {
    pub name: String,
    pub model: Model,
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
    /// Parameters of each family, with their ranges.
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

/// One component: a member of a family, or a graph input.
#[derive(Debug, Clone)]
pub struct Component {
    pub family: String,
    pub arguments: Vec<i64>,
    pub tensor: TensorId,
    pub region: Region,
    /// The names of all axes, the examples' first.
    pub dims: Vec<String>,
    pub span: Span,
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
}

impl BoundModel {
    /// What lowering needs.
    #[must_use]
    pub fn map(&self) -> crate::lower::Map<'_> {
        crate::lower::Map {
            graph: &self.model.graph,
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
}

fn tensor_label(model: &Model, tensor: TensorId) -> TensorLabel {
    let facts = model.facts.get(tensor).map(ToString::to_string).unwrap_or_default();
    TensorLabel { model: model.path.clone(), name: model.graph.tensor(tensor).name.clone(), facts }
}

/// The sizes that a `model` item gives to open axes of the graph's inputs.
#[must_use]
pub fn declared_sizes(item: &ast::Model, file: &ModelFile) -> DimSizes {
    let mut sizes = DimSizes::default();
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    for dim in &item.body.dims {
        if let Some((number, _)) = dim.size {
            sizes.by_name.insert(dim.name.text.clone(), size(number));
        }
    }
    for input in &item.body.inputs {
        let name = input.tensor.as_ref().map_or(input.name.text.as_str(), |tensor| tensor.value.as_str());
        let Some(tensor) = file.graph.find(name) else { continue };
        for (axis, dim) in input.ty.dims.iter().enumerate() {
            let named = dim.name.as_ref().and_then(|name| sizes.by_name.get(&name.text).copied());
            if let Some(known) = dim.size.map(|(number, _)| size(number)).or(named) {
                sizes.by_axis.insert((tensor, axis), known);
            }
        }
    }
    sizes
}

/// Binds a `model` item. `None` only if nothing useful could be bound.
pub fn bind(item: &ast::Model, model: Model, sink: &mut Vec<Diagnostic>) -> Option<BoundModel> {
    let rows = batch_mixing(&model.graph, &model.facts);
    let count = model.graph.tensors.len();
    let index = |at: usize| TensorId(u32::try_from(at).unwrap_or(u32::MAX));
    let dims = (0..count).map(|at| dims_of(&model, index(at))).collect();
    let elements = (0..count).map(|at| element_of(&model, index(at))).collect();
    let live = live(&model.graph);
    for mixing in &rows.mixing {
        sink.push(model_messages::mixes_batch(&model.path, &model.graph, mixing));
    }
    let first = item.body.inputs.first().and_then(|input| input.ty.dims.first()).and_then(|dim| dim.name.as_ref());
    let names =
        item.body.inputs.iter().map(|input| &input.name).chain(item.body.components.iter().map(|found| &found.name));
    let bound = BoundModel {
        name: item.name.text.clone(),
        model,
        rows,
        dims,
        elements,
        live,
        batch: first.map_or_else(|| "batch".to_owned(), |name| name.text.clone()),
        sizes: BTreeMap::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        components: Vec::new(),
        families: BTreeMap::new(),
        declared: names.map(|name| name.text.clone()).collect(),
        regions: BTreeMap::new(),
    };
    let mut binder = Binder { bound, sink };
    binder.dims(item);
    binder.inputs(item);
    binder.outputs(item);
    binder.components(item);
    binder.regions();
    Some(binder.bound)
}

fn dims_of(model: &Model, tensor: TensorId) -> Vec<FactDim> {
    if let Some(fact) = model.facts.get(tensor) {
        return fact.dims.clone();
    }
    let size = |size: &i64| FactDim::Fixed(usize::try_from(*size).unwrap_or(0));
    model.graph.initializers.get(&tensor).map_or_else(Vec::new, |found| found.proto.dims.iter().map(size).collect())
}

fn element_of(model: &Model, tensor: TensorId) -> i32 {
    let stored = || model.graph.initializers.get(&tensor).and_then(|found| found.proto.data_type);
    model.facts.get(tensor).map(|fact| fact.dtype.to_onnx()).or_else(stored).unwrap_or(1)
}

/// For each tensor whether values of a graph input reach it; sizes alone do not count.
#[must_use]
pub fn live(graph: &Graph) -> Vec<bool> {
    let inputs: Vec<TensorId> = graph.inputs.iter().map(|input| input.tensor).collect();
    let below = Paths::new(graph).downstream(&inputs);
    graph.tensor_ids().map(|tensor| below.contains(&tensor) || inputs.contains(&tensor)).collect()
}

struct Binder<'a> {
    bound: BoundModel,
    sink: &'a mut Vec<Diagnostic>,
}

impl Binder<'_> {
    fn dims(&mut self, item: &ast::Model) {
        let mut declared = Declared::new("dim");
        for dim in &item.body.dims {
            if !declared.add(&dim.name, self.sink) {
                continue;
            }
            let size = dim.size.and_then(|(size, _)| usize::try_from(size).ok());
            self.bound.sizes.entry(dim.name.text.clone()).or_insert(size);
        }
    }

    fn inputs(&mut self, item: &ast::Model) {
        let mut declared = Declared::new("input");
        for input in &item.body.inputs {
            if !declared.add(&input.name, self.sink) {
                continue;
            }
            words_once(input.vocabulary.as_deref().unwrap_or_default(), self.sink);
            let all: Vec<TensorId> = self.bound.model.graph.inputs.iter().map(|found| found.tensor).collect();
            let Some(tensor) = self.graph_value("input", &input.name, input.tensor.as_ref(), &all) else { continue };
            let vocabulary =
                input.vocabulary.as_ref().map(|words| words.iter().map(|word| word.value.clone()).collect());
            let Some(value) = self.value(&input.name, &input.ty, tensor, vocabulary) else { continue };
            let component = Component {
                family: value.name.clone(),
                arguments: Vec::new(),
                tensor,
                region: Region::whole(self.bound.dims[tensor.0 as usize].len()),
                dims: input.ty.dims.iter().filter_map(|dim| dim.name.as_ref()).map(|name| name.text.clone()).collect(),
                span: input.span,
            };
            self.bound.families.insert(value.name.clone(), Vec::new());
            self.bound.components.push(component);
            self.bound.inputs.push(value);
        }
        let known: Vec<TensorId> = self.bound.inputs.iter().map(|input| input.tensor).collect();
        let wrong = item.body.inputs.len() > known.len();
        for input in self.bound.model.graph.inputs.clone() {
            if !known.contains(&input.tensor) && !wrong {
                let label = self.bound.label(input.tensor);
                self.sink.push(binding::undeclared_input(item.name.span, &label.name, &label));
            }
        }
    }

    fn outputs(&mut self, item: &ast::Model) {
        let mut declared = Declared::new("output");
        for output in &item.body.outputs {
            if !declared.add(&output.name, self.sink) {
                continue;
            }
            let all = self.bound.model.graph.outputs.clone();
            let Some(tensor) = self.graph_value("output", &output.name, output.tensor.as_ref(), &all) else { continue };
            if let Some(value) = self.value(&output.name, &output.ty, tensor, None) {
                self.bound.outputs.push(value);
            }
        }
    }

    fn graph_value(
        &mut self,
        kind: &str,
        name: &ast::Ident,
        tensor: Option<&ast::Text>,
        all: &[TensorId],
    ) -> Option<TensorId> {
        let (wanted, span) = tensor.map_or((&name.text, name.span), |text| (&text.value, text.span));
        let graph = &self.bound.model.graph;
        let found = all.iter().copied().find(|id| &graph.tensor(*id).name == wanted);
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|id| graph.tensor(*id).name.as_str()).collect();
            let near = nearest(wanted, names.iter().copied());
            self.sink.push(binding::unknown_graph_value(span, kind, wanted, &names, &near));
        }
        found
    }

    fn value(
        &mut self,
        name: &ast::Ident,
        ty: &ast::Type,
        tensor: TensorId,
        vocabulary: Option<Vec<String>>,
    ) -> Option<BoundValue> {
        let declared = resolve_type(ty, self.sink)?;
        self.axes(&ty.dims, ty.span, tensor)?;
        let fits = match self.bound.model.facts.get(tensor).map(|fact| fact.dtype) {
            Some(crate::engine::DType::Bool) => matches!(declared.ty.scalar, Scalar::Bool),
            Some(crate::engine::DType::F32 | crate::engine::DType::F64) => declared.ty.scalar == Scalar::Real,
            Some(_) => !matches!(declared.ty.scalar, Scalar::Real | Scalar::Ratio),
            None => true,
        };
        if !fits {
            let label = self.bound.label(tensor);
            self.sink.push(binding::element_differs(ty.scalar.span, &declared.ty.to_string(), &label));
            return None;
        }
        let ty: ValueType = declared.without_axis(&self.bound.batch);
        let named = Named { ty, vocabulary: vocabulary.map(Arc::new) };
        Some(BoundValue { name: name.text.clone(), tensor, named, span: name.span })
    }

    /// Checks declared dims against a tensor's axes and learns sizes; gives the dims' names.
    fn axes(&mut self, dims: &[ast::Dim], span: Span, tensor: TensorId) -> Option<Vec<String>> {
        let axes = self.bound.dims[tensor.0 as usize].clone();
        let label = self.bound.label(tensor);
        if axes.len() != dims.len() {
            self.sink.push(binding::rank_differs(span, dims.len(), &label));
            return None;
        }
        let mut found: Vec<String> = Vec::new();
        for (axis, (dim, fact)) in dims.iter().zip(axes).enumerate() {
            let name = dim.name.as_ref().map_or_else(String::new, |name| name.text.clone());
            if !name.is_empty() && found.contains(&name) {
                self.sink.push(types::axis_twice(dim.span, &name));
                return None;
            }
            self.axis(dim, &name, axis, fact, &label)?;
            found.push(name);
        }
        Some(found)
    }

    fn axis(&mut self, dim: &ast::Dim, name: &str, axis: usize, fact: FactDim, label: &TensorLabel) -> Option<()> {
        let inline = dim.size.and_then(|(size, _)| usize::try_from(size).ok());
        if !name.is_empty() && !self.bound.sizes.contains_key(name) {
            if inline.is_none() {
                let near = nearest(name, self.bound.sizes.keys().map(String::as_str));
                self.sink.push(binding::unknown_dim(dim.span, name, &near));
                return None;
            }
            self.bound.sizes.insert(name.to_owned(), inline);
        }
        let is_batch = name == self.bound.batch;
        if is_batch && fact == (FactDim::Batch { multiple: 1 }) {
            return Some(());
        }
        let FactDim::Fixed(size) = fact else {
            let (batch, found) = (&self.bound.batch, fact.to_string());
            self.sink.push(binding::batch_elsewhere(dim.span, name, batch, axis, &found, label));
            return None;
        };
        if is_batch {
            self.sink.push(binding::batch_elsewhere(dim.span, name, name, axis, &size.to_string(), label));
            return None;
        }
        let known = inline.or_else(|| self.bound.sizes.get(name).copied().flatten());
        if let Some(known) = known
            && known != size
        {
            self.sink.push(binding::size_differs(dim.span, name, known as u64, axis, &size.to_string(), label));
            return None;
        }
        if !name.is_empty() {
            self.bound.sizes.insert(name.to_owned(), Some(size));
        }
        Some(())
    }

    fn components(&mut self, item: &ast::Model) {
        let mut declared = Declared::new("component");
        for input in &item.body.inputs {
            declared.add_silently(&input.name);
        }
        for component in &item.body.components {
            if declared.add(&component.name, self.sink) {
                self.component(component);
            }
        }
    }

    fn component(&mut self, item: &ast::Component) {
        let Some(parameters) = family::parameters(item, self.sink) else { return };
        if !family::pattern_fits(item, &parameters, self.sink) {
            return;
        }
        let mut declared = Declared::new("port");
        for port in &item.ports {
            declared.add(&port.name, self.sink);
        }
        self.bound.families.insert(item.name.text.clone(), parameters.clone());
        for arguments in family::members(&parameters) {
            let names = parameters.iter().map(|(name, _, _)| name.clone());
            let values: BTreeMap<String, i64> = names.zip(arguments.iter().copied()).collect();
            // One mistake of a family is one finding: the first member that has it.
            if self.member(item, &values, arguments).is_none() {
                return;
            }
        }
    }

    fn member(&mut self, item: &ast::Component, values: &BTreeMap<String, i64>, arguments: Vec<i64>) -> Option<()> {
        let tensor = self.site(&item.site, values)?;
        let label = self.bound.label(tensor);
        if !self.bound.live[tensor.0 as usize] {
            self.sink.push(binding::not_from_input(item.site.span, &item.name.text, &label));
            return None;
        }
        let dims = self.axes(&item.dims, dims_span(&item.dims, item.site.span), tensor)?;
        let member = Component {
            family: item.name.text.clone(),
            arguments,
            tensor,
            region: Region::whole(dims.len()),
            dims,
            span: item.name.span,
        };
        if self.bound.rows.get(tensor) != Some(RowAxis { axis: 0, inner: 1 }) {
            if self.bound.rows.mixing.is_empty() {
                self.sink.push(binding::not_by_row(item.site.span, &member.label(), &self.bound.batch, &label));
            }
            return None;
        }
        let region = self.cut(&item.at, &member, values)?;
        for port in &item.ports {
            let tensor = self.site(&port.site, values)?;
            self.axes(&port.dims, dims_span(&port.dims, port.site.span), tensor)?;
        }
        self.bound.components.push(Component { region, ..member });
        Some(())
    }

    fn site(&mut self, site: &ast::Text, values: &BTreeMap<String, i64>) -> Option<TensorId> {
        let address = values
            .iter()
            .fold(site.value.clone(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &value.to_string()));
        match resolve_site(&self.bound.model, &address) {
            Ok(tensor) => Some(tensor),
            Err(error) => {
                self.sink.push(model_messages::site(site.span, &site.value, &address, &self.bound.model.path, &error));
                None
            }
        }
    }

    fn cut(&mut self, parts: &[ast::At], member: &Component, values: &BTreeMap<String, i64>) -> Option<Region> {
        let shape = crate::lower::row_shape(self.bound.map(), member.tensor);
        super::region::cut(parts, &member.dims, &shape, member.region.clone(), values, self.sink)
    }

    /// Gathers the regions by tensor and reports those that overlap.
    fn regions(&mut self) {
        let mut by_tensor: BTreeMap<TensorId, Vec<&Component>> = BTreeMap::new();
        for component in &self.bound.components {
            let others = by_tensor.entry(component.tensor).or_default();
            if let Some(other) = others.iter().find(|other| other.region.overlaps(&component.region)) {
                let label = tensor_label(&self.bound.model, component.tensor);
                let finding =
                    binding::components_overlap(component.span, &component.label(), other.span, &other.label(), &label);
                self.sink.push(finding);
                continue;
            }
            others.push(component);
        }
        self.bound.regions = by_tensor
            .into_iter()
            .map(|(tensor, components)| (tensor, components.iter().map(|found| found.region.clone()).collect()))
            .collect();
    }
}

/// From the first dim to the last; `otherwise` where there is none.
fn dims_span(dims: &[ast::Dim], otherwise: Span) -> Span {
    match (dims.first(), dims.last()) {
        (Some(first), Some(last)) => Span { end: last.span.end, ..first.span },
        _ => otherwise,
    }
}
