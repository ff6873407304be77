//! Refinements: the statements of a base with changes.

use super::print;
use crate::diagnostics::messages::{elaborate as messages, names};
use crate::diagnostics::{Diagnostic, nearest};
use crate::source::Span;
use crate::syntax::ast::{Arrow, Body, Drop, Hypothesis, Ident, Node, Reference, Swap, Unclaimed};
use std::collections::{BTreeMap, BTreeSet};

/// Hypotheses whose refinements are written out; those without a sound base are left out.
pub fn all(items: &[Hypothesis], sink: &mut Vec<Diagnostic>) -> Vec<Hypothesis> {
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        by_name.entry(item.name.name.text.clone()).or_insert(at);
    }
    let mut done: BTreeMap<usize, Option<Hypothesis>> = BTreeMap::new();
    for at in 0..items.len() {
        follow(at, items, &by_name, &mut done, sink);
    }
    (0..items.len()).filter_map(|at| done.remove(&at).flatten()).collect()
}

/// Writes out a hypothesis after its bases, without recursion.
fn follow(
    start: usize,
    items: &[Hypothesis],
    by_name: &BTreeMap<String, usize>,
    done: &mut BTreeMap<usize, Option<Hypothesis>>,
    sink: &mut Vec<Diagnostic>,
) {
    let mut open = vec![start];
    while let Some(at) = open.last().copied() {
        if done.contains_key(&at) {
            open.pop();
            continue;
        }
        let item = &items[at];
        let Some(base) = &item.refines else {
            done.insert(at, Some(item.clone()));
            continue;
        };
        let name = &base.name;
        match by_name.get(&name.text) {
            _ if name.text.is_empty() => {
                done.insert(at, None);
            }
            None => {
                let mut near = nearest(&name.text, by_name.keys().map(String::as_str));
                let family = format!("{}(", name.text);
                // A member of the family of this name.
                near.extend(by_name.keys().map(String::as_str).filter(|own| own.starts_with(&family)).take(1));
                near.sort_by_key(|own| !own.starts_with(&family));
                sink.push(names::unknown(name.span, "hypothesis", &name.text, &near));
                done.insert(at, None);
            }
            Some(base_at) if open.contains(base_at) => {
                let from = open.iter().position(|found| found == base_at).unwrap_or(0);
                let circle: Vec<&str> =
                    open.get(from..).unwrap_or_default().iter().map(|at| items[*at].name.name.text.as_str()).collect();
                sink.push(messages::circle(base.span, "refinements", &circle));
                done.extend(open.split_off(from).into_iter().map(|at| (at, None)));
            }
            Some(base_at) => match done.get(base_at) {
                None => open.push(*base_at),
                Some(base) => {
                    let found = base.as_ref().map(|base| refined(base, item, sink));
                    done.insert(at, found);
                }
            },
        }
    }
}

/// A hypothesis with the statements of its base, changed as it says.
pub fn refined(base: &Hypothesis, item: &Hypothesis, sink: &mut Vec<Diagnostic>) -> Hypothesis {
    let mut found = Hypothesis {
        behaviour: base.behaviour.clone(),
        model: base.model.clone(),
        data: base.data.clone(),
        refines: None,
        body: base.body.clone(),
        ..item.clone()
    };
    let mut change = Change { base, body: &mut found.body, sink };
    change.drops(&item.body.drops);
    change.overrides(&item.body.overrides);
    change.nodes(&item.body.nodes);
    change.body.arrows.extend(item.body.arrows.iter().cloned());
    change.schemes(&item.body);
    change.swaps(&item.body.swaps);
    found
}

struct Change<'a> {
    base: &'a Hypothesis,
    body: &'a mut Body,
    sink: &'a mut Vec<Diagnostic>,
}

