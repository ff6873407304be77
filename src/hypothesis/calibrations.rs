//! What a `calibrate` block asks for: the hypotheses that its family starts with, what may be done to
//! them, and what their scores are held against.

use super::check::Checker;
use super::expect::reference_name;
use super::searched_settings::{number, word};
use super::searches::Claimed;
use crate::diagnostics::messages::{calibrations as messages, names, search};
use crate::diagnostics::{Diagnostic, nearest};
use crate::elaborate::print;
use crate::source::Span;
use crate::syntax::ast;

/// A family of hypotheses whose scores are held against what they are good for.
#[derive(Debug, Clone)]
pub struct Calibration {
    pub name: String,
    pub docs: String,
    pub span: Span,
    /// Names of the hypotheses that the family starts with; never empty.
    pub starts: Vec<String>,
    /// The hypothesis that is known to be true.
    pub truth: Option<String>,
    /// Names of challenges, in order.
    pub against: Vec<String>,
    pub vary: Vec<Weakening>,
    /// What changed nodes may compute.
    pub claims: Vec<ast::Computes>,
    /// Changes of one hypothesis, at most.
    pub changes: usize,
    /// Hypotheses, with those that the family starts with.
    pub size: usize,
    /// References that each is run on.
    pub references: usize,
}

/// What may be done to a hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weakening {
    /// An arrow goes, with all that only it leads to the behaviour.
    Remove,
    /// A node is said to compute less.
    Coarsen,
    /// A node is said to compute more.
    Refine,
    /// A node is said to compute something else.
    Replace,
    /// A node stands at another component of the same kind.
    Move,
}

impl Weakening {
    pub const NAMES: [(&'static str, Weakening); 5] = [
        ("remove", Weakening::Remove),
        ("coarsen", Weakening::Coarsen),
        ("refine", Weakening::Refine),
        ("replace", Weakening::Replace),
        ("move", Weakening::Move),
    ];
}

/// In the order of the documentation.
const SETTINGS: [&str; 7] = ["start", "truth", "against", "vary", "changes", "size", "references"];
/// With fewer hypotheses there is no rank correlation to speak of.
const FEWEST: f64 = 10.0;

impl Checker<'_> {
    /// What can be known of a calibration before it is run.
    pub(super) fn calibration(&mut self, item: &ast::Calibrate) -> Option<Calibration> {
        let before = self.errors();
        let own = |word: &str| item.settings.iter().find(|setting| setting.word.text == word);
        let truth = own("truth").and_then(|setting| self.named_hypotheses(setting).pop());
        let mut starts = match own("start") {
            Some(setting) => self.named_hypotheses(setting),
            None => self.alike(truth.as_ref()),
        };
        let mut seen = Vec::new();
        starts.retain(|found| {
            let name = reference_name(&found.name);
            !seen.contains(&name) && {
                seen.push(name);
                true
            }
        });
        self.one_behaviour(item, starts.iter().chain(&truth));
        let against = match own("against") {
            Some(setting) => self.challenges(setting),
            None => self.all_challenges(starts.first()),
        };
        let claims = self.changed_claims(item, &starts);
        if starts.iter().all(|found| found.body.nodes.is_empty()) && self.errors() == before {
            self.sink.push(messages::nothing_to_vary(item.name.span));
        }
        if against.is_empty() && truth.is_none() && self.errors() == before {
            self.sink.push(messages::nothing_to_hold_against(item.name.span));
        }
        let mut found = Calibration {
            name: item.name.text.clone(),
            docs: item.docs.clone(),
            span: item.name.span,
            starts: starts.iter().map(|found| reference_name(&found.name)).collect(),
            truth: truth.map(|found| reference_name(&found.name)),
            against,
            vary: Weakening::NAMES.iter().map(|(_, own)| *own).collect(),
            claims,
            changes: 2,
            size: 60,
            references: 1_000,
        };
        item.settings.iter().for_each(|setting| set(&mut found, setting, self.sink));
        (self.errors() == before).then_some(found)
    }

    fn named_hypotheses(&mut self, setting: &ast::SearchSetting) -> Vec<ast::Hypothesis> {
        let mut found = Vec::new();
        for value in &setting.values {
            let name = print::expr(value);
            match self.file.hypotheses.iter().find(|own| reference_name(&own.name) == name) {
                Some(own) => found.push(own.clone()),
                None if value.kind == ast::ExprKind::Error => {}
                None => {
                    let all: Vec<String> = self.file.hypotheses.iter().map(|own| reference_name(&own.name)).collect();
                    let near = nearest(&name, all.iter().map(String::as_str));
                    self.sink.push(names::unknown(value.span, "hypothesis", &name, &near));
                }
            }
        }
        found
    }

    /// What a hypothesis is about: its behaviour, model and data, stated or not.
    fn subject(&mut self, own: &ast::Hypothesis) -> (String, Option<usize>, Option<usize>) {
        let found = self.silently(|checker| {
            let model = checker.chosen_model(own.model.as_ref(), own.name.span, "of");
            (model, checker.chosen_data(own.data.as_ref(), own.name.span))
        });
        (own.behaviour.text.clone(), found.0, found.1)
    }

