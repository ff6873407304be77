//! What would fit in place of a wrong part of a model map: dims in another order, sizes, addresses, ranges.

use super::bind::Binder;
use crate::diagnostics::messages::binding::{self, TensorLabel};
use crate::model::{FactDim, Graph, TensorId, modules, resolve_site};
use crate::source::Span;
use crate::syntax::ast;
use std::collections::BTreeMap;

/// How many addresses are looked at for one that is wrong.
const ADDRESSES_TRIED: usize = 60;

/// A declared size that a tensor does not have.
#[derive(Debug)]
pub(super) struct Mismatch {
    pub dim: String,
    pub declared: usize,
    pub found: usize,
    pub label: TensorLabel,
    /// What to say if other tensors do have the size.
    pub finding: crate::diagnostics::Diagnostic,
}

impl Binder<'_> {
    /// The dims of a list in an order, or completed, so that they fit a tensor; `None` where there is none, or more
    /// than one. The span is that of the list without its brackets.
    pub(super) fn fitting_dims(&self, dims: &[ast::Dim], axes: &[FactDim]) -> Option<(Span, String)> {
        let (first, last) = (dims.first()?, dims.last()?);
        let written: Vec<&str> =
            dims.iter().filter_map(|dim| dim.name.as_ref()).map(|name| name.text.as_str()).collect();
        if written.len() != dims.len() || axes.len() > 8 || dims.iter().any(|dim| dim.size.is_some()) {
            return None;
        }
        let mut names = written.clone();
        if axes.len() > dims.len() {
            let missing = |name: &&&str| !written.contains(name);
            let all: Vec<&str> =
                self.bound.sizes.keys().map(String::as_str).chain([self.bound.batch.as_str()]).collect();
            names.extend(all.iter().filter(missing).copied());
            names.sort_by_key(|name| self.declared.iter().position(|own| own == name));
            names.dedup();
        }
        let fits = |name: &str, axis: &FactDim| match axis {
            FactDim::Batch { multiple: 1 } => name == self.bound.batch,
            FactDim::Fixed(size) => {
                name != self.bound.batch
                    && self.bound.sizes.get(name).is_some_and(|known| known.is_none_or(|known| known == *size))
            }
            _ => false,
        };
        let order = order(&names, axes, &fits)?;
        let keeps = axes.len() < dims.len() || written.iter().all(|name| order.contains(name));
        let text = order.join(", ");
        let same = text == written.join(", ");
        (keeps && !same).then_some((Span { end: last.span.end, ..first.span }, text))
    }

    /// Says of each dim with a wrong size once that it is wrong, if no tensor has the declared one.
    pub(super) fn report_sizes(&mut self, item: &ast::Model) {
        let mut by_dim: BTreeMap<String, Vec<Mismatch>> = BTreeMap::new();
        for mismatch in std::mem::take(&mut self.mismatches) {
            by_dim.entry(mismatch.dim.clone()).or_default().push(mismatch);
        }
        for (dim, mismatches) in by_dim {
            let found: Vec<usize> = mismatches.iter().map(|one| one.found).collect();
            let declared = item.body.dims.iter().find(|declared| declared.name.text == dim).and_then(|dim| dim.size);
            let one_size = found.windows(2).all(|pair| pair.first() == pair.last());
            match (declared, mismatches.first()) {
                (Some((_, span)), Some(first)) if one_size && !self.agreed.contains(&dim) => {
                    let finding = binding::declared_size(span, &dim, first.declared, first.found, &first.label);
                    let finding = self.of_map(finding, span);
                    self.sink.push(finding);
                    self.bound.sizes.insert(dim, Some(first.found));
                }
                _ => self.sink.extend(mismatches.into_iter().map(|one| one.finding)),
            }
        }
    }

    /// The declared dim that is used nowhere in the model, if it is one: it might be what a use means.
    pub(super) fn unused_dim(&self, item: &ast::Model) -> Option<ast::Ident> {
        let inputs = item.body.inputs.iter().map(|input| &input.ty.dims);
        let outputs = item.body.outputs.iter().map(|output| &output.ty.dims);
        let components = item.body.components.iter().map(|component| &component.dims);
        let ports = item.body.components.iter().flat_map(|component| &component.ports).map(|port| &port.dims);
        let lists: Vec<&Vec<ast::Dim>> = inputs.chain(outputs).chain(components).chain(ports).collect();
        let is_used = |name: &str| {
            lists.iter().any(|list| list.iter().any(|dim| dim.name.as_ref().is_some_and(|own| own.text == name)))
        };
        let mut unused = item.body.dims.iter().map(|dim| &dim.name).filter(|name| !is_used(&name.text));
        let only = unused.next()?;
        (unused.next().is_none() && only.span.file == self.own_file).then(|| only.clone())
    }

    /// The address that is nearest to a wrong one, of those that the declared dims fit, with its parameters.
    pub(super) fn near_address(
        &self,
        site: &ast::Text,
        values: &BTreeMap<String, i64>,
        dims: &[ast::Dim],
    ) -> Option<String> {
        let model = &self.bound.model;
        let mut found: Vec<String> = modules(&model.graph).into_iter().collect();
        found.extend(operators(&model.graph));
        found.sort();
        found.dedup();
        let mut ranked: Vec<(usize, String, String)> = found
            .into_iter()
            .filter_map(|address| {
                let pattern = with_parameters(&address, &site.value, values)?;
                Some((strsim::damerau_levenshtein(&site.value, &pattern), pattern, address))
            })
            .filter(|(distance, pattern, _)| *distance * 10 <= site.value.len().max(pattern.len()) * 8)
            .collect();
        ranked.sort();
        let fits = |address: &str| resolve_site(model, address).is_ok_and(|tensor| self.dims_fit(dims, tensor));
        ranked.into_iter().take(ADDRESSES_TRIED).find(|(_, _, address)| fits(address)).map(|(_, pattern, _)| pattern)
    }

    fn dims_fit(&self, dims: &[ast::Dim], tensor: TensorId) -> bool {
        let axes = self.bound.dims.get(tensor.0 as usize).map_or(&[] as &[FactDim], Vec::as_slice);
        let live = self.bound.live.get(tensor.0 as usize).is_some_and(|live| *live);
        let known = |dim: &ast::Dim| {
            let inline = dim.size.and_then(|(size, _)| usize::try_from(size).ok());
            inline.or_else(|| self.bound.sizes.get(&dim.name.as_ref()?.text).copied().flatten())
        };
        let fits = |(dim, axis): (&ast::Dim, &FactDim)| match axis {
            FactDim::Fixed(size) => known(dim).is_none_or(|known| known == *size),
            _ => dim.name.as_ref().is_some_and(|name| name.text == self.bound.batch),
        };
        live && axes.len() == dims.len() && dims.iter().zip(axes).all(fits)
    }
}

