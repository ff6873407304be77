//! Unfolding a hypothesis into visits and draws.

use super::map::row_shape;
use super::occurrence;
use super::spaces::{SpaceId, Spaces};
use super::state::Ground;
use super::tree::{Content, Datum, Draw, DrawId, Fill, Role, Rule, Tree, Visit, VisitId};
use super::walk::Walk;
use super::walks::Walks;
use crate::hypothesis::{Arrow, Computes, DrawIx, End, EstimateKind, FeatureIx, Hypothesis, Node, Part, Rest, Scheme};
use std::collections::{BTreeMap, BTreeSet};

/// The unfolded hypothesis would have more visits or draws than this: `limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyVisits {
    pub limit: usize,
}

/// Visits, each walk from the root counted once whatever its positions.
const VISIT_LIMIT: usize = 20_000;
/// Draws for each reference, position by position.
const DRAW_LIMIT: usize = 20_000;

/// Unfolds a hypothesis.
///
/// # Errors
/// More than 20,000 visits or 20,000 draws for each reference.
pub fn treeify<'a>(ground: Ground<'a>, hypothesis: &'a Hypothesis, walks: &Walks<'a>) -> Result<Tree, TooManyVisits> {
    let reference =
        Draw { role: Role::Reference, occurrence: String::new(), space: SpaceId::ROOT, rule: Rule::Reference };
    let tree = Tree { spaces: Spaces::default(), visits: Vec::new(), draws: vec![reference], pool: hypothesis.pool };
    let mut builder =
        Builder { ground, hypothesis, walks, tree, named: BTreeMap::new(), read: BTreeMap::new(), count: 1 };
    let datum = Datum { draw: DrawId::REFERENCE, lookup: vec![0] };
    let parts = walks.of(End::Root).map_or_else(Vec::new, Walk::start_parts);
    builder.visit(&Place {
        end: End::Root,
        space: SpaceId::ROOT,
        datum,
        content: Content::Opened,
        parts,
        axes: None,
        occurrence: occurrence::root(ground.map.addresses, &hypothesis.outputs),
    })?;
    Ok(builder.tree)
}

/// What a visit is made from.
struct Place {
    end: End,
    space: SpaceId,
    datum: Datum,
    content: Content,
    parts: Vec<Part>,
    axes: Option<Vec<usize>>,
    occurrence: String,
}

struct Builder<'a, 'w> {
    ground: Ground<'a>,
    hypothesis: &'a Hypothesis,
    walks: &'w Walks<'a>,
    tree: Tree,
    named: BTreeMap<usize, DrawId>,
    /// The positions of a source that are read.
    read: BTreeMap<Reader, Vec<usize>>,
    /// Draws for each reference so far.
    count: usize,
}

type Done<T> = Result<T, TooManyVisits>;
/// What reads a source: an end, the parts of it that are computed, their position, the arrow.
type Reader = (End, Vec<Part>, Option<usize>, usize);

