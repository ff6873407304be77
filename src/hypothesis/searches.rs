//! What a `search` may try: the places and the claims of its nodes, how they are told apart, and
//! where it stops.

use super::check::Checker;
use super::searched_places::whole;
use super::searched_settings::{named, set};
use crate::diagnostics::messages::{names, search as messages};
use crate::diagnostics::{Diagnostic, nearest};
use crate::elaborate::print;
use crate::estimate::Estimate;
use crate::source::Span;
use crate::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};

/// The hypotheses among which the best are searched.
#[derive(Debug, Clone)]
pub struct SearchSpace {
    pub name: String,
    pub behaviour: String,
    /// By place in [`super::Checked::models`].
    pub model: usize,
    /// By place in [`super::Checked::datasets`].
    pub data: usize,
    pub span: Span,
    /// Challenges that each hypothesis which is found takes in the place of theirs.
    pub challenges: Vec<ast::Challenge>,
    /// Regions that nodes may be bound to, as they are written.
    pub places: Vec<String>,
    /// What nodes may compute, by its place in the text.
    pub claims: Vec<SearchedClaim>,
    /// Names of ports that arrows may enter nodes by; with none of them, arrows enter whole nodes.
    pub ports: Vec<String>,
    pub metric: SearchMetric,
    /// What recovered is measured from, if not from `shuffled`.
    pub baseline: Option<String>,
    pub price: Price,
    /// Added for each opened node: for saying how what it computes comes about.
    pub reward: f64,
    pub moves: Vec<Move>,
    pub start: Start,
    pub strategy: Strategy,
    /// Arrows from a node to the behaviour, at most.
    pub depth: usize,
    /// The share of the rows that is searched on; the others are held out.
    pub train: f64,
    /// The dataset that is held out in their place, by place in [`super::Checked::datasets`]: then all rows
    /// are searched on.
    pub test: Option<usize>,
    /// Hypotheses that are run, at most.
    pub budget: usize,
    /// References that each is run on.
    pub references: usize,
}

/// One of the claims that nodes may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchedClaim {
    pub span: Span,
    /// Whether it is `exact` or `any`: no other claim can stand beside it.
    pub is_word: bool,
}

/// Claims that nodes of hypotheses about this may make.
pub(super) struct Claimed<'a> {
    pub name: ast::Ident,
    pub behaviour: ast::Ident,
    pub model: Option<ast::Ident>,
    pub data: Option<ast::Ident>,
    pub computes: &'a [ast::SearchedClaim],
    pub span: Span,
}

impl SearchSpace {
    /// The place of `exact` among the claims: the last one, which [`Move::Open`] begins with. It is
    /// there whether or not the text lists it.
    #[must_use]
    pub fn exact(&self) -> usize {
        self.claims.len()
    }
}

/// What is maximised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchMetric {
    Recovered,
    Accuracy,
    Agreement,
    /// The mean of the behaviour, as large as can be.
    Greatest,
    /// The mean of the behaviour, as small as can be.
    Least,
}

/// What is taken off for size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    pub each: f64,
    pub per: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Arrow,
    /// Where nodes stand.
    Place,
    Bit,
}

/// What may be done to a hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    Add,
    Drop,
    Coarsen,
    Refine,
    /// Says what a leaf is computed from.
    Open,
}

/// Nodes by their arrows back from the behaviour, each with the place that it starts at and the port that it
/// enters by, and what they compute; all by their places in a [`SearchSpace`].
pub type SearchTree = BTreeMap<Vec<(usize, Option<usize>)>, BTreeSet<usize>>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    Empty,
    /// A node at each place, with all claims.
    Full,
    /// A hypothesis of the file.
    Given(SearchTree),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Strategy {
    /// The best neighbour, and of that the best one.
    Greedy,
    /// So many at once.
    Beam(usize),
    /// From the full hypothesis, only dropping and coarsening.
    Prune,
    /// From all edges, each whose removal costs less than this is removed.
    Acdc(f64),
}

