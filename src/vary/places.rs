//! Where else in the model a node could be.

use crate::hypothesis::{Arrow, BoundModel, Component, Computes, End, Hypothesis, Node, NodeIx, Part, Terms};
use crate::model::Region;

/// A part of a node on another component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// By its place in the model map.
    pub component: usize,
    pub part: Part,
}

/// What of a part goes further than its component: dims by name with their ranges.
type Cuts = Vec<(String, usize, usize)>;

fn further(component: &Component, region: &Region) -> Option<Cuts> {
    let own: Vec<(usize, usize, usize)> = component.region.cuts().collect();
    let further = region.cuts().filter(|cut| !own.contains(cut));
    further.map(|(axis, start, end)| Some((component.dims.get(axis)?.clone(), start, end))).collect()
}

/// The same cuts of another component, if it has these dims and they are long enough.
fn cut(model: &BoundModel, component: &Component, cuts: &Cuts) -> Option<Region> {
    let shape = model.shape(component.tensor);
    let taken: Vec<usize> = component.region.cuts().map(|(axis, _, _)| axis).collect();
    cuts.iter().try_fold(component.region.clone(), |region, (dim, start, end)| {
        let axis = component.dims.iter().position(|own| own == dim)?;
        let size = *shape.get(axis)?;
        (*end <= size && !taken.contains(&axis)).then(|| region.cut(axis, *start, *end, size))
    })
}

/// The places where a part of a node could be, its own among them: components that cut paths as its
/// own does, have the dims that the claim and the part speak of, and the ports that arrows enter by.
#[must_use]
pub fn places(claims: &Hypothesis, (node, at): (NodeIx, usize), own: usize, model: &BoundModel) -> Vec<Place> {
    let known = claims.node(node);
    let (Some(part), Some(component)) = (known.parts.get(at), model.components.get(own)) else { return Vec::new() };
    let Some(cuts) = further(component, &part.region) else { return Vec::new() };
    let dim = match &known.computes {
        Computes::Elementwise { axes, .. } => axes.get(at).and_then(|axis| component.dims.get(*axis)),
        Computes::Mean { along, .. } => along.get(at).copied().flatten().and_then(|axis| component.dims.get(axis)),
        _ => None,
    };
    let ports = ports_used(claims, node, component);
    let fits = |(index, other): (usize, &Component)| {
        let alike = other.cuts == component.cuts && model.is_float(other.tensor) == model.is_float(component.tensor);
        let has_dim = dim.is_none_or(|dim| other.dims.iter().skip(1).any(|own| own == dim));
        let has_ports = ports.iter().all(|port| other.port(port).is_some());
        let region = (alike && has_dim && has_ports).then(|| cut(model, other, &cuts)).flatten()?;
        // A claim for each element has the classes of these elements and no others.
        let range = |component: &Component, region: &Region| {
            let axis = component.dims.iter().position(|own| Some(own) == dim)?;
            Some(region.range(axis, *model.shape(component.tensor).get(axis)?))
        };
        if dim.is_some() && range(component, &part.region) != range(other, &region) {
            return None;
        }
        Some(Place { component: index, part: Part { tensor: other.tensor, region } })
    };
    model.components.iter().enumerate().filter_map(fits).collect()
}

/// The ports of a component that a hypothesis speaks of at a node.
fn ports_used<'m>(claims: &Hypothesis, node: NodeIx, component: &'m Component) -> Vec<&'m str> {
    let gates = claims.arrows_into(End::Node(node)).flat_map(|arrow| {
        let pattern = arrow.terms.as_ref().map(|terms| terms.pattern);
        let of_pattern = component.ports.iter().filter(move |port| Some(port.part.tensor) == pattern);
        let own = component.ports.iter().filter(|port| arrow.gates.contains(&port.part));
        own.chain(of_pattern).map(|port| port.name.as_str())
    });
    let schemes = claims.node(node).ports.iter().flat_map(|(parts, _)| {
        component.ports.iter().filter(|port| parts.contains(&port.part)).map(|port| port.name.as_str())
    });
    gates.chain(schemes).collect()
}

/// A hypothesis with its nodes at other places: by node and part. `None` where something that is said
/// of a node has no counterpart there.
#[must_use]
pub fn moved(
    claims: &Hypothesis,
    components: &[Vec<usize>],
    chosen: &[Vec<Place>],
    model: &BoundModel,
) -> Option<Hypothesis> {
    let mover = Mover { claims, components, chosen, model };
    let mut found = claims.clone();
    for (at, node) in found.nodes.iter_mut().enumerate() {
        mover.node(NodeIx(at), node)?;
    }
    for arrow in &mut found.arrows {
        mover.arrow(arrow)?;
    }
    Some(found)
}