impl<'a> Builder<'a, '_> {
    fn visit(&mut self, place: &Place) -> Done<VisitId> {
        if self.tree.visits.len() >= VISIT_LIMIT {
            return Err(TooManyVisits { limit: VISIT_LIMIT });
        }
        let id = VisitId(self.tree.visits.len());
        let opened = matches!(place.content, Content::Opened | Content::Changed);
        let fills = if opened { self.fills(place)? } else { Vec::new() };
        let rest = self.rest(place, &fills)?;
        self.tree.visits.push(Visit {
            end: place.end,
            space: place.space,
            datum: place.datum.clone(),
            fills,
            content: place.content.clone(),
            parts: place.parts.clone(),
            axes: place.axes.clone(),
            children: Vec::new(),
            rest,
        });
        if opened {
            let arrows: Vec<&'a Arrow> = self.hypothesis.arrows_into(place.end).collect();
            for (index, arrow) in arrows.into_iter().enumerate() {
                let child = self.child(place, index, arrow)?;
                let child = self.visit(&child)?;
                self.tree.visits[id.0].children.push(child);
            }
        }
        Ok(id)
    }

    /// What fills the unclaimed, for the end's own scheme and those of its ports.
    fn fills(&mut self, place: &Place) -> Done<Vec<Fill>> {
        let node = place.end.node().map(|node| self.hypothesis.node(node));
        let alone = place.content == Content::Changed && self.hypothesis.arrows_into(place.end).next().is_none();
        // Without arrows an estimate is evaluated on the node's own datum.
        let own = if alone { Scheme::Exact } else { self.hypothesis.scheme(place.end) };
        let mut fills = vec![self.fill(place, own, 0, &place.occurrence)?];
        for (index, (gates, scheme)) in node.into_iter().filter(|_| !alone).flat_map(|node| &node.ports).enumerate() {
            let occurrence =
                format!("{} through {}", place.occurrence, occurrence::parts(self.ground.map.addresses, gates));
            fills.push(self.fill(place, *scheme, index + 1, &occurrence)?);
        }
        Ok(fills)
    }

    fn fill(&mut self, place: &Place, scheme: Scheme, number: usize, occurrence: &str) -> Done<Fill> {
        let all = self.tree.spaces.get(place.space).identity();
        Ok(match scheme {
            Scheme::Exact => Fill::Row(place.datum.clone()),
            Scheme::Any => {
                let rule = Rule::Uniform(crate::hypothesis::DataIx::default());
                let draw = self.draw(Role::Unclaimed, occurrence, place.space, rule)?;
                Fill::Row(Datum { draw, lookup: all })
            }
            Scheme::Named(name) => Fill::Row(Datum { draw: self.named(name)?, lookup: vec![0; all.len()] }),
            Scheme::Mean(over) => Fill::Mean(over.map(|feature| (feature, place.datum.clone()))),
            Scheme::Constant(value) => Fill::Constant(value),
            Scheme::Apart => {
                let reached = self.walks.of(place.end).map_or_else(Vec::new, Walk::components);
                let mut found = Vec::new();
                for (part, _) in reached.into_iter().filter(|(_, scheme)| *scheme == number) {
                    let name = occurrence::parts(self.ground.map.addresses, std::slice::from_ref(&part));
                    let rule = Rule::Uniform(crate::hypothesis::DataIx::default());
                    let draw = self.draw(Role::Apart, &format!("{occurrence}, {name}"), place.space, rule)?;
                    found.push((part, Datum { draw, lookup: all.clone() }));
                }
                Fill::Apart(found)
            }
        })
    }

    /// The draw of a name, made once for each reference.
    fn named(&mut self, name: DrawIx) -> Done<DrawId> {
        if let Some(known) = self.named.get(&name.0) {
            return Ok(*known);
        }
        let draw = &self.hypothesis.draws[name.0];
        let rule = if draw.paired { Rule::Paired(name) } else { Rule::Uniform(draw.data) };
        let id = self.draw(Role::Named, &format!("draw {}", draw.name), SpaceId::ROOT, rule)?;
        self.named.insert(name.0, id);
        Ok(id)
    }

    fn rest(&mut self, place: &Place, fills: &[Fill]) -> Done<Option<Datum>> {
        let node = place.end.node().map(|node| self.hypothesis.node(node));
        let Some(estimate) = node.and_then(|node| node.estimate.as_ref()) else { return Ok(None) };
        let has_arrows = self.hypothesis.arrows_into(place.end).next().is_some();
        let rule = match (estimate.rest, fills.first()) {
            (Rest::Exact, _) => return Ok(Some(place.datum.clone())),
            (Rest::Any, Some(Fill::Row(datum))) if has_arrows => return Ok(Some(datum.clone())),
            (Rest::Any, _) => Rule::Uniform(crate::hypothesis::DataIx::default()),
            (Rest::Agree(feature), _) => Rule::Agree {
                feature,
                elementwise: false,
                given: place.datum.clone(),
                data: crate::hypothesis::DataIx::default(),
            },
        };
        let draw = self.draw(Role::Rest, &place.occurrence, place.space, rule)?;
        Ok(Some(Datum { draw, lookup: self.tree.spaces.get(place.space).identity() }))
    }

    /// The visit that an arrow leads to.
    fn child(&mut self, parent: &Place, index: usize, arrow: &'a Arrow) -> Done<Place> {
        let node = self.hypothesis.node(arrow.from);
        let occurrence = occurrence::step(self.ground.map.addresses, &parent.occurrence, arrow);
        let content = self.content(parent, arrow, node);
        let mut place = Place {
            end: End::Node(arrow.from),
            space: parent.space,
            datum: parent.datum.clone(),
            content,
            parts: arrow.source.clone(),
            axes: None,
            occurrence,
        };
        let all = self.tree.spaces.get(parent.space).identity();
        let agree = |feature: FeatureIx, elementwise: bool, given: Datum| Rule::Agree {
            feature,
            elementwise,
            given,
            data: node.data,
        };
        let rule = match &node.computes {
            Computes::Exact | Computes::Mean { .. } | Computes::Constant(_) => return Ok(place),
            Computes::Any => Rule::Uniform(node.data),
            Computes::Feature(feature) => agree(*feature, false, parent.datum.clone()),
            Computes::Elementwise { feature, axes } => {
                let positions = self.positions(parent, index, arrow, axes);
                place.space = self.tree.spaces.extend(parent.space, &positions);
                place.axes = Some(axes.clone());
                let above = self.tree.spaces.get(place.space).parents.clone();
                let lookup = above.iter().map(|tuple| parent.datum.lookup[*tuple as usize]).collect();
                agree(*feature, true, Datum { draw: parent.datum.draw, lookup })
            }
        };
        let draw = self.draw(Role::Claim, &place.occurrence, place.space, rule)?;
        let lookup = if place.axes.is_some() { self.tree.spaces.get(place.space).identity() } else { all };
        place.datum = Datum { draw, lookup };
        Ok(place)
    }

    fn content(&self, parent: &Place, arrow: &Arrow, node: &Node) -> Content {
        match (&node.computes, &node.estimate) {
            (Computes::Mean { over, along }, _) => {
                Content::Mean { over: over.map(|feature| (feature, parent.datum.clone())), along: along.clone() }
            }
            (Computes::Constant(value), _) => Content::Constant(*value),
            (_, Some(estimate)) => match &estimate.kind {
                EstimateKind::Expression(estimate) => Content::Estimated(*estimate),
                EstimateKind::Changed { .. } => Content::Changed,
            },
            _ if self.hypothesis.arrows_into(End::Node(arrow.from)).next().is_some() => Content::Opened,
            _ => Content::Clean,
        }
    }

    /// For each tuple of the parent the positions of a per-position source that it reads.
    fn positions(&mut self, parent: &Place, index: usize, arrow: &Arrow, axes: &[usize]) -> Vec<Vec<usize>> {
        let tuples = self.tree.spaces.get(parent.space).tuples.clone();
        tuples
            .iter()
            .map(|tuple| {
                let own = parent.axes.as_ref().and_then(|_| tuple.last().copied());
                let key = (parent.end, parent.parts.clone(), own, index);
                if let Some(known) = self.read.get(&key) {
                    return known.clone();
                }
                let found = self.positions_of(parent, own, index, arrow, axes);
                self.read.insert(key, found.clone());
                found
            })
            .collect()
    }

    fn positions_of(
        &self,
        parent: &Place,
        own: Option<usize>,
        index: usize,
        arrow: &Arrow,
        axes: &[usize],
    ) -> Vec<usize> {
        let map = self.ground.map;
        let size = |part: &Part, axis: usize| row_shape(map, part.tensor).get(axis).copied().unwrap_or(0);
        let element;
        let walk = match (own, &parent.axes) {
            (Some(at), Some(own_axes)) => {
                let cut = |(part, axis): (&Part, &usize)| Part {
                    tensor: part.tensor,
                    region: part.region.clone().cut(*axis, at, at + 1, size(part, *axis)),
                };
                let start: Vec<Part> = parent.parts.iter().zip(own_axes).map(cut).collect();
                element = Walk::from(self.ground, self.hypothesis, parent.end, &start);
                &element
            }
            _ => match self.walks.of(parent.end) {
                Some(walk) if walk.start_parts() == parent.parts => walk,
                _ => {
                    element = Walk::from(self.ground, self.hypothesis, parent.end, &parent.parts);
                    &element
                }
            },
        };
        let mut found = BTreeSet::new();
        for read in walk.sources(index) {
            let part = arrow
                .source
                .iter()
                .zip(axes)
                .find(|(part, _)| part.tensor == read.tensor && part.region.contains(&read.region));
            let Some((part, axis)) = part else { continue };
            let (start, end) = read.region.range(*axis, size(part, *axis));
            found.extend(start..end);
        }
        found.into_iter().collect()
    }

    fn draw(&mut self, role: Role, occurrence: &str, space: SpaceId, rule: Rule) -> Done<DrawId> {
        self.count += self.tree.spaces.get(space).len();
        if self.count > DRAW_LIMIT {
            return Err(TooManyVisits { limit: DRAW_LIMIT });
        }
        let id = DrawId(self.tree.draws.len());
        self.tree.draws.push(Draw { role, occurrence: occurrence.to_owned(), space, rule });
        Ok(id)
    }
}
