//! What a `search` may try: the places and the claims of its nodes, how they are told apart, and
//! where it stops.

use super::check::Checker;
use crate::diagnostics::messages::{names, search as messages};
use crate::diagnostics::{Diagnostic, nearest};
use crate::elaborate::{integer, print};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Empty,
    /// A node at each place, with all claims.
    Full,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// The best neighbour, and of that the best one.
    Greedy,
    /// So many at once.
    Beam(usize),
    /// From the full hypothesis, only dropping and coarsening.
    Prune,
}

impl SearchMetric {
    pub const NAMES: [(&'static str, SearchMetric); 3] = [
        ("recovered", SearchMetric::Recovered),
        ("accuracy", SearchMetric::Accuracy),
        ("agreement", SearchMetric::Agreement),
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        SearchMetric::NAMES.iter().find(|(_, metric)| *metric == self).map_or("", |(name, _)| name)
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

const STARTS: [(&str, Start); 2] = [("empty", Start::Empty), ("full", Start::Full)];
/// As many hypotheses as a beam keeps, at most.
const WIDEST: i64 = 100;
/// Words that set something, in the order of the documentation.
const SETTINGS: [&str; 9] = ["allow", "start", "strategy", "depth", "train", "references", "budget", "price", "reward"];

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
        self.searched_claims(&claimed, places.first().map(|place| &place.0));
        let (metric, baseline) = self.objective(item);
        let mut space = SearchSpace {
            name: item.name.text.clone(),
            behaviour: item.behaviour.text.clone(),
            model,
            data,
            span: item.span,
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
        if item.computes.is_empty() {
            self.sink.push(messages::no_claims(item.name.span));
        }
        for setting in &item.settings {
            set(&mut space, setting, self.sink);
        }
        let is_told = self.sink[before..].iter().any(Diagnostic::is_error);
        self.datasets[data].as_ref().filter(|_| !is_told)?;
        Some(space)
    }

    /// The regions with their texts; a family without arguments stands for all of its members.
    fn places(&mut self, item: &ast::Search, model: usize) -> Option<Vec<(ast::Region, String)>> {
        let bound = self.models[model].as_ref()?;
        let mut found = Vec::new();
        for region in &item.over {
            let members: Vec<_> =
                bound.components.iter().filter(|known| known.family == region.component.text).collect();
            if members.is_empty() {
                let all = bound.components.iter().map(|known| known.family.as_str());
                let near = nearest(&region.component.text, all);
                self.sink.push(names::unknown(region.component.span, "component", &region.component.text, &near));
            }
            for member in members {
                let int = |value: &i64| ast::Expr { kind: ExprKind::Int(*value), span: region.span };
                let own = match region.arguments.is_empty() {
                    true => ast::Region { arguments: member.arguments.iter().map(int).collect(), ..region.clone() },
                    false => region.clone(),
                };
                found.push((own.clone(), print::region(&own)));
            }
        }
        if item.over.is_empty() {
            let inputs: Vec<&str> = bound.inputs.iter().map(|input| input.name.as_str()).collect();
            let own = bound.components.iter().filter(|known| known.cuts && !inputs.contains(&known.family.as_str()));
            for member in own {
                let name = ast::Ident { text: member.family.clone(), span: item.name.span };
                let int = |value: &i64| ast::Expr { kind: ExprKind::Int(*value), span: item.name.span };
                let arguments = member.arguments.iter().map(int).collect();
                let region = ast::Region { component: name, arguments, parts: Vec::new(), span: item.name.span };
                found.push((region, member.label()));
            }
        }
        let mut seen = Vec::new();
        found.retain(|(_, text)| {
            !seen.contains(text) && {
                seen.push(text.clone());
                true
            }
        });
        Some(found)
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

    /// Each claim is checked at a place, as a node of a hypothesis would be.
    pub(super) fn searched_claims(&mut self, item: &Claimed<'_>, place: Option<&ast::Region>) {
        let name = |text: &str| ast::Ident { text: text.to_owned(), span: item.name.span };
        let reference = |text: &str| ast::Reference { name: name(text), arguments: Vec::new(), span: item.name.span };
        let one = |(at, claim): (usize, &ast::SearchedClaim)| ast::Node {
            name: reference(&format!("claim{at}")),
            regions: place.into_iter().cloned().collect(),
            estimate: None,
            computes: claim.computes.clone(),
            from: None,
            span: claim.span,
        };
        let body = ast::Body { nodes: item.computes.iter().enumerate().map(one).collect(), ..ast::Body::default() };
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

fn named<T: Copy>(name: &ast::Ident, known: &[(&'static str, T)], what: &str, sink: &mut Vec<Diagnostic>) -> Option<T> {
    let found = known.iter().find(|(own, _)| *own == name.text).map(|(_, value)| *value);
    if found.is_none() && !name.text.is_empty() {
        let all: Vec<&str> = known.iter().map(|(own, _)| *own).collect();
        sink.push(messages::unknown_word(name.span, what, &name.text, &all));
    }
    found
}

/// A word among the values of a setting.
pub(super) fn word(value: &ast::Expr) -> ast::Ident {
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
        "start" => space.start = named(&word(first), &STARTS, "start", sink).unwrap_or(Start::Empty),
        "strategy" => {
            if let Some(strategy) = strategy(first, sink) {
                space.strategy = strategy;
            }
        }
        _ => sink.push(messages::unknown_setting(setting.word.span, setting_word, &SETTINGS)),
    }
}

fn strategy(value: &ast::Expr, sink: &mut Vec<Diagnostic>) -> Option<Strategy> {
    const NAMES: [(&str, Strategy); 3] =
        [("greedy", Strategy::Greedy), ("beam", Strategy::Beam(4)), ("prune", Strategy::Prune)];
    let found = named(&word(value), &NAMES, "strategy", sink)?;
    match (&value.kind, found) {
        (ExprKind::Call { arguments, .. }, Strategy::Beam(_)) if arguments.len() == 1 => {
            let told = "a whole number from 1 to 100";
            number(&arguments[0], (1.0, WIDEST as f64, true), told, sink).map(|width| Strategy::Beam(width as usize))
        }
        (ExprKind::Call { .. }, _) => {
            sink.push(messages::bad_value(value.span, "`greedy`, `beam(4)` or `prune`"));
            None
        }
        _ => Some(found),
    }
}

pub(super) fn number(
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
