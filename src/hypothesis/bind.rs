//! Binding a `model` item: dims, inputs and outputs.

use super::model::{BoundModel, BoundValue, Component, live};
use super::names::{Declared, words_once};
use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::binding::TensorLabel;
use crate::diagnostics::messages::{binding, model as model_messages, types};
use crate::diagnostics::{Diagnostic, nearest};
use crate::feature::{Named, resolve_type};
use crate::model::{Addresses, DimSizes, FactDim, Model, ModelFile, Region, TensorId, batch_mixing};
use crate::source::Span;
use crate::syntax::ast;
use std::collections::BTreeMap;
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
    let mut binder = Binder { bound, sink };
    binder.dims(item);
    binder.inputs(item);
    binder.outputs(item);
    binder.components(item);
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
    pub fn axes(&mut self, dims: &[ast::Dim], span: Span, tensor: TensorId) -> Option<Vec<String>> {
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
}
