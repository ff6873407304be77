//! Where what no arrow reaches comes from: schemes, named draws, pools.

use super::claim::{DrawIx, NamedDraw, NodeIx, Part, Scheme};
use super::claims::Stating;
use super::names::Declared;
use crate::diagnostics::messages::{claims as messages, names, structure};
use crate::diagnostics::nearest;
use crate::elaborate::integer as constant;
use crate::source::Span;
use crate::syntax::ast::{self, Expr, ExprKind};
use std::collections::BTreeMap;

/// The schemes that have a word of their own.
pub const SCHEMES: [&str; 4] = ["any", "exact", "apart", "zero"];
/// More references than this cannot share a draw.
const LARGEST_POOL: i64 = 1_000_000_000;

/// What a scheme was set for: `None` for all that say nothing.
type Target = Option<(String, Option<String>)>;

impl Stating<'_, '_> {
    pub fn draws(&mut self) {
        let mut declared = Declared::new("draw");
        for draw in &self.item.body.draws {
            if !declared.add(&draw.name, self.sink) {
                continue;
            }
            let bound = self.draw(draw);
            self.draws.insert(draw.name.text.clone(), bound);
        }
    }

    fn draw(&mut self, draw: &ast::Draw) -> Option<DrawIx> {
        let name = draw.name.text.as_str();
        if SCHEMES.contains(&name) || name == "mean" || name == "constant" {
            return self.fail(messages::draw_named_as_scheme(draw.name.span, name));
        }
        let data = match &draw.from {
            Some(from) => self.dataset(from)?,
            None => super::claim::DataIx::default(),
        };
        if let Some(column) = &draw.paired_by {
            if data == super::claim::DataIx::default() {
                // A `from` in the wrong place has been reported.
                if self.sink.iter().any(|finding| finding.code.id.starts_with("A0")) {
                    return None;
                }
                let own = self.context.data;
                let mut others = self.context.datasets.iter().enumerate().filter(|(at, (_, fits))| *at != own && *fits);
                let other = others.next_back().map(|(_, (name, _))| (draw.name.span, *name));
                return self.fail(messages::paired_with_itself(column.span, &column.text, other));
            }
            let columns = &self.context.scope.values;
            if !columns.contains_key(&column.text) {
                let near = nearest(&column.text, columns.keys().map(String::as_str));
                return self.fail(names::unknown(column.span, "column", &column.text, &near));
            }
        }
        let index = DrawIx(self.stated.claims.draws.len());
        self.stated.claims.draws.push(NamedDraw {
            name: draw.name.text.clone(),
            data,
            paired: draw.paired_by.is_some(),
        });
        self.stated.paired_by.push(draw.paired_by.as_ref().map(|column| column.text.clone()));
        self.stated.spans.draws.push(draw.paired_by.as_ref().map_or(draw.span, |column| column.span));
        self.stated.spans.declared_draws.push(draw.name.span);
        Some(index)
    }

    pub fn pool(&mut self) {
        let mut first: Option<Span> = None;
        for pool in &self.item.body.pools {
            if let Some(first) = first {
                self.sink.push(messages::pool_twice(pool.span, first));
                continue;
            }
            first = Some(pool.span);
            let Some(size) = constant::evaluate(&pool.size, &BTreeMap::new(), self.sink) else { continue };
            match usize::try_from(size).ok().filter(|_| (1..=LARGEST_POOL).contains(&size)) {
                Some(size) => self.stated.claims.pool = size,
                None => self.sink.push(messages::pool_size(pool.size.span, size)),
            }
        }
    }

    /// Sets the schemes of the behaviour, of nodes and of ports; what says nothing takes that of
    /// the hypothesis.
    pub fn schemes(&mut self) {
        let mut set: BTreeMap<Target, Span> = BTreeMap::new();
        let (all, own): (Vec<_>, Vec<_>) =
            self.item.body.unclaimed.iter().partition(|unclaimed| unclaimed.target.is_none());
        for unclaimed in all {
            let Some(scheme) = self.once(unclaimed, None, &mut set).and_then(|()| self.scheme(unclaimed)) else {
                continue;
            };
            self.stated.claims.unclaimed = scheme;
            self.stated.claims.nodes.iter_mut().for_each(|node| node.unclaimed = scheme);
            self.note(scheme, None, unclaimed.span);
        }
        for unclaimed in own {
            let Some((target, ports)) = &unclaimed.target else { continue };
            let keys: Vec<Option<String>> = match ports.as_slice() {
                [] => vec![None],
                ports => ports.iter().map(|port| Some(port.text.clone())).collect(),
            };
            let new = keys
                .into_iter()
                .all(|port| self.once(unclaimed, Some((target.name.text.clone(), port)), &mut set).is_some());
            let scheme = self.scheme(unclaimed);
            if let (true, Some(scheme)) = (new, scheme) {
                self.set(scheme, target, ports, unclaimed.span);
            }
        }
    }

