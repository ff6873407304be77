//! Binding a `model` item: dims, inputs and outputs.

use super::fitting::Mismatch;
use super::model::{BoundModel, BoundValue, Component, live};
use super::names::{Declared, words_once};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::binding::TensorLabel;
use crate::diagnostics::messages::{binding, model as model_messages, types};
use crate::diagnostics::{Diagnostic, nearest};
use crate::feature::{Named, resolve_type};
use crate::model::{Addresses, DimSizes, FactDim, Model, ModelFile, Region, TensorId, batch_mixing};
use crate::source::{FileId, Span};
use crate::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// The name of the axis of examples: the first dim of the first input. One that has a size can't be it, where a
/// dim of the input has none.
fn batch_name(item: &ast::Model) -> Option<&ast::Ident> {
    let dims = &item.body.inputs.first()?.ty.dims;
    let sized = |name: &ast::Ident| item.body.dims.iter().any(|dim| dim.name.text == name.text && dim.size.is_some());
    let names = || dims.iter().filter_map(|dim| dim.name.as_ref());
    let first = dims.first()?.name.as_ref()?;
    if sized(first) { names().find(|name| !sized(name)).or(Some(first)) } else { Some(first) }
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
    let first = batch_name(item);
    let names =
        item.body.inputs.iter().map(|input| &input.name).chain(item.body.components.iter().map(|found| &found.name));
    let bound = BoundModel {
        name: item.name.text.clone(),
        addresses: Addresses::new(&model),
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
    let mut binder = Binder {
        bound,
        addresses: BTreeMap::new(),
        read_by: BTreeMap::new(),
        own_file: item.name.span.file,
        mismatches: Vec::new(),
        agreed: BTreeSet::new(),
        unknown: BTreeSet::new(),
        unused: None,
        declared: item.body.dims.iter().map(|dim| dim.name.text.clone()).collect(),
        sink,
    };
    binder.unused = binder.unused_dim(item);
    binder.dims(item);
    binder.inputs(item);
    binder.outputs(item);
    binder.components(item);
    binder.report_sizes(item);
    binder.regions();
    binder.covered();
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

pub(super) struct Binder<'a> {
    pub bound: BoundModel,
    /// Addresses that have been resolved: the members of a family share theirs.
    pub addresses: BTreeMap<String, TensorId>,
    /// Whether the value of the second tensor is computed from the first.
    pub read_by: BTreeMap<(TensorId, TensorId), bool>,
    /// Where the model itself is declared; what its map declares stands elsewhere.
    pub own_file: FileId,
    /// Declared sizes that a tensor does not have.
    pub(super) mismatches: Vec<Mismatch>,
    /// Dims whose declared size a tensor has.
    pub(super) agreed: BTreeSet<String>,
    /// Dims that are not declared, and have been told of.
    pub(super) unknown: BTreeSet<String>,
    /// The one dim that is declared and not used.
    pub(super) unused: Option<ast::Ident>,
    /// The dims in the order of their declaration.
    pub(super) declared: Vec<String>,
    pub sink: &'a mut Vec<Diagnostic>,
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
                cuts: true,
                tensor,
                region: Region::whole(self.bound.dims[tensor.0 as usize].len()),
                dims: input.ty.dims.iter().filter_map(|dim| dim.name.as_ref()).map(|name| name.text.clone()).collect(),
                ports: Vec::new(),
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
            let finding = binding::unknown_graph_value(span, kind, wanted, &names, &near, tensor.is_some());
            let finding = self.of_map(finding, span);
            self.sink.push(finding);
        }
        found
    }

    /// A finding about something at `span`, with what to do where a map has brought it here.
    pub fn of_map(&self, finding: Diagnostic, span: Span) -> Diagnostic {
        if span.file == self.own_file { finding } else { binding::of_map(finding, &self.bound.name) }
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
            let fitting = match self.bound.model.facts.get(tensor).map(|fact| fact.dtype) {
                Some(crate::engine::DType::Bool) => "bool",
                Some(crate::engine::DType::F32 | crate::engine::DType::F64) => "real",
                _ if self.bound.inputs.is_empty() => "token",
                _ => "int",
            };
            self.sink.push(binding::element_differs(ty.scalar.span, &declared.ty.to_string(), &label, fitting));
            return None;
        }
        let ty: ValueType = declared.without_axis(&self.bound.batch);
        let named = Named { ty, vocabulary: vocabulary.map(Arc::new) };
        Some(BoundValue { name: name.text.clone(), tensor, named, span: name.span })
    }

    /// Checks declared dims against a tensor's axes and learns sizes; gives the dims' names.
    pub fn axes(&mut self, dims: &[ast::Dim], span: Span, tensor: TensorId) -> Option<Vec<String>> {
        let axes = self.bound.dims[tensor.0 as usize].clone();
        let label = self.bound.label(tensor);
        if axes.len() != dims.len() {
            let fitting = self.fitting_dims(dims, &axes);
            let finding = self.of_map(binding::rank_differs(span, dims.len(), &label, fitting), span);
            self.sink.push(finding);
            return None;
        }
        let mut found: Vec<String> = Vec::new();
        let fitting = self.fitting_dims(dims, &axes);
        for (axis, (dim, fact)) in dims.iter().zip(axes).enumerate() {
            let name = dim.name.as_ref().map_or_else(String::new, |name| name.text.clone());
            if !name.is_empty() && found.contains(&name) {
                self.sink.push(types::axis_twice(dim.span, &name));
                return None;
            }
            self.axis(dim, &name, (axis, fact), &label, fitting.as_ref())?;
            found.push(name);
        }
        Some(found)
    }

    fn axis(
        &mut self,
        dim: &ast::Dim,
        name: &str,
        (axis, fact): (usize, FactDim),
        label: &TensorLabel,
        fitting: Option<&(Span, String)>,
    ) -> Option<()> {
        let fitting = fitting.filter(|_| dim.span.file == self.own_file);
        let inline = dim.size.and_then(|(size, _)| usize::try_from(size).ok());
        if !name.is_empty() && !self.bound.sizes.contains_key(name) {
            if inline.is_none() {
                if self.unknown.insert(name.to_owned()) {
                    let near = nearest(name, self.bound.sizes.keys().map(String::as_str));
                    let unused = self.unused.as_ref().map(|unused| (unused.span, unused.text.as_str()));
                    self.sink.push(binding::unknown_dim(dim.span, name, &near, unused));
                }
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
            self.sink.push(binding::batch_elsewhere(dim.span, name, batch, axis, &found, label, fitting.cloned()));
            return None;
        };
        if is_batch {
            let found = size.to_string();
            self.sink.push(binding::batch_elsewhere(dim.span, name, name, axis, &found, label, fitting.cloned()));
            return None;
        }
        let known = inline.or_else(|| self.bound.sizes.get(name).copied().flatten());
        if let Some(known) = known
            && known != size
        {
            let span = dim.size.map_or(dim.span, |(_, span)| span);
            let inside = inline.map(|_| (span, size.to_string()));
            let fitting = inside.or_else(|| fitting.cloned());
            let known_u64 = u64::try_from(known).unwrap_or(u64::MAX);
            let finding = binding::size_differs(span, name, known_u64, axis, &size.to_string(), label, fitting.clone());
            if inline.is_some() || fitting.is_some() {
                self.sink.push(finding);
                return None;
            }
            let label = label.clone();
            self.mismatches.push(Mismatch { dim: name.to_owned(), declared: known, found: size, label, finding });
            return Some(());
        }
        if known.is_some() && inline.is_none() {
            self.agreed.insert(name.to_owned());
        }
        if !name.is_empty() {
            self.bound.sizes.insert(name.to_owned(), Some(size));
        }
        Some(())
    }
}