    /// All hypotheses of the file about the same as one of them, or as the first.
    fn alike(&mut self, one: Option<&ast::Hypothesis>) -> Vec<ast::Hypothesis> {
        let Some(one) = one.or(self.file.hypotheses.first()) else { return Vec::new() };
        let wanted = self.subject(one);
        let file = self.file;
        file.hypotheses.iter().filter(|own| self.subject(own) == wanted).cloned().collect()
    }

    /// Scores of different behaviours cannot be ranked together.
    fn one_behaviour<'h>(&mut self, item: &ast::Calibrate, mut all: impl Iterator<Item = &'h ast::Hypothesis>) {
        let Some(first) = all.next() else { return };
        let wanted = self.subject(first);
        if let Some(other) = all.find(|own| self.subject(own) != wanted) {
            let names = [first, other].map(|own| reference_name(&own.name));
            self.sink.push(messages::different_behaviours(item.name.span, &names));
        }
    }

    fn challenges(&mut self, setting: &ast::SearchSetting) -> Vec<String> {
        let all: Vec<String> = self.file.challenges.iter().map(|own| reference_name(&own.name)).collect();
        let mut found = Vec::new();
        for value in setting.values.iter().filter(|value| value.kind != ast::ExprKind::Error) {
            let name = print::expr(value);
            if all.contains(&name) {
                found.push(name);
            } else {
                let near = nearest(&name, all.iter().map(String::as_str));
                self.sink.push(names::unknown(value.span, "challenge", &name, &near));
            }
        }
        found
    }

    /// The challenges of hypotheses about the same.
    fn all_challenges(&mut self, one: Option<&ast::Hypothesis>) -> Vec<String> {
        let Some(one) = one else { return Vec::new() };
        let wanted = self.subject(one);
        let file = self.file;
        let mut found = Vec::new();
        for own in &file.challenges {
            let name = reference_name(&own.hypothesis);
            let challenged = file.hypotheses.iter().find(|found| reference_name(&found.name) == name);
            if challenged.is_some_and(|challenged| self.subject(challenged) == wanted) {
                found.push(reference_name(&own.name));
            }
        }
        found
    }

    /// What is listed, checked at the first region of a node; or else what the hypotheses claim.
    fn changed_claims(&mut self, item: &ast::Calibrate, starts: &[ast::Hypothesis]) -> Vec<ast::Computes> {
        let nodes = || starts.iter().flat_map(|own| &own.body.nodes);
        if item.computes.is_empty() {
            let mut seen = Vec::new();
            let claimed = nodes().filter_map(|node| match &node.computes {
                ast::Computes::Feature(expr) => Some(expr),
                _ => None,
            });
            let new = claimed.filter(|expr| {
                let text = print::expr(expr);
                !seen.contains(&text) && {
                    seen.push(text);
                    true
                }
            });
            return new.cloned().map(ast::Computes::Feature).collect();
        }
        // Where no hypothesis is known, any: what is wrong with the claims is told all the same.
        let known: Vec<&ast::Hypothesis> = starts.iter().chain(&self.file.hypotheses).collect();
        let first = known.into_iter().find_map(|own| Some((own, own.body.nodes.first()?)));
        if let Some((first, node)) = first {
            let claimed = Claimed {
                name: item.name.clone(),
                behaviour: first.behaviour.clone(),
                model: first.model.clone(),
                data: first.data.clone(),
                computes: &item.computes,
                span: item.span,
            };
            let place = node.regions.first().cloned();
            self.searched_claims(&claimed, place.as_slice());
        }
        item.computes.iter().map(|claim| claim.computes.clone()).collect()
    }
}

fn set(found: &mut Calibration, setting: &ast::SearchSetting, sink: &mut Vec<Diagnostic>) {
    let own = setting.word.text.as_str();
    let Some(first) = setting.values.first() else { return };
    if let (false, Some(second)) = (["start", "against", "vary"].contains(&own), setting.values.get(1)) {
        sink.push(search::one_value(second.span, own));
    }
    if let Some(per) = &setting.per {
        sink.push(messages::no_unit(per.span));
    }
    let mut count = |least: f64, most: f64, told: &str| number(first, (least, most, true), told, sink);
    match own {
        "start" | "truth" | "against" => {}
        "changes" => {
            if let Some(value) = count(1.0, 20.0, "a whole number from 1 to 20") {
                found.changes = value as usize;
            }
        }
        "size" => {
            if let Some(value) = count(FEWEST, 10_000.0, "a whole number from 10 to 10000") {
                found.size = value as usize;
            }
        }
        "references" => {
            if let Some(value) = count(2.0, 1e8, "a whole number from 2 on") {
                found.references = value as usize;
            }
        }
        "vary" => {
            found.vary.clear();
            for value in &setting.values {
                let name = word(value);
                let known = Weakening::NAMES.iter().find(|(own, _)| *own == name.text);
                match known {
                    Some((_, own)) => found.vary.push(*own),
                    None if name.text.is_empty() => {}
                    None => {
                        let all: Vec<&str> = Weakening::NAMES.iter().map(|(own, _)| *own).collect();
                        sink.push(search::unknown_word(name.span, "change", &name.text, &all));
                    }
                }
            }
        }
        _ => sink.push(messages::unknown_setting(setting.word.span, own, &SETTINGS)),
    }
}