impl SearchMetric {
    /// What can be maximised.
    pub const NAMES: [(&'static str, SearchMetric); 4] = [
        ("recovered", SearchMetric::Recovered),
        ("accuracy", SearchMetric::Accuracy),
        ("agreement", SearchMetric::Agreement),
        ("mean", SearchMetric::Greatest),
    ];
    /// What can be minimised.
    pub const MINIMISED: [(&'static str, SearchMetric); 1] = [("mean", SearchMetric::Least)];

    #[must_use]
    pub fn name(self) -> &'static str {
        let mut all = SearchMetric::NAMES.iter().chain(&SearchMetric::MINIMISED);
        all.find(|(_, metric)| *metric == self).map_or("", |(name, _)| name)
    }

    /// -1 for what is minimised.
    #[must_use]
    pub fn sign(self) -> f64 {
        if self == SearchMetric::Least { -1.0 } else { 1.0 }
    }

    /// What is maximised as what is asked for.
    #[must_use]
    pub fn as_stated(self, found: Estimate) -> Estimate {
        match self {
            SearchMetric::Least => {
                Estimate { value: 0.0 - found.value, low: 0.0 - found.high, high: 0.0 - found.low, error: found.error }
            }
            _ => found,
        }
    }
}

impl Unit {
    pub const NAMES: [(&'static str, Unit); 3] = [("arrow", Unit::Arrow), ("place", Unit::Place), ("bit", Unit::Bit)];

    #[must_use]
    pub fn name(self) -> &'static str {
        Unit::NAMES.iter().find(|(_, unit)| *unit == self).map_or("", |(name, _)| name)
    }
}

impl Move {
    pub const NAMES: [(&'static str, Move); 5] = [
        ("add", Move::Add),
        ("remove", Move::Drop),
        ("coarsen", Move::Coarsen),
        ("refine", Move::Refine),
        ("open", Move::Open),
    ];
}

impl Checker<'_> {
    /// What can be known of a search before it is run.
    pub(super) fn search(&mut self, item: &ast::Search) -> Option<SearchSpace> {
        let before = self.sink.len();
        let model = self.chosen_model(item.model.as_ref(), item.name.span, "of")?;
        let data = self.chosen_data(item.data.as_ref(), item.name.span)?;
        let places = self.places(item, model)?;
        let ports = self.ports(item, model);
        let claimed = Claimed {
            name: item.name.clone(),
            behaviour: item.behaviour.clone(),
            model: item.model.clone(),
            data: item.data.clone(),
            computes: &item.computes,
            span: item.span,
        };
        let regions: Vec<ast::Region> = places.iter().map(|place| place.0.clone()).collect();
        self.searched_claims(&claimed, &regions);
        let (metric, baseline) = self.objective(item);
        let mut space = SearchSpace {
            name: item.name.text.clone(),
            behaviour: item.behaviour.text.clone(),
            model,
            data,
            span: item.span,
            challenges: Vec::new(),
            places: places.into_iter().map(|(_, text)| text).collect(),
            claims: item.computes.iter().map(claim).collect(),
            ports,
            metric,
            baseline,
            price: Price { each: 0.01, per: Unit::Arrow },
            reward: 0.0,
            moves: Move::NAMES.iter().map(|(_, own)| *own).collect(),
            start: Start::Empty,
            strategy: Strategy::Greedy,
            depth: 1,
            train: 0.7,
            test: None,
            budget: 2_000,
            references: 1_000,
        };
        for setting in &item.settings {
            match setting.word.text.as_str() {
                "start" => self.start(&mut space, item, setting),
                "test" => self.tested(&mut space, item, setting),
                "challenge" => self.taken_challenges(&mut space, setting),
                "minimise" => self.minimised(&mut space, item, setting),
                _ => set(&mut space, setting, self.sink),
            }
        }
        match (space.strategy, item.computes.first()) {
            (Strategy::Acdc(_), Some(claim)) => self.sink.push(messages::exact_alone(claim.span)),
            (Strategy::Acdc(_), None) | (_, Some(_)) => {}
            (_, None) => self.sink.push(messages::no_claims(item.name.span)),
        }
        let is_told = self.sink[before..].iter().any(Diagnostic::is_error);
        self.datasets[data].as_ref().filter(|_| !is_told)?;
        Some(space)
    }

    fn ports(&mut self, item: &ast::Search, model: usize) -> Vec<String> {
        let Some(bound) = self.models[model].as_ref() else { return Vec::new() };
        let known: Vec<&str> =
            bound.components.iter().flat_map(|own| own.ports.iter().map(|port| port.name.as_str())).collect();
        let mut found = Vec::new();
        for port in &item.ports {
            if !known.contains(&port.text.as_str()) {
                let near = nearest(&port.text, known.iter().copied());
                self.sink.push(names::unknown(port.span, "port", &port.text, &near));
            }
            found.push(port.text.clone());
        }
        found
    }

    /// Each claim is checked at the first component, as a node of a hypothesis would be, and each place with
    /// no claim.
    pub(super) fn searched_claims(&mut self, item: &Claimed<'_>, places: &[ast::Region]) {
        let name = |text: &str| ast::Ident { text: text.to_owned(), span: item.name.span };
        let reference = |text: &str| ast::Reference { name: name(text), arguments: Vec::new(), span: item.name.span };
        let node = |name: String, region: ast::Region, computes: ast::Computes, span: Span| ast::Node {
            name: reference(&name),
            regions: vec![region],
            estimate: None,
            computes,
            from: None,
            span,
        };
        let first = places.first().map(whole);
        let of_claim = |(at, claim): (usize, &ast::SearchedClaim)| {
            Some(node(format!("claim{at}"), first.clone()?, claim.computes.clone(), claim.span))
        };
        let of_place = |(at, place): (usize, &ast::Region)| {
            node(format!("place{at}"), place.clone(), ast::Computes::Any(place.span), place.span)
        };
        let claims = item.computes.iter().enumerate().filter_map(of_claim);
        let nodes = claims.chain(places.iter().enumerate().map(of_place)).collect();
        let body = ast::Body { nodes, ..ast::Body::default() };
        let hypothesis = ast::Hypothesis {
            docs: String::new(),
            name: reference(&item.name.text),
            behaviour: item.behaviour.clone(),
            model: item.model.clone(),
            data: item.data.clone(),
            refines: None,
            body,
            span: item.span,
        };
        let before = self.sink.len();
        self.hypothesis(&hypothesis);
        // Nodes that reach nothing, and what is said of the data, depend on the hypothesis.
        let own = self.sink.split_off(before);
        self.sink.extend(own.into_iter().filter(|finding| finding.code.id < "A4"));
    }

    fn objective(&mut self, item: &ast::Search) -> (SearchMetric, Option<String>) {
        let Some(objective) = &item.objective else { return (SearchMetric::Recovered, None) };
        let metric = named(&objective.metric, &SearchMetric::NAMES, "metric", self.sink);
        if objective.behaviour.text != item.behaviour.text && !objective.behaviour.text.is_empty() {
            self.sink.push(messages::other_behaviour(objective.behaviour.span, &item.behaviour.text));
        }
        let baseline = objective.baseline.as_ref().map(print::reference);
        (metric.unwrap_or(SearchMetric::Recovered), baseline)
    }
}

fn claim(claim: &ast::SearchedClaim) -> SearchedClaim {
    SearchedClaim { span: claim.span, is_word: !matches!(claim.computes, ast::Computes::Feature(_)) }
}
