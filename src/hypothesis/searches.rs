//! What a `search` may try: the places and the claims of its nodes, how they are told apart, and
//! where it stops.

use super::check::Checker;
use super::expect::reference_name;
use super::searched_places::whole;
use super::searched_start::{self, Known};
use crate::diagnostics::messages::{names, search as messages};
use crate::diagnostics::{Diagnostic, nearest};
use crate::elaborate::{integer, print};
use crate::estimate::Estimate;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};
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

/// As many hypotheses as a beam keeps, at most.
const WIDEST: i64 = 100;
/// Words that set something, in the order of the documentation.
const SETTINGS: [&str; 11] = [
    "allow",
    "start",
    "strategy",
    "depth",
    "train",
    "references",
    "budget",
    "price",
    "reward",
    "minimise",
    "challenge",
];

impl Checker<'_> {
    /// What can be known of a search before it is run.
    pub(super) fn search(&mut self, item: &ast::Search) -> Option<SearchSpace> {
        let before = self.sink.len();
        let model = self.chosen_model(item.model.as_ref(), item.name.span, "of")?;
        let data = self.chosen_data(item.data.as_ref(), item.name.span)?;
        let places = self.places(item, model)?;
        let ports = self.ports(item, model);
        self.searched_claims(item, &places);
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
            budget: 2_000,
            references: 1_000,
        };
        for setting in &item.settings {
            match setting.word.text.as_str() {
                "start" => self.start(&mut space, item, setting),
                "challenge" => self.challenges(&mut space, setting),
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

    /// Each claim is checked at the first component of the space, as a node of a hypothesis would be, and
    /// each place with no claim.
    fn searched_claims(&mut self, item: &ast::Search, places: &[(ast::Region, String)]) {
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
        let first = places.first().map(|(place, _)| whole(place));
        let of_claim = |(at, claim): (usize, &ast::SearchedClaim)| {
            Some(node(format!("claim{at}"), first.clone()?, claim.computes.clone(), claim.span))
        };
        let of_place = |(at, (place, _)): (usize, &(ast::Region, String))| {
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

    /// `start empty`, `start full`, or a hypothesis of the file.
    fn start(&mut self, space: &mut SearchSpace, item: &ast::Search, setting: &ast::SearchSetting) {
        let Some(first) = setting.values.first() else { return };
        if let Some(second) = setting.values.get(1) {
            self.sink.push(messages::one_value(second.span, "start"));
        }
        let own = ast::Ident { text: print::expr(first), span: first.span };
        space.start = match own.text.as_str() {
            "empty" => Start::Empty,
            "full" => Start::Full,
            name => {
                let all: Vec<String> = self.file.hypotheses.iter().map(|known| reference_name(&known.name)).collect();
                let Some(at) = all.iter().position(|known| known == name) else {
                    let all: Vec<&str> = ["empty", "full"].into_iter().chain(all.iter().map(String::as_str)).collect();
                    self.sink.push(messages::unknown_word(own.span, "start", name, &all));
                    return;
                };
                let claims = item.computes.iter().map(|claim| match &claim.computes {
                    ast::Computes::Feature(claim) => print::expr(claim),
                    ast::Computes::Any(_) => "any".to_owned(),
                    _ => "exact".to_owned(),
                });
                let known = Known { space, claims: claims.collect() };
                let found = searched_start::start(&known, &self.file.hypotheses[at], &own, self.sink);
                found.unwrap_or(Start::Empty)
            }
        };
    }

    /// `challenge NAME, NAME`
    fn challenges(&mut self, space: &mut SearchSpace, setting: &ast::SearchSetting) {
        let all: Vec<String> = self.file.challenges.iter().map(|known| reference_name(&known.name)).collect();
        for value in &setting.values {
            let name = print::expr(value);
            match all.iter().position(|known| *known == name) {
                Some(at) => space.challenges.push(self.file.challenges[at].clone()),
                None => {
                    let all: Vec<&str> = all.iter().map(String::as_str).collect();
                    self.sink.push(messages::unknown_word(value.span, "challenge", &name, &all));
                }
            }
        }
    }

    /// `minimise mean(BEHAVIOUR)`
    fn minimised(&mut self, space: &mut SearchSpace, item: &ast::Search, setting: &ast::SearchSetting) {
        if let Some(objective) = &item.objective {
            self.sink.push(messages::two_objectives(setting.span, objective.span));
        }
        let Some(ast::Expr { kind: ExprKind::Call { function, arguments }, .. }) = setting.values.first() else {
            let span = setting.values.first().map_or(setting.span, |value| value.span);
            self.sink.push(messages::bad_value(span, "`mean(...)` of the behaviour"));
            return;
        };
        if let Some(metric) = named(function, &SearchMetric::MINIMISED, "metric to minimise", self.sink) {
            space.metric = metric;
        }
        for argument in arguments.iter().filter(|own| own.kind != ExprKind::Name(item.behaviour.text.clone())) {
            self.sink.push(messages::other_behaviour(argument.span, &item.behaviour.text));
        }
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

fn named<T: Copy>(name: &ast::Ident, known: &[(&'static str, T)], what: &str, sink: &mut Vec<Diagnostic>) -> Option<T> {
    let found = known.iter().find(|(own, _)| *own == name.text).map(|(_, value)| *value);
    if found.is_none() && !name.text.is_empty() {
        let all: Vec<&str> = known.iter().map(|(own, _)| *own).collect();
        sink.push(messages::unknown_word(name.span, what, &name.text, &all));
    }
    found
}

/// A word among the values of a setting.
fn word(value: &ast::Expr) -> ast::Ident {
    let text = match &value.kind {
        ExprKind::Name(name) => name.clone(),
        ExprKind::Call { function, .. } => function.text.clone(),
        _ => String::new(),
    };
    ast::Ident { text, span: value.span }
}

fn set(space: &mut SearchSpace, setting: &ast::SearchSetting, sink: &mut Vec<Diagnostic>) {
    let setting_word = setting.word.text.as_str();
    let Some(first) = setting.values.first() else { return };
    if setting_word != "allow" && setting.values.len() > 1 {
        sink.push(messages::one_value(setting.values[1].span, setting_word));
    }
    if let Some(per) = setting.per.as_ref().filter(|_| setting_word != "price") {
        sink.push(messages::no_unit(per.span, setting_word));
    }
    let mut count = |least: f64, most: f64, told: &str| number(first, (least, most, true), told, sink);
    let whole = |value: f64| value as usize;
    match setting_word {
        "depth" => space.depth = count(1.0, 8.0, "a whole number from 1 to 8").map_or(1, whole),
        "budget" => space.budget = count(1.0, 1e9, "a whole number from 1 on").map_or(1, whole),
        "references" => space.references = count(2.0, 1e8, "a whole number from 2 on").map_or(2, whole),
        "train" => {
            space.train =
                number(first, (0.05, 0.95, false), "a share of the rows from 0.05 to 0.95", sink).unwrap_or(0.7);
        }
        "price" => {
            space.price.each = number(first, (0.0, 1e9, false), "a number from 0 on", sink).unwrap_or(0.0);
            let unit = setting.per.as_ref().and_then(|per| named(per, &Unit::NAMES, "unit of size", sink));
            space.price.per = unit.unwrap_or(Unit::Arrow);
        }
        "reward" => space.reward = number(first, (0.0, 1.0, false), "a share from 0 to 1", sink).unwrap_or(0.0),
        "allow" => {
            let words = setting.values.iter().map(word);
            space.moves = words.filter_map(|own| named(&own, &Move::NAMES, "move", sink)).collect();
        }
        "strategy" => {
            if let Some(strategy) = strategy(first, sink) {
                space.strategy = strategy;
            }
        }
        _ => sink.push(messages::unknown_setting(setting.word.span, setting_word, &SETTINGS)),
    }
}

fn strategy(value: &ast::Expr, sink: &mut Vec<Diagnostic>) -> Option<Strategy> {
    const NAMES: [(&str, Strategy); 4] = [
        ("greedy", Strategy::Greedy),
        ("beam", Strategy::Beam(4)),
        ("prune", Strategy::Prune),
        ("acdc", Strategy::Acdc(0.01)),
    ];
    let found = named(&word(value), &NAMES, "strategy", sink)?;
    let argument = match &value.kind {
        ExprKind::Call { arguments, .. } if arguments.len() == 1 => Some(&arguments[0]),
        ExprKind::Call { .. } => {
            sink.push(messages::bad_value(value.span, "`greedy`, `beam(4)`, `prune` or `acdc(0.01)`"));
            return None;
        }
        _ => None,
    };
    match (argument, found) {
        (None, found) => Some(found),
        (Some(argument), Strategy::Beam(_)) => {
            let told = "a whole number from 1 to 100";
            number(argument, (1.0, WIDEST as f64, true), told, sink).map(|width| Strategy::Beam(width as usize))
        }
        (Some(argument), Strategy::Acdc(_)) => {
            number(argument, (0.0, 1e9, false), "a number from 0 on", sink).map(Strategy::Acdc)
        }
        _ => {
            sink.push(messages::bad_value(value.span, "`greedy`, `beam(4)`, `prune` or `acdc(0.01)`"));
            None
        }
    }
}

fn number(
    value: &ast::Expr,
    (least, most, whole): (f64, f64, bool),
    told: &str,
    sink: &mut Vec<Diagnostic>,
) -> Option<f64> {
    if value.kind == ExprKind::Error {
        return None;
    }
    let found = integer::number(value).filter(|own| (least..=most).contains(own) && (!whole || own.fract() == 0.0));
    if found.is_none() {
        sink.push(messages::bad_value(value.span, told));
    }
    found
}
