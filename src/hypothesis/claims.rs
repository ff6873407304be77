//! Nodes and arrows as written to a [`Hypothesis`]: regions, features, and the structure of arrows.

use super::claim::{DataIx, DrawIx, FeatureIx, Hypothesis, NodeIx, Scheme};
use super::model::{BoundModel, Component};
use super::names::Declared;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{claims as messages, names};
use crate::feature::{Scope, Typed};
use crate::model::TensorId;
use crate::source::Span;
use crate::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};

/// What a hypothesis is stated about.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub model: &'a BoundModel,
    pub scope: &'a Scope,
    /// The outputs that the behaviour reads.
    pub outputs: &'a [TensorId],
    /// The names of all behaviours of the file.
    pub behaviours: &'a [&'a str],
    /// All datasets of the file by name, and whether each is of this model.
    pub datasets: &'a [(&'a str, bool)],
    /// The one that the hypothesis is about.
    pub data: usize,
}

/// Where the parts of a hypothesis stand in the text.
#[derive(Debug, Clone)]
pub struct Spans {
    pub name: Span,
    pub behaviour: Span,
    /// By node: its name, and what it computes.
    pub nodes: Vec<(Span, Span)>,
    /// By arrow.
    pub arrows: Vec<Span>,
    /// By arrow, of each region that its paths may not meet.
    pub exceptions: Vec<Vec<Span>>,
    /// By draw.
    pub draws: Vec<Span>,
    /// What a feature of [`Stated::features`] was written for.
    pub features: Vec<Span>,
    /// What was said of the unclaimed of nodes.
    pub schemes: Vec<(NodeIx, Span)>,
    /// By draw: its declaration.
    pub declared_draws: Vec<Span>,
    /// Schemes that replace by numbers, with where they were asked for.
    pub ablations: Vec<(Option<NodeIx>, Span)>,
}

/// A hypothesis with the features its nodes claim, by [`FeatureIx`].
#[derive(Debug, Clone)]
pub struct Stated {
    pub claims: Hypothesis,
    pub features: Vec<Vec<Typed>>,
    /// Expressions that estimate activations, by `EstimateIx`.
    pub estimates: Vec<Typed>,
    /// By [`DataIx`] the place of the dataset in the file.
    pub datasets: Vec<usize>,
    /// The names of ports with a scheme of their own, in the order of [`crate::hypothesis::Node::ports`].
    pub port_names: Vec<(NodeIx, Vec<String>)>,
    /// By [`DrawIx`] the column that pairs its rows with those of the hypothesis' data.
    pub paired_by: Vec<Option<String>>,
    /// By node and part the component, by its place in the model map.
    pub components: Vec<Vec<usize>>,
    pub spans: Spans,
    /// Nodes of arrows that could not be bound: where they lead is not known.
    pub in_doubt: BTreeSet<NodeIx>,
}

impl Stated {
    /// The name of a node, or of some of its ports: `ind`, `ind.k`, `ind.{q, k}`.
    #[must_use]
    pub fn spelled(&self, node: NodeIx, ports: Option<usize>) -> String {
        let name = &self.claims.node(node).name;
        let mut own = self.port_names.iter().filter(|(of, _)| *of == node).map(|(_, names)| names);
        match ports.and_then(|at| own.nth(at)).map(Vec::as_slice) {
            None => name.clone(),
            Some([port]) => format!("{name}.{port}"),
            Some(ports) => format!("{name}.{{{}}}", ports.join(", ")),
        }
    }

    fn empty(item: &ast::Hypothesis, context: Context<'_>) -> Stated {
        Stated {
            claims: Hypothesis::new(&item.name.name.text, context.outputs.to_vec(), Scheme::Any),
            features: Vec::new(),
            estimates: Vec::new(),
            datasets: vec![context.data],
            port_names: Vec::new(),
            paired_by: Vec::new(),
            components: Vec::new(),
            spans: Spans {
                name: item.name.span,
                behaviour: item.behaviour.span,
                nodes: Vec::new(),
                arrows: Vec::new(),
                exceptions: Vec::new(),
                draws: Vec::new(),
                features: Vec::new(),
                schemes: Vec::new(),
                declared_draws: Vec::new(),
                ablations: Vec::new(),
            },
            in_doubt: BTreeSet::new(),
        }
    }

    /// Whether every node and arrow as written is there.
    #[must_use]
    pub fn is_complete(&self, item: &ast::Hypothesis) -> bool {
        self.claims.nodes.len() == item.body.nodes.len() && self.claims.arrows.len() == item.body.arrows.len()
    }
}

/// Binds a hypothesis. Everything that could be bound is there, whatever was reported.
pub fn state(item: &ast::Hypothesis, context: Context<'_>, sink: &mut Vec<Diagnostic>) -> Stated {
    let stated = Stated::empty(item, context);
    let (draws, by_name) = (BTreeMap::new(), BTreeMap::new());
    let mut stating = Stating { context, item, sink, stated, by_name, draws };
    stating.draws();
    stating.pool();
    stating.nodes();
    stating.schemes();
    stating.arrows();
    stating.stated
}

pub(super) struct Stating<'a, 'b> {
    pub context: Context<'a>,
    pub item: &'a ast::Hypothesis,
    pub sink: &'b mut Vec<Diagnostic>,
    pub stated: Stated,
    /// Nodes by name; `None` for one that was declared but could not be bound.
    pub by_name: BTreeMap<String, Option<NodeIx>>,
    /// Draws by name; `None` for one that could not be bound.
    pub draws: BTreeMap<String, Option<DrawIx>>,
}

impl<'a> Stating<'a, '_> {
    /// Reports a mistake and gives `None`.
    pub fn fail<T>(&mut self, finding: Diagnostic) -> Option<T> {
        self.sink.push(finding);
        None
    }

    /// The component that a part of a node is bound to.
    pub fn component(&self, node: NodeIx, part: usize) -> Option<&'a Component> {
        let at = *self.stated.components.get(node.0)?.get(part)?;
        self.context.model.components.get(at)
    }

    pub fn add_feature(&mut self, parts: Vec<Typed>, span: Span) -> FeatureIx {
        let feature = FeatureIx(self.stated.features.len());
        self.stated.features.push(parts);
        self.stated.spans.features.push(span);
        feature
    }

    /// Another dataset by its name.
    pub fn dataset(&mut self, name: &ast::Ident) -> Option<DataIx> {
        let all = self.context.datasets;
        let Some(found) = all.iter().position(|(other, _)| *other == name.text) else {
            let near = crate::diagnostics::nearest(&name.text, all.iter().map(|(name, _)| *name));
            return self.fail(names::unknown(name.span, "dataset", &name.text, &near));
        };
        if !all[found].1 {
            let model = &self.context.model.name;
            return self.fail(messages::other_model(name.span, &name.text, model));
        }
        let known = self.stated.datasets.iter().position(|other| *other == found);
        Some(DataIx(known.unwrap_or_else(|| {
            self.stated.datasets.push(found);
            self.stated.datasets.len() - 1
        })))
    }

    fn nodes(&mut self) {
        let mut declared = Declared::new("node");
        declared.add_silently(&self.item.behaviour);
        for node in &self.item.body.nodes {
            if !declared.add(&node.name.name, self.sink) {
                continue;
            }
            let bound = self.node(node);
            self.by_name.insert(node.name.name.text.clone(), bound);
        }
    }
}
