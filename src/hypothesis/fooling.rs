//! Challenges of the first kind, checked: inputs that fool a model are looked for with a hypothesis.

use super::candidates::{Candidates, new_rows};
use super::check::{Checker, Ready};
use super::expect::reference_name;
use super::fooling_expr::replaced;
use crate::data::{Dataset, Scalar, ValueType};
use crate::diagnostics::messages::{foolings as messages, names};
use crate::diagnostics::{Diagnostic, nearest};
use crate::elaborate::integer;
use crate::feature::{
    Classification, Measured, Named, Purpose, Scope, Typed, check_behaviour, check_claim, check_expr, classification,
    reads,
};
use crate::source::Span;
use crate::syntax::ast::{self, Aim, Comparison, ExprKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How often each candidate is scrubbed where nobody says.
const DRAWS: usize = 8;
/// No challenge scrubs a candidate more often, and none tries more.
const MOST_DRAWS: i64 = 1_000;
const MOST_TRIED: i64 = 100_000_000;

/// The column in which the ranking finds the scrubbed behaviour. No name that can be declared has a space.
pub const SCRUBBED: &str = "scrubbed behaviour";

/// What tried candidates are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Control {
    /// All of the source.
    Random,
    /// Candidates with the same values of some features that were not tried.
    Matched,
    /// Those on which the model is least sure.
    Confidence,
    /// Those that the ranking of other candidates chooses.
    Permuted,
}

impl Control {
    /// In the order of reports.
    pub const ALL: [Control; 4] = [Control::Random, Control::Matched, Control::Confidence, Control::Permuted];
    pub const NAMES: [&'static str; 4] = ["random", "matched", "confidence", "permuted"];

    #[must_use]
    pub fn from_name(name: &str) -> Option<Control> {
        Control::ALL.into_iter().find(|control| control.name() == name)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        Control::NAMES[self as usize]
    }
}

/// A bound that is expected of a challenge.
#[derive(Debug, Clone)]
pub struct RateBound {
    /// Of the ratio to this control; `None` for the rate itself.
    pub of: Option<Control>,
    pub comparison: Comparison,
    pub bound: f64,
    pub span: Span,
}

/// A checked `challenge ... fools`.
#[derive(Debug)]
pub struct Fooling {
    pub name: String,
    pub docs: String,
    pub spans: FoolingSpans,
    pub hypothesis: String,
    pub model: usize,
    /// The place of the dataset of the candidates in [`super::Checked::datasets`].
    pub data: usize,
    /// That of the hypothesis' own.
    pub own_data: usize,
    pub behaviour: String,
    pub measured: Measured,
    /// The classifier whose loss the behaviour is, with one label for each example.
    pub classification: Option<Arc<Classification>>,
    /// Declared names of all outputs that are read, in the order of the declarations.
    pub outputs: Vec<String>,
    /// The hypothesis on the dataset of the candidates, where the ranking reads what it predicts.
    pub scrubbed: Option<Box<Ready>>,
    /// A number for each candidate; reads [`SCRUBBED`].
    pub rank: Typed,
    pub draws: usize,
    pub budget: usize,
    /// A bool that reads outputs and behaviours; by default the largest logit is not the label.
    pub success: Option<Typed>,
    /// The behaviours that `success` reads, by name.
    pub behaviours: BTreeMap<String, Measured>,
    pub candidates: Candidates,
    pub expected: Vec<RateBound>,
}

/// Where the parts of a challenge stand.
#[derive(Debug, Clone, Copy)]
pub struct FoolingSpans {
    pub name: Span,
    pub rank: Span,
    pub budget: Span,
    /// The whole of `match`, if it is there.
    pub matched: Option<Span>,
}

/// What stays the same for all expressions of a challenge.
struct About<'a> {
    item: &'a ast::Challenge,
    fools: &'a ast::Fools,
    hypothesis: &'a ast::Hypothesis,
    model: usize,
    data: usize,
    own_data: usize,
    scope: Scope,
}

