//! Binding components, sites and their ports to tensors.

use super::bind::Binder;
use super::claim::Part;
use super::family::{self, Parameter, placeholders};
use super::model::{Component, Port, tensor_label};
use super::names::Declared;
use super::region;
use crate::diagnostics::messages::{binding, model as model_messages};
use crate::elaborate::integer as constant;
use crate::model::{Paths, Region, RowAxis, TensorId, resolve_site};
use crate::source::Span;
use crate::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};

type Values = BTreeMap<String, i64>;

impl Binder<'_> {
    pub fn components(&mut self, item: &ast::Model) {
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
        if self.learn_sizes(item).is_none() {
            return;
        }
        let Some(parameters) = family::parameters(item, &self.known_sizes(), self.sink) else { return };
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
            let values: Values = names.zip(arguments.iter().copied()).collect();
            // One mistake of a family is one finding: the first member that has it.
            let before = self.sink.len();
            if self.member(item, &values, arguments).is_none() {
                self.shorten(item, &parameters, &values, before);
                return;
            }
        }
    }

    /// A family whose first members are well has a range that is too long.
    fn shorten(&mut self, item: &ast::Component, parameters: &[Parameter], values: &Values, before: usize) {
        let Some(finding) = self.sink.get_mut(before).filter(|_| item.span.file == self.own_file) else { return };
        for (parameter, (name, start, _)) in item.parameters.iter().zip(parameters) {
            let Some(value) = values.get(name).filter(|value| *value > start) else { continue };
            match finding.code.id {
                "A3001" if placeholders(&item.site.value).contains(&name.as_str()) => {
                    let end = parameter.range.end.span;
                    *finding = finding.clone().unsafe_fix(format!("the last is {}", value - 1), end, value.to_string());
                    return;
                }
                "A3024" => {
                    let cut = item.at.iter().find(|at| constant::mentions(&at.part, name));
                    let Some(dim) = cut.map(|at| at.dim.text.as_str()) else { continue };
                    let size = usize::try_from(*value).unwrap_or(0);
                    *finding = binding::family_out_of_range(parameter.range.span, name, dim, *start, size);
                    return;
                }
                _ => {}
            }
        }
    }

    fn known_sizes(&self) -> Values {
        let known = |(name, size): (&String, &Option<usize>)| Some((name.clone(), i64::try_from((*size)?).ok()?));
        self.bound.sizes.iter().filter_map(known).collect()
    }

    /// A range can run over a dim whose size only this component's own tensor shows: `h in 0..head`.
    /// The other parameters lead to that tensor.
    fn learn_sizes(&mut self, item: &ast::Component) -> Option<()> {
        let unknown = |name: &str| self.bound.sizes.get(name).is_some_and(Option::is_none);
        let open = |range: &ast::Range| {
            constant::names(&range.start).chain(constant::names(&range.end)).any(|name| unknown(&name))
        };
        let (waiting, ready): (Vec<_>, Vec<_>) = item.parameters.iter().partition(|parameter| open(&parameter.range));
        if waiting.is_empty() {
            return Some(());
        }
        let needed = placeholders(&item.site.value);
        if waiting.iter().any(|parameter| needed.contains(&parameter.name.text.as_str())) {
            return Some(());
        }
        let sizes = self.known_sizes();
        let mut first = Values::new();
        for parameter in ready {
            let start = constant::evaluate(&parameter.range.start, &sizes, self.sink)?;
            first.insert(parameter.name.text.clone(), start);
        }
        if needed.iter().any(|name| !first.contains_key(*name)) {
            return Some(());
        }
        let tensor = self.site(&item.site, &first, &item.dims)?;
        self.axes(&item.dims, dims_span(&item.dims, item.site.span), tensor).map(|_| ())
    }

    fn member(&mut self, item: &ast::Component, values: &Values, arguments: Vec<i64>) -> Option<()> {
        let tensor = self.site(&item.site, values, &item.dims)?;
        let label = self.bound.label(tensor);
        if !self.bound.live[tensor.0 as usize] {
            self.sink.push(binding::not_from_input(item.site.span, &item.name.text, &label));
            return None;
        }
        let dims = self.axes(&item.dims, dims_span(&item.dims, item.site.span), tensor)?;
        let mut member = Component {
            family: item.name.text.clone(),
            arguments,
            cuts: item.cuts,
            tensor,
            region: Region::whole(dims.len()),
            dims,
            ports: Vec::new(),
            span: item.name.span,
        };
        self.by_row(tensor, item.site.span, &member.label())?;
        member.region = self.cut(&item.at, &member.dims, tensor, values)?;
        self.ports(item, &mut member, values)?;
        self.bound.components.push(member);
        Some(())
    }

    /// The first axis of a tensor holds the examples, one element each.
    fn by_row(&mut self, tensor: TensorId, span: Span, name: &str) -> Option<()> {
        if self.bound.rows.get(tensor) == Some(RowAxis { axis: 0, inner: 1 }) {
            return Some(());
        }
        if self.bound.rows.mixing.is_empty() {
            let label = self.bound.label(tensor);
            self.sink.push(binding::not_by_row(span, name, &self.bound.batch, &label));
        }
        None
    }

    fn ports(&mut self, item: &ast::Component, member: &mut Component, values: &Values) -> Option<()> {
        if item.ports.is_empty() {
            return Some(());
        }
        for port in &item.ports {
            let tensor = self.site(&port.site, values, &port.dims)?;
            let dims = self.axes(&port.dims, dims_span(&port.dims, port.site.span), tensor)?;
            let read = || {
                let above = Paths::new(&self.bound.model.graph).upstream(member.tensor);
                tensor != member.tensor && above.contains(&tensor)
            };
            if !*self.read_by.entry((tensor, member.tensor)).or_insert_with(read) {
                let label = self.bound.label(tensor);
                self.sink.push(binding::port_not_read(port.site.span, &port.name.text, &member.label(), &label));
                return None;
            }
            self.by_row(tensor, port.site.span, &port.name.text)?;
            // A head's share of a tensor that holds all heads is meant where nothing else is said.
            let inherited: Vec<ast::At> =
                item.at.iter().filter(|at| port.at.is_empty() && dims.contains(&at.dim.text)).cloned().collect();
            let at = if port.at.is_empty() { &inherited } else { &port.at };
            let region = self.cut(at, &dims, tensor, values)?;
            member.ports.push(Port { name: port.name.text.clone(), part: Part { tensor, region }, dims });
        }
        Some(())
    }

    fn site(&mut self, site: &ast::Text, values: &Values, dims: &[ast::Dim]) -> Option<TensorId> {
        let address = values
            .iter()
            .fold(site.value.clone(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &value.to_string()));
        if let Some(known) = self.addresses.get(&address) {
            return Some(*known);
        }
        match resolve_site(&self.bound.model, &address) {
            Ok(tensor) => {
                self.addresses.insert(address, tensor);
                Some(tensor)
            }
            Err(error) => {
                let near = self.near_address(site, values, dims);
                let path = &self.bound.model.path;
                let finding = model_messages::site(site.span, &site.value, &address, path, &error, near);
                let finding = self.of_map(finding, site.span);
                self.sink.push(finding);
                None
            }
        }
    }

    fn cut(&mut self, parts: &[ast::At], dims: &[String], tensor: TensorId, values: &Values) -> Option<Region> {
        let shape = self.bound.shape(tensor);
        // Indices can name dims of known size; a parameter hides a dim of its name.
        let mut known = self.known_sizes();
        known.extend(values.iter().map(|(name, value)| (name.clone(), *value)));
        region::cut(parts, dims, &shape, Region::whole(dims.len()), &known, self.sink)
    }

    /// Gathers the regions of components by tensor and reports those that overlap.
    pub fn regions(&mut self) {
        let mut by_tensor: BTreeMap<TensorId, Vec<&Component>> = BTreeMap::new();
        for component in self.bound.components.iter().filter(|component| component.cuts) {
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

/// Components that stand in the way of all others of their layer.
impl Binder<'_> {
    /// Warns of a map that declares the sum of other components as well as these: no path of theirs
    /// leads past it. Several components of one tensor that all meet one other are taken as such.
    pub fn covered(&mut self) {
        let map = self.bound.map();
        let closed: BTreeSet<TensorId> =
            self.bound.regions.keys().copied().filter(|tensor| crate::lower::closed(map, *tensor)).collect();
        let paths = Paths::new(&self.bound.model.graph);
        let mut found: BTreeMap<Span, (String, String)> = BTreeMap::new();
        for tensor in self.bound.regions.iter().filter(|(_, regions)| regions.len() > 1).map(|(tensor, _)| *tensor) {
            let Err(met) = paths.direct(tensor, &self.bound.model.graph.outputs, &closed) else { continue };
            let over = |tensor: TensorId| {
                self.bound.components.iter().find(|component| component.cuts && component.tensor == tensor)
            };
            let (Some(part), Some(sum)) = (over(tensor), met.first().and_then(|tensor| over(*tensor))) else {
                continue;
            };
            let layer = part.arguments.first() == sum.arguments.first() && !sum.arguments.is_empty();
            if met.len() == 1 && layer && part.family != sum.family {
                found.entry(sum.span).or_insert((part.family.clone(), sum.family.clone()));
            }
        }
        for (span, (part, sum)) in found {
            self.sink.push(binding::covers_others(span, &sum, &part));
        }
    }
}

/// The list of dims; `otherwise` where there is none.
fn dims_span(dims: &[ast::Dim], otherwise: Span) -> Span {
    match (dims.first(), dims.last()) {
        // With the brackets around them.
        (Some(first), Some(last)) => {
            Span { start: first.span.start.saturating_sub(1), end: last.span.end.saturating_add(1), ..first.span }
        }
        _ => otherwise,
    }
}