impl Change<'_> {
    fn drops(&mut self, drops: &[Drop]) {
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        for dropped in drops {
            let (what, span) = match dropped {
                Drop::Node(node, span) => (node.name.text.clone(), *span),
                Drop::Arrow(arrow) => (print::arrow(arrow), arrow.span),
            };
            if let Some(first) = seen.insert(what.clone(), span) {
                self.sink.push(messages::dropped_twice(span, &what, first));
                continue;
            }
            match dropped {
                Drop::Node(node, _) => self.drop_node(node),
                Drop::Arrow(arrow) => self.drop_arrow(arrow),
            }
        }
    }

    fn drop_node(&mut self, node: &Reference) {
        let name = node.name.text.as_str();
        if !self.known(node, "node to drop") {
            return;
        }
        self.body.nodes.retain(|found| found.name.name.text != name);
        self.body.arrows.retain(|arrow| arrow.from.node.name.text != name && arrow.to.node.name.text != name);
        self.body
            .unclaimed
            .retain(|unclaimed| unclaimed.target.as_ref().is_none_or(|(target, _)| target.name.text != name));
    }

    fn drop_arrow(&mut self, arrow: &Arrow) {
        if arrow.from.node.name.text.is_empty() || arrow.to.node.name.text.is_empty() {
            return;
        }
        let before = self.body.arrows.len();
        self.body.arrows.retain(|found| !matches(found, arrow));
        if self.body.arrows.len() == before {
            let ends = |found: &&Arrow| {
                found.from.node.name.text == arrow.from.node.name.text
                    || found.to.node.name.text == arrow.to.node.name.text
            };
            let same = |found: &&Arrow| {
                found.from.node.name.text == arrow.from.node.name.text
                    && found.to.node.name.text == arrow.to.node.name.text
            };
            let mut near: Vec<String> = self.body.arrows.iter().filter(same).map(print::arrow).collect();
            if near.is_empty() {
                near = self.body.arrows.iter().filter(ends).map(print::arrow).take(3).collect();
            }
            let (name, near) = (&self.base.name.name.text, near);
            self.sink.push(messages::no_arrow_to_drop(arrow.span, &print::arrow(arrow), name, &near));
        }
    }

    /// Whether the base has a node, or it is reported.
    fn known(&mut self, node: &Reference, what: &str) -> bool {
        let name = node.name.text.as_str();
        if name.is_empty() || self.body.nodes.iter().any(|found| found.name.name.text == name) {
            return !name.is_empty();
        }
        let all = self.body.nodes.iter().map(|found| found.name.name.text.as_str());
        let near: Vec<String> = nearest(name, all).into_iter().map(str::to_owned).collect();
        self.sink.push(messages::not_in_base(node.span, what, name, &self.base.name.name.text, &near));
        false
    }

    fn overrides(&mut self, nodes: &[Node]) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for node in nodes {
            let name = node.name.name.text.as_str();
            if let Some(first) = seen.insert(name, node.name.span).filter(|_| !name.is_empty()) {
                self.sink.push(names::declared_twice(node.name.span, "override of node", name, first));
            } else if self.known(&node.name, "node to override") {
                let place = self.body.nodes.iter_mut().find(|found| found.name.name.text == name);
                place.into_iter().for_each(|place| *place = node.clone());
            }
        }
    }

    fn nodes(&mut self, nodes: &[Node]) {
        let taken: BTreeMap<String, Span> =
            self.body.nodes.iter().map(|node| (node.name.name.text.clone(), node.name.span)).collect();
        for node in nodes {
            match taken.get(&node.name.name.text) {
                Some(first) => {
                    let name = &node.name.name.text;
                    self.sink.push(messages::redefined(
                        node.span,
                        (node.name.span, name),
                        &self.base.name.name.text,
                        *first,
                    ));
                }
                None => self.body.nodes.push(node.clone()),
            }
        }
    }

    /// What is set again for the same target takes the place of what the base says.
    fn schemes(&mut self, own: &Body) {
        let targets: BTreeSet<Target> = own.unclaimed.iter().flat_map(targets).collect();
        let kept = self.body.unclaimed.iter().filter_map(|unclaimed| without(unclaimed, &targets));
        self.body.unclaimed = kept.chain(own.unclaimed.iter().cloned()).collect();
        let names: BTreeSet<&str> = own.draws.iter().map(|draw| draw.name.text.as_str()).collect();
        self.body.draws.retain(|draw| !names.contains(draw.name.text.as_str()));
        self.body.draws.extend(own.draws.iter().cloned());
        if !own.pools.is_empty() {
            self.body.pools = own.pools.clone();
        }
    }

    fn swaps(&mut self, swaps: &[Swap]) {
        for swap in swaps {
            let both = [self.known(&swap.one, "node to swap"), self.known(&swap.other, "node to swap")];
            if both.contains(&false) {
                continue;
            }
            if swap.one.name.text == swap.other.name.text {
                self.sink.push(messages::swapped_with_itself(swap.span, &swap.one.name.text));
                continue;
            }
            let find = |body: &Body, name: &Ident| body.nodes.iter().position(|node| node.name.name.text == name.text);
            let places = (find(self.body, &swap.one.name), find(self.body, &swap.other.name));
            if let (Some(one), Some(other)) = places {
                let (first, second) = (self.body.nodes[one].clone(), self.body.nodes[other].clone());
                self.body.nodes[one] = Node { computes: second.computes, from: second.from, ..first.clone() };
                self.body.nodes[other] = Node { computes: first.computes, from: first.from, ..second };
            }
        }
    }
}

/// Whether an arrow is the one that is to be dropped: conditions need only stand where there are several.
fn matches(found: &Arrow, dropped: &Arrow) -> bool {
    let plain = |arrow: &Arrow| {
        let mut ports: Vec<&str> = arrow.ports.iter().map(|port| port.text.as_str()).collect();
        ports.sort_unstable();
        (print::end(&arrow.from), print::end(&arrow.to), ports.join(","), arrow.all_paths)
    };
    let conditions = |arrow: &Arrow| {
        let except: BTreeSet<String> = arrow.except.iter().map(print::region).collect();
        (except, arrow.terms.as_ref().map(print::expr))
    };
    let bare = dropped.except.is_empty() && dropped.terms.is_none();
    plain(found) == plain(dropped) && (bare || conditions(found) == conditions(dropped))
}

/// A node or the behaviour with one of its ports; `None` for all that say nothing.
type Target = Option<(String, Option<String>)>;

fn targets(unclaimed: &Unclaimed) -> Vec<Target> {
    match &unclaimed.target {
        None => vec![None],
        Some((node, ports)) if ports.is_empty() => vec![Some((node.name.text.clone(), None))],
        Some((node, ports)) => {
            ports.iter().map(|port| Some((node.name.text.clone(), Some(port.text.clone())))).collect()
        }
    }
}

/// A statement for what is left of its targets.
fn without(unclaimed: &Unclaimed, taken: &BTreeSet<Target>) -> Option<Unclaimed> {
    let Some((node, ports)) = unclaimed.target.as_ref().filter(|(_, ports)| !ports.is_empty()) else {
        return targets(unclaimed).iter().all(|target| !taken.contains(target)).then(|| unclaimed.clone());
    };
    let free = |port: &&Ident| !taken.contains(&Some((node.name.text.clone(), Some(port.text.clone()))));
    let left: Vec<Ident> = ports.iter().filter(free).cloned().collect();
    (!left.is_empty()).then(|| Unclaimed { target: Some((node.clone(), left)), ..unclaimed.clone() })
}
