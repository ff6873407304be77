//! A hypothesis as a graph over the components of its model: what a picture is drawn from.

use crate::hypothesis::{BoundModel, Checked, Component, NodeIx, Part, PathKind, Ready};
use crate::model::{TensorId, carries_values};
use crate::source::{Sources, Span};
use serde::{Deserialize, Serialize};

/// The components of a model, with how deep they lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapReport {
    /// The name of the model in the file.
    pub model: String,
    /// In the order of the file.
    pub components: Vec<ComponentReport>,
}

/// One component or site of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentReport {
    /// `heads(1, 0)`.
    pub label: String,
    pub family: String,
    /// The most components and sites that data meets on its way here.
    pub depth: usize,
    /// Whether it cuts paths; a site does not.
    pub cuts: bool,
}

/// Nodes and arrows as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphReport {
    /// The name of the model.
    pub model: String,
    pub nodes: Vec<NodeReport>,
    pub arrows: Vec<ArrowReport>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeReport {
    pub name: String,
    /// What it is bound to, part by part: `heads(1, 0)[pos: 1]`.
    pub regions: Vec<String>,
    /// The places of the components of its parts in the [`MapReport`].
    pub components: Vec<usize>,
    /// What it computes, as it is written.
    pub computes: String,
    pub line: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrowReport {
    /// The place of the node it starts from.
    pub from: usize,
    /// The place of the node it leads to; `null` for the behaviour.
    pub to: Option<usize>,
    /// As it is written.
    pub text: String,
    /// Whether it takes all paths, and not only those that meet no component.
    pub all_paths: bool,
    pub line: u32,
}

/// The maps of all models that hypotheses are about.
pub(super) fn maps(checked: &Checked) -> Vec<MapReport> {
    let used = |at: usize| checked.hypotheses.iter().any(|ready| ready.reported && ready.model == at);
    let models = checked.models.iter().enumerate().filter(|(at, _)| used(*at));
    models.filter_map(|(_, model)| model.as_ref()).map(map).collect()
}

fn map(model: &BoundModel) -> MapReport {
    let depths = depths(model);
    let component = |component: &Component| ComponentReport {
        label: component.label(),
        family: component.family.clone(),
        depth: depths.get(component.tensor.0 as usize).copied().unwrap_or(0).saturating_sub(1),
        cuts: component.cuts,
    };
    MapReport { model: model.name.clone(), components: model.components.iter().map(component).collect() }
}

/// For each tensor the most components that a path to it meets, its own included.
fn depths(model: &BoundModel) -> Vec<usize> {
    let graph = &model.model.graph;
    let mut is_component = vec![false; graph.tensors.len()];
    for component in &model.components {
        is_component[component.tensor.0 as usize] = true;
    }
    let own = |tensor: TensorId| usize::from(is_component[tensor.0 as usize]);
    let mut found: Vec<usize> = graph.tensor_ids().map(own).collect();
    for (_, node) in graph.nodes_with_ids().filter(|(_, node)| carries_values(&node.op)) {
        let before = node.inputs.iter().flatten().map(|input| found[input.0 as usize]).max().unwrap_or(0);
        for output in node.outputs.iter().flatten() {
            found[output.0 as usize] = before + own(*output);
        }
    }
    found
}

/// The graph of one hypothesis.
pub(super) fn graph(ready: &Ready, checked: &Checked, sources: &Sources) -> Option<GraphReport> {
    let model = checked.models.get(ready.model)?.as_ref()?;
    let (stated, spans) = (&ready.stated, &ready.stated.spans);
    let places = |at: usize| stated.components.get(at).cloned().unwrap_or_default();
    let nodes = stated.claims.nodes.iter().enumerate().map(|(at, node)| NodeReport {
        name: node.name.clone(),
        regions: node.parts.iter().zip(places(at)).map(|(part, place)| described(model, part, place)).collect(),
        components: places(at),
        computes: written(sources, spans.nodes[at].1),
        line: line(sources, spans.nodes[at].0),
    });
    let arrows = stated.claims.arrows.iter().zip(&spans.arrows).map(|(arrow, span)| ArrowReport {
        from: arrow.from.0,
        to: arrow.to.node().map(|NodeIx(to)| to),
        text: written(sources, *span),
        all_paths: arrow.paths == PathKind::All,
        line: line(sources, *span),
    });
    Some(GraphReport { model: model.name.clone(), nodes: nodes.collect(), arrows: arrows.collect() })
}

/// A part of a site is named by the site alone.
fn described(model: &BoundModel, part: &Part, place: usize) -> String {
    let site = || model.components.get(place).map(Component::label);
    model.describe(part).or_else(site).unwrap_or_default()
}

/// Text of the file with each gap as one space.
pub(super) fn written(sources: &Sources, span: Span) -> String {
    sources.slice(span).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The line of a place, from 1; 0 where it has none.
pub(super) fn line(sources: &Sources, span: Span) -> u32 {
    sources.get(sources.written(span.file)).map_or(0, |file| file.line_column(span.start).line)
}
