//! The settings of a search: numbers, words, and names of the file.

use super::check::Checker;
use super::expect::reference_name;
use super::searched_start::{self, Known};
use super::searches::{Move, SearchMetric, SearchSpace, Start, Strategy, Unit};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::search as messages;
use crate::elaborate::{integer, print};
use crate::syntax::ast::{self, ExprKind};

/// As many hypotheses as a beam keeps, at most.
const WIDEST: i64 = 100;
/// Words that set something, in the order of the documentation.
const SETTINGS: [&str; 12] = [
    "allow",
    "start",
    "strategy",
    "depth",
    "train",
    "test",
    "references",
    "budget",
    "price",
    "reward",
    "minimise",
    "challenge",
];

impl Checker<'_> {
    /// `start empty`, `start full`, or a hypothesis of the file.
    pub(super) fn start(&mut self, space: &mut SearchSpace, item: &ast::Search, setting: &ast::SearchSetting) {
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
    pub(super) fn taken_challenges(&mut self, space: &mut SearchSpace, setting: &ast::SearchSetting) {
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
    pub(super) fn minimised(&mut self, space: &mut SearchSpace, item: &ast::Search, setting: &ast::SearchSetting) {
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
}

pub(super) fn named<T: Copy>(
    name: &ast::Ident,
    known: &[(&'static str, T)],
    what: &str,
    sink: &mut Vec<Diagnostic>,
) -> Option<T> {
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

pub(super) fn set(space: &mut SearchSpace, setting: &ast::SearchSetting, sink: &mut Vec<Diagnostic>) {
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
        "train" if percent(first).is_some() => {
            let written = percent(first).unwrap_or(0.0);
            sink.push(messages::share_in_percent(first.span, "a share of the rows from 0.05 to 0.95", written));
        }
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

/// A number that might be a share in percent.
fn percent(value: &ast::Expr) -> Option<f64> {
    crate::elaborate::integer::number(value).filter(|number| (5.0..=95.0).contains(number))
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