/// The one order of names in which they fit the axes.
fn order<'n>(names: &[&'n str], axes: &[FactDim], fits: &impl Fn(&str, &FactDim) -> bool) -> Option<Vec<&'n str>> {
    let Some((axis, rest)) = axes.split_first() else { return Some(Vec::new()) };
    names.iter().filter(|name| fits(name, axis)).find_map(|name| {
        let others: Vec<&str> = names.iter().filter(|other| *other != name).copied().collect();
        let mut order = order(&others, rest, fits)?;
        order.insert(0, name);
        Some(order)
    })
}

/// The addresses of all operators in modules: `blocks.0/Add_1`.
fn operators(graph: &Graph) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let inside = graph.nodes.iter().filter_map(|node| Some((node.module.as_deref()?, &node.op)));
    inside
        .filter(|(module, _)| !module.is_empty())
        .map(|(module, op)| {
            let address = format!("{module}/{op}");
            let count = counts.entry(address.clone()).or_insert(0);
            *count += 1;
            if *count == 1 { address } else { format!("{address}_{}", *count - 1) }
        })
        .collect()
}

/// An address of one member with the parameters of the pattern in place of their values; `None` where a value of a
/// parameter of the pattern does not stand in it.
fn with_parameters(address: &str, pattern: &str, values: &BTreeMap<String, i64>) -> Option<String> {
    let mut parts: Vec<String> = address.split('.').map(str::to_owned).collect();
    for (name, value) in values.iter().filter(|(name, _)| pattern.contains(&format!("{{{name}}}"))) {
        let value = value.to_string();
        let is_value = |part: &String| part.split('/').next() == Some(value.as_str());
        let part = parts.iter_mut().find(|part| is_value(part))?;
        *part = part.replacen(&value, &format!("{{{name}}}"), 1);
    }
    Some(parts.join("."))
}