struct Mover<'a> {
    claims: &'a Hypothesis,
    components: &'a [Vec<usize>],
    chosen: &'a [Vec<Place>],
    model: &'a BoundModel,
}

impl Mover<'_> {
    /// The component of a part, before and after.
    fn pair(&self, node: NodeIx, at: usize) -> Option<(&Component, &Component)> {
        let before = *self.components.get(node.0)?.get(at)?;
        let after = self.chosen.get(node.0)?.get(at)?.component;
        Some((self.model.components.get(before)?, self.model.components.get(after)?))
    }

    fn node(&self, index: NodeIx, node: &mut Node) -> Option<()> {
        node.parts = self.chosen.get(index.0)?.iter().map(|place| place.part.clone()).collect();
        let axis = |at: usize, axis: usize| {
            let (before, after) = self.pair(index, at)?;
            let dim = before.dims.get(axis)?;
            after.dims.iter().position(|own| own == dim)
        };
        match &mut node.computes {
            Computes::Elementwise { axes, .. } => {
                for (at, own) in axes.iter_mut().enumerate() {
                    *own = axis(at, *own)?;
                }
            }
            Computes::Mean { along, .. } => {
                for (at, own) in along.iter_mut().enumerate() {
                    *own = own.map(|own| axis(at, own)).map_or(Some(None), |found| found.map(Some))?;
                }
            }
            _ => {}
        }
        for (parts, _) in &mut node.ports {
            *parts = self.gates(index, parts)?;
        }
        Some(())
    }

    fn arrow(&self, arrow: &mut Arrow) -> Option<()> {
        arrow.source = self.parts(arrow.from, &arrow.source)?;
        let End::Node(to) = arrow.to else { return Some(()) };
        arrow.target = self.parts(to, &arrow.target)?;
        arrow.gates = self.gates(to, &arrow.gates)?;
        if let Some(terms) = &mut arrow.terms {
            *terms = self.terms(to, terms)?;
        }
        Some(())
    }

    /// Parts of a node's parts, each within the place of its own.
    fn parts(&self, node: NodeIx, parts: &[Part]) -> Option<Vec<Part>> {
        let whole = &self.claims.node(node).parts;
        let one = |part: &Part| {
            let inside = |own: &Part| own.tensor == part.tensor && own.region.contains(&part.region);
            let at = whole.iter().position(inside)?;
            let (before, after) = self.pair(node, at)?;
            let region = cut(self.model, after, &further(before, &part.region)?)?;
            Some(Part { tensor: after.tensor, region })
        };
        parts.iter().map(one).collect()
    }

    /// The ports of the same names, each once.
    fn gates(&self, node: NodeIx, gates: &[Part]) -> Option<Vec<Part>> {
        let mut found: Vec<Part> = Vec::new();
        for gate in gates {
            let mut any = false;
            for at in 0..self.components.get(node.0)?.len() {
                let (before, after) = self.pair(node, at)?;
                for port in before.ports.iter().filter(|port| port.part == *gate) {
                    let part = after.port(&port.name)?.part.clone();
                    any = true;
                    if !found.contains(&part) {
                        found.push(part);
                    }
                }
            }
            if !any {
                return None;
            }
        }
        Some(found)
    }

    fn terms(&self, node: NodeIx, terms: &Terms) -> Option<Terms> {
        let mut found: Option<Terms> = None;
        for at in 0..self.components.get(node.0)?.len() {
            let (before, after) = self.pair(node, at)?;
            let port = before.ports.iter().find(|port| port.part.tensor == terms.pattern)?;
            let other = after.port(&port.name)?;
            let shapes = [terms.pattern, other.part.tensor].map(|tensor| self.model.shape(tensor));
            let (query, key) = (other.dims.len().checked_sub(2)?, other.dims.len() - 1);
            let sizes = [(terms.query, terms.key, &shapes[0]), (query, key, &shapes[1])];
            let [one, two] = sizes.map(|(query, key, shape)| Some((*shape.get(query)?, *shape.get(key)?)));
            let own = Terms { pattern: other.part.tensor, query, key, claimed: terms.claimed.clone() };
            if one.is_none() || one != two || found.as_ref().is_some_and(|found| *found != own) {
                return None;
            }
            found = Some(own);
        }
        found
    }
}