    fn once(&mut self, unclaimed: &ast::Unclaimed, target: Target, set: &mut BTreeMap<Target, Span>) -> Option<()> {
        if let Some(first) = set.get(&target) {
            return self.fail(structure::unclaimed_twice(unclaimed.span, *first));
        }
        set.insert(target, unclaimed.span);
        Some(())
    }

    fn set(&mut self, scheme: Scheme, target: &ast::Reference, ports: &[ast::Ident], span: Span) {
        let name = target.name.text.as_str();
        if name == self.item.behaviour.text {
            if let Some(port) = ports.first() {
                self.sink.push(messages::behaviour_has_no_ports(port.span, name));
                return;
            }
            self.stated.claims.unclaimed = scheme;
            self.note(scheme, None, span);
            return;
        }
        let Some(known) = self.by_name.get(name) else {
            self.unknown(&target.name);
            return;
        };
        let Some(node) = *known else { return };
        if ports.is_empty() {
            if let Some(bound) = self.stated.claims.nodes.get_mut(node.0) {
                bound.unclaimed = scheme;
            }
        } else {
            let Some(parts) = self.ports_of(node, ports) else { return };
            if let Some(bound) = self.stated.claims.nodes.get_mut(node.0) {
                bound.ports.push((parts, scheme));
                self.stated.port_names.push((node, ports.iter().map(|port| port.text.clone()).collect()));
            }
        }
        self.stated.spans.schemes.push((node, target.span));
        self.note(scheme, Some(node), span);
    }

    fn note(&mut self, scheme: Scheme, node: Option<NodeIx>, span: Span) {
        if matches!(scheme, Scheme::Mean(_) | Scheme::Constant(_)) {
            self.stated.spans.ablations.push((node, span));
        }
    }

    fn scheme(&mut self, unclaimed: &ast::Unclaimed) -> Option<Scheme> {
        match &unclaimed.scheme {
            ast::Scheme::Named(name) => self.named_scheme(name),
            ast::Scheme::Constant(expr, _) => self.number(expr).map(Scheme::Constant),
            ast::Scheme::Mean { over: None, .. } => Some(Scheme::Mean(None)),
            ast::Scheme::Mean { over: Some(over), .. } => {
                let parts: Vec<&Expr> = match &over.kind {
                    ExprKind::Tuple(parts) => parts.iter().collect(),
                    _ => vec![over],
                };
                if let Some(dim) = parts.iter().find(|part| self.is_dim(part)) {
                    return self.fail(messages::scheme_over_dim(dim.span));
                }
                self.groups(&parts, over.span).map(|feature| Scheme::Mean(Some(feature)))
            }
        }
    }

    fn named_scheme(&mut self, name: &ast::Ident) -> Option<Scheme> {
        match name.text.as_str() {
            "" => None,
            "any" => Some(Scheme::Any),
            "exact" => Some(Scheme::Exact),
            "apart" => Some(Scheme::Apart),
            "zero" => Some(Scheme::Constant(0.0)),
            other => match self.draws.get(other) {
                Some(draw) => draw.map(Scheme::Named),
                None => {
                    let draws: Vec<&str> = self.draws.keys().map(String::as_str).collect();
                    let is_data = self.context.datasets.iter().any(|(data, _)| *data == other);
                    self.sink.push(match is_data {
                        true => structure::dataset_as_scheme(name.span, other),
                        false => structure::unknown_scheme(name.span, other, &draws),
                    });
                    None
                }
            },
        }
    }

    /// The parts of tensors that ports of a node are.
    pub fn ports_of(&mut self, node: NodeIx, ports: &[ast::Ident]) -> Option<Vec<Part>> {
        let count = self.stated.components.get(node.0).map_or(0, Vec::len);
        let components: Vec<_> = (0..count).filter_map(|part| self.component(node, part)).collect();
        let known: Vec<&str> =
            components.iter().flat_map(|found| found.ports.iter().map(|port| port.name.as_str())).collect();
        let mut parts: Vec<Part> = Vec::new();
        let mut complete = true;
        for port in ports.iter().filter(|port| !port.text.is_empty()) {
            let found: Vec<Part> = components
                .iter()
                .filter_map(|component| component.port(&port.text))
                .map(|port| port.part.clone())
                .filter(|part| !parts.contains(part))
                .collect();
            if found.is_empty() && !known.contains(&port.text.as_str()) {
                let labels: Vec<String> = components.iter().map(|component| component.label()).collect();
                self.sink.push(messages::unknown_port(port.span, &port.text, &labels, &known));
                complete = false;
            }
            parts.extend(found);
        }
        (complete && !parts.is_empty()).then_some(parts)
    }
}