impl Checker<'_> {
    /// Checks a challenge that fools; nothing for one of another kind.
    pub fn fooling(&mut self, item: &ast::Challenge) -> Option<Fooling> {
        let Aim::Fools(fools) = &item.aim else { return None };
        let before = self.errors();
        let budget =
            self.line(item, fools.budget.as_ref(), "budget").and_then(|expr| self.count(expr, "budget", MOST_TRIED));
        let draws = item.draws.as_ref().map(|expr| self.count(expr, "draws", MOST_DRAWS));
        let rank_line = self.line(item, fools.rank.as_ref(), "rank");
        let about = self.about(item, fools)?;
        let measured = self.measured(&about);
        let rank = rank_line.and_then(|rank| self.rank(&about, rank, measured.as_ref()));
        let (success, behaviours) = self.success(&about, measured.as_ref());
        let expected = self.expected_rates((about.item, about.fools), measured.as_ref());
        let candidates = self.candidates(&about);
        let (rank, reads_scrubbed) = rank?;
        let (budget, draws, candidates, measured) = (budget?, draws.unwrap_or(Some(DRAWS))?, candidates?, measured?);
        let scrubbed = match reads_scrubbed {
            true => Some(Box::new(self.on_candidates(about.hypothesis, fools.from.as_ref()?)?)),
            false => None,
        };
        self.told_of_all(fools.budget.as_ref().map_or(item.span, |expr| expr.span), budget, &candidates);
        let mut read: BTreeSet<String> = measured.reads();
        read.extend(success.iter().flat_map(reads));
        read.extend(behaviours.values().flat_map(Measured::reads));
        let declared = self.file.models[about.model].body.outputs.iter().map(|output| output.name.text.clone());
        (self.errors() == before).then(|| Fooling {
            name: reference_name(&item.name),
            docs: item.docs.clone(),
            spans: FoolingSpans {
                name: item.name.span,
                rank: rank.span,
                budget: fools.budget.as_ref().map_or(item.span, |expr| expr.span),
                matched: matched_span(fools),
            },
            hypothesis: reference_name(&about.hypothesis.name),
            model: about.model,
            data: about.data,
            own_data: about.own_data,
            behaviour: about.hypothesis.behaviour.text.clone(),
            classification: of_one_label(&measured).map(Arc::new),
            measured,
            outputs: declared.filter(|output| read.contains(output)).collect(),
            scrubbed,
            rank,
            draws,
            budget,
            success,
            behaviours,
            candidates,
            expected,
        })
    }

    /// A line that must be there.
    fn line<'e>(&mut self, item: &ast::Challenge, line: Option<&'e ast::Expr>, word: &str) -> Option<&'e ast::Expr> {
        if line.is_none() {
            self.sink.push(messages::line_absent(item.name.span, &reference_name(&item.name), word));
        }
        line
    }

    /// A whole number above zero.
    fn count(&mut self, expr: &ast::Expr, line: &str, most: i64) -> Option<usize> {
        let value = integer::evaluate(expr, &BTreeMap::new(), self.sink)?;
        if !(1..=most).contains(&value) {
            self.sink.push(messages::nothing_tried(expr.span, line, value, most));
            return None;
        }
        usize::try_from(value).ok()
    }

    /// The hypothesis and the candidates: both for one model.
    fn about<'a>(&mut self, item: &'a ast::Challenge, fools: &'a ast::Fools) -> Option<About<'a>>
    where
        Self: 'a,
    {
        let name = reference_name(&item.hypothesis);
        let own = self.file.hypotheses.iter().find(|found| reference_name(&found.name) == name);
        if own.is_none() && !name.is_empty() {
            let all: Vec<String> = self.file.hypotheses.iter().map(|found| reference_name(&found.name)).collect();
            let near = nearest(&name, all.iter().map(String::as_str));
            self.sink.push(names::unknown(item.hypothesis.span, "hypothesis", &name, &near));
        }
        let Some(from) = &fools.from else {
            self.sink.push(messages::line_absent(item.name.span, &reference_name(&item.name), "from"));
            return None;
        };
        if from.text.is_empty() {
            return None;
        }
        let all: Vec<&str> = self.file.data.iter().map(|data| data.name.text.as_str()).collect();
        let data = self.chosen("dataset", Some(from), &all, from.span, "from")?;
        let hypothesis = own?.clone();
        // Which of several it is about has been said at the hypothesis.
        let found = self.silently(|checker| {
            let model = checker.chosen_model(hypothesis.model.as_ref(), hypothesis.name.span, "of")?;
            Some((model, checker.chosen_data(hypothesis.data.as_ref(), hypothesis.name.span)?))
        });
        let (model, own_data) = found?;
        if self.models_of_data[data].is_some_and(|of| of != model) {
            let (declared, stated) = (self.file.data[data].name.span, hypothesis.name.span);
            self.sink.push(messages::other_model(from.span, &from.text, declared, &name, stated));
            return None;
        }
        let scope = self.scope(model, Some(data)).as_ref().clone();
        let hypothesis = self.file.hypotheses.iter().find(|found| reference_name(&found.name) == name)?;
        Some(About { item, fools, hypothesis, model, data, own_data, scope })
    }

    /// The hypothesis' behaviour on the candidates.
    fn measured(&mut self, about: &About<'_>) -> Option<Measured> {
        let name = &about.hypothesis.behaviour.text;
        let behaviour = self.file.behaviours.iter().find(|found| found.name.text == *name)?;
        let mut findings = Vec::new();
        let found = check_behaviour(behaviour, &about.scope, &mut findings);
        self.say_once(findings);
        found
    }

    /// What has not been said where the same was checked on another dataset.
    fn say_once(&mut self, findings: Vec<Diagnostic>) {
        for finding in findings {
            if finding.is_error() && !self.sink.contains(&finding) {
                self.sink.push(finding);
            }
        }
    }

    /// What is found is not told.
    pub(super) fn silently<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::take(self.sink);
        let found = act(self);
        *self.sink = before;
        found
    }

    /// The hypothesis on the dataset of the candidates. What its claims say of that dataset is not
    /// tested here, so that a value of a single row is no mistake.
    fn on_candidates(&mut self, hypothesis: &ast::Hypothesis, from: &ast::Ident) -> Option<Ready> {
        let variant = ast::Hypothesis { data: Some(from.clone()), ..hypothesis.clone() };
        let before = std::mem::take(self.sink);
        self.tests_claims = false;
        let found = self.hypothesis(&variant);
        self.tests_claims = true;
        let findings = std::mem::replace(self.sink, before);
        self.say_once(findings);
        found
    }

    /// The ranking, and whether it reads what the hypothesis predicts.
    fn rank(&mut self, about: &About<'_>, rank: &ast::Expr, measured: Option<&Measured>) -> Option<(Typed, bool)> {
        let explained = &about.hypothesis.behaviour.text;
        let known = self.errors();
        let behaviours: Vec<&str> = self.file.behaviours.iter().map(|found| found.name.text.as_str()).collect();
        let (scope, sink) = (&about.scope, &mut *self.sink);
        let is_value = |name: &String| scope.features.contains_key(name) || scope.values.contains_key(name);
        let mut reads_scrubbed = false;
        let written = replaced(rank, &mut |expr| match &expr.kind {
            ExprKind::Call { function, arguments } if function.text == "scrubbed" => {
                let is_own = matches!(arguments.as_slice(), [one] if one.kind == ExprKind::Name(explained.clone()));
                if !is_own {
                    sink.push(messages::scrubbed_of_another(expr.span, explained));
                    return Some(ExprKind::Error);
                }
                reads_scrubbed = true;
                Some(ExprKind::Name(SCRUBBED.to_owned()))
            }
            ExprKind::Call { function, .. } if function.text == "clean" => {
                sink.push(messages::ranking_reads_model(expr.span, "clean(...)"));
                Some(ExprKind::Error)
            }
            ExprKind::Name(name) if !is_value(name) => {
                let leaks = scope.outputs.contains_key(name) || behaviours.contains(&name.as_str());
                leaks.then(|| {
                    sink.push(messages::ranking_reads_model(expr.span, name));
                    ExprKind::Error
                })
            }
            _ => None,
        });
        let mut scope = about.scope.clone();
        scope.values.insert(SCRUBBED.to_owned(), Some(Named::new(ValueType::without_axes(Scalar::Real))));
        let found = check_expr(&written, &scope, Purpose::Feature, self.sink)?;
        let answers = measured.map(|measured| self.answers(about, measured)).unwrap_or_default();
        if let Some(column) = reads(&found).intersection(&answers).next() {
            let place = crate::feature::reading(&found, column).map_or(rank.span, |place| place.span);
            let is_inside = place.file == rank.span.file && rank.span.to(place) == rank.span;
            let place = if is_inside { place } else { rank.span };
            self.sink.push(messages::ranking_reads_label(place, column, explained));
        }
        let is_number =
            matches!(found.ty.scalar, Scalar::Bool | Scalar::Int | Scalar::Real) && found.ty.dims.is_empty();
        if !is_number && self.errors() == known {
            self.sink.push(messages::of_no_use(rank.span, "rank by", "a number or a bool", &found.ty.to_string()));
        }
        (self.errors() == known).then_some((found, reads_scrubbed))
    }

    /// Columns that the behaviour reads and the model does not: labels.
    fn answers(&self, about: &About<'_>, measured: &Measured) -> BTreeSet<String> {
        let body = &self.file.models[about.model].body;
        let is_model = |name: &String| {
            body.inputs.iter().any(|input| input.name.text == *name)
                || body.outputs.iter().any(|output| output.name.text == *name)
        };
        measured.reads().into_iter().filter(|name| !is_model(name)).collect()
    }

    /// When a candidate fools the model, and the behaviours that are read for it.
    fn success(&mut self, about: &About<'_>, own: Option<&Measured>) -> (Option<Typed>, BTreeMap<String, Measured>) {
        let Some(written) = &about.fools.success else {
            if own.is_some_and(|own| of_one_label(own).is_none()) {
                let (name, explained) = (reference_name(&about.item.name), &about.hypothesis.behaviour.text);
                self.sink.push(messages::success_unknown(about.item.name.span, &name, explained));
            }
            return (None, BTreeMap::new());
        };
        let mut scope = about.scope.clone();
        let mut named: BTreeSet<String> = BTreeSet::new();
        replaced(written, &mut |expr| {
            if let ExprKind::Name(name) = &expr.kind {
                named.insert(name.clone());
            }
            None
        });
        let mut behaviours = BTreeMap::new();
        for item in self.file.behaviours.iter().filter(|item| named.contains(&item.name.text)) {
            let name = &item.name.text;
            if scope.features.contains_key(name) || scope.values.contains_key(name) || scope.outputs.contains_key(name)
            {
                continue;
            }
            let mut findings = Vec::new();
            let measured = check_behaviour(item, &about.scope, &mut findings);
            self.say_once(findings);
            let real = Named::new(ValueType::without_axes(Scalar::Real));
            scope.values.insert(name.clone(), measured.is_some().then_some(real));
            behaviours.extend(measured.map(|measured| (name.clone(), measured)));
        }
        (self.truth(written, &scope, Purpose::Behaviour, "success"), behaviours)
    }

    /// A bool for each candidate.
    fn truth(&mut self, written: &ast::Expr, scope: &Scope, purpose: Purpose, line: &str) -> Option<Typed> {
        let found = check_expr(written, scope, purpose, self.sink)?;
        if found.ty.scalar != Scalar::Bool || !found.ty.dims.is_empty() {
            self.sink.push(messages::of_no_use(written.span, line, "a bool", &found.ty.to_string()));
            return None;
        }
        Some(found)
    }

    /// The rows that can be tried.
    fn candidates(&mut self, about: &About<'_>) -> Option<Candidates> {
        let filter = about.fools.filter.as_ref();
        let typed = filter.map(|filter| self.truth(filter, &about.scope, Purpose::Feature, "where"));
        let matched = match about.fools.matched.as_slice() {
            [] => Some(Vec::new()),
            written => {
                let each = written.iter().map(|expr| check_claim(expr, &about.scope, self.sink));
                each.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>().map(|all| all.concat())
            }
        };
        let (typed, matched) = (typed.map_or(Some(None), |found| found.map(Some))?, matched?);
        let dataset = self.datasets[about.data].as_ref()?;
        let own = (about.data != about.own_data).then(|| self.datasets[about.own_data].as_ref()).flatten();
        let inputs: Vec<&str> =
            self.file.models[about.model].body.inputs.iter().map(|input| input.name.text.as_str()).collect();
        let place = filter
            .map_or_else(|| about.fools.from.as_ref().map_or(about.item.span, |from| from.span), |expr| expr.span);
        match sorted(dataset, own, (&inputs, typed.as_ref(), &matched)) {
            Err(finding) => self.sink.push(*finding),
            Ok(found) if found.passing.is_empty() => {
                let counts = (found.rows, found.duplicates, found.known);
                self.sink.push(messages::no_candidates(place, &dataset.name, counts));
            }
            Ok(found) if found.is_unique() => {
                let span = matched_span(about.fools).unwrap_or(place);
                self.sink.push(messages::all_unique(span, found.passing.len()));
            }
            Ok(found) => return Some(found),
        }
        None
    }

    /// A budget that leaves nothing to choose from.
    fn told_of_all(&mut self, span: Span, budget: usize, candidates: &Candidates) {
        if budget >= candidates.passing.len() {
            self.sink.push(messages::all_tried(span, budget, candidates.passing.len()));
        }
    }
}

fn matched_span(fools: &ast::Fools) -> Option<Span> {
    Some(fools.matched.first()?.span.to(fools.matched.last()?.span))
}

/// The classifier of a loss with one label for each example.
pub(super) fn of_one_label(measured: &Measured) -> Option<Classification> {
    classification(measured).filter(|found| found.dims.is_empty() && found.is_sound())
}

/// The rows that can be tried, what passes the filter, and what a control shall agree on.
fn sorted(
    dataset: &Dataset,
    own: Option<&Dataset>,
    (inputs, filter, matched): (&[&str], Option<&Typed>, &[Typed]),
) -> Result<Candidates, Box<Diagnostic>> {
    let mut found = new_rows(dataset, own, inputs);
    if let Some(filter) = filter {
        found.filter(filter, dataset)?;
    }
    if !matched.is_empty() {
        found.sort_by(matched, dataset)?;
    }
    Ok(found)
}
