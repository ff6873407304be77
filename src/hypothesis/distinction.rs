//! Challenges of the second kind, checked: two sets of rows that a hypothesis' nodes shall tell apart.

use super::check::{Checker, Ready};
use super::claim::End;
use super::expect::reference_name;
use super::row_sets::{Members, compare};
use crate::data::Scalar;
use crate::diagnostics::messages::{claims, distinctions as messages, names, structure, types};
use crate::diagnostics::nearest;
use crate::feature::{Purpose, Typed, check_expr};
use crate::source::Span;
use crate::syntax::ast::{self, Comparison, ExprKind};

/// How often each row is scrubbed where nobody says.
const DRAWS: usize = 8;
/// No challenge scrubs a row more often.
const MOST_DRAWS: i64 = 1_000;

/// What a row is scored by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Score {
    /// What one node alone adds to the behaviour, node by node.
    Direct,
    /// What scrubbing the row changes.
    Effect,
    /// How far what is claimed lies from where it lies on trusted rows.
    Mahalanobis,
}

impl Score {
    /// In the order of reports.
    pub const ALL: [Score; 3] = [Score::Effect, Score::Direct, Score::Mahalanobis];
    pub const NAMES: [&'static str; 3] = ["direct", "effect", "mahalanobis"];

    #[must_use]
    pub fn from_name(name: &str) -> Option<Score> {
        Score::ALL.into_iter().find(|score| score.name() == name)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Score::Direct => "direct",
            Score::Effect => "effect",
            Score::Mahalanobis => "mahalanobis",
        }
    }
}

/// Which rows a score is fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// Half of the trusted rows.
    Trusted,
    /// Half of either set, with what they are.
    Supervised,
}

impl Setting {
    pub const NAMES: [&'static str; 2] = ["trusted", "supervised"];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Setting::Trusted => "trusted",
            Setting::Supervised => "supervised",
        }
    }
}

/// What is said of a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    Auroc,
    /// Average precision.
    Precision,
}

impl Measure {
    pub const NAMES: [&'static str; 2] = ["auroc", "precision"];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Measure::Auroc => "auroc",
            Measure::Precision => "precision",
        }
    }
}

/// A bound on a ranking.
#[derive(Debug, Clone)]
pub struct RankingBound {
    pub measure: Measure,
    pub score: Score,
    pub setting: Setting,
    pub comparison: Comparison,
    pub bound: f64,
    pub span: Span,
}

/// One of the two sets.
#[derive(Debug, Clone)]
pub struct RowSet {
    /// The place of the dataset in [`super::Checked::datasets`].
    pub data: usize,
    pub span: Span,
    /// How many rows of it are in the set.
    pub rows: usize,
    /// Of each different input of the model the first of these rows, in row order.
    pub distinct: Vec<u32>,
}

/// Which rows of which dataset.
struct Asked {
    data: usize,
    /// A bool; all of them if absent.
    filter: Option<Typed>,
    span: Span,
}

/// Two sets of rows of data for one model, and the hypothesis that is to tell them apart.
#[derive(Debug, Clone)]
pub struct Distinction {
    pub name: String,
    pub docs: String,
    /// By name.
    pub hypothesis: String,
    pub trusted: RowSet,
    pub anomalous: RowSet,
    /// In the order of reports, each once.
    pub scores: Vec<Score>,
    /// How often each row is scrubbed, at least 1.
    pub draws: usize,
    pub expected: Vec<RankingBound>,
    pub span: Span,
}

impl Checker<'_> {
    /// Checks a challenge that distinguishes; `None` for one of the other kind, where its hypothesis is not
    /// ready, or with a mistake, which has then been reported.
    pub(super) fn distinction(&mut self, item: &ast::Challenge, hypotheses: &[Ready]) -> Option<Distinction> {
        let ast::Aim::Distinguishes(two) = &item.aim else { return None };
        let before = self.errors();
        let name = reference_name(&item.hypothesis);
        let ready = hypotheses.iter().find(|ready| ready.stated.claims.name == name);
        let Some(ready) = ready else {
            self.unknown_hypothesis(&item.hypothesis, &name);
            return None;
        };
        let trusted = self.asked_rows(two.trusted.as_ref(), "trusted", item, ready);
        let anomalous = self.asked_rows(two.anomalous.as_ref(), "anomalous", item, ready);
        let sets = trusted.zip(anomalous).and_then(|asked| self.row_sets(asked, ready));
        let scores = self.scores(item, two, ready);
        let draws = self.draws_of_rows(item.draws.as_ref());
        let expected: Vec<Option<RankingBound>> =
            item.expected.iter().map(|found| self.ranking_bound(found, &scores)).collect();
        let is_paired = ready.stated.claims.draws.iter().any(|draw| draw.paired);
        if ready.datasets.len() > 1 || is_paired {
            self.sink.push(messages::draws_elsewhere(item.hypothesis.span, &name));
        }
        (self.errors() == before).then_some(())?;
        let (trusted, anomalous) = sets?;
        Some(Distinction {
            name: reference_name(&item.name),
            docs: item.docs.clone(),
            hypothesis: name,
            trusted,
            anomalous,
            scores,
            draws: draws?,
            expected: expected.into_iter().collect::<Option<_>>()?,
            span: item.name.span,
        })
    }

    fn unknown_hypothesis(&mut self, reference: &ast::Reference, name: &str) {
        let all: Vec<String> = self.file.hypotheses.iter().map(|item| reference_name(&item.name)).collect();
        // One that is there has been reported.
        if !reference.name.text.is_empty() && !all.iter().any(|other| other == name) {
            let near = nearest(name, all.iter().map(String::as_str));
            self.sink.push(names::unknown(reference.span, "hypothesis", name, &near));
        }
    }

    /// The rows of both sets; `None` with findings where they cannot be told apart.
    fn row_sets(&mut self, (trusted, anomalous): (Asked, Asked), ready: &Ready) -> Option<(RowSet, RowSet)> {
        let model = self.models[ready.model].as_ref()?;
        let mut findings = Vec::new();
        let mut of = |asked: &Asked| {
            let dataset = self.datasets[asked.data].as_ref()?;
            let found = Members::of((asked.data, dataset), asked.filter.as_ref(), model, asked.span);
            found.map_err(|fault| findings.push(*fault)).ok()
        };
        let both = of(&trusted).zip(of(&anomalous));
        if let Some((trusted, anomalous)) = &both {
            compare((trusted, anomalous), ready, model, &mut findings);
        }
        let found = both.map(|(trusted, anomalous)| (trusted.set, anomalous.set));
        self.sink.extend(findings);
        found
    }

    fn asked_rows(
        &mut self,
        set: Option<&ast::ChallengedSet>,
        word: &str,
        item: &ast::Challenge,
        ready: &Ready,
    ) -> Option<Asked> {
        let Some(set) = set else {
            self.sink.push(messages::lacks_set(item.name.span, word));
            return None;
        };
        let data = match &set.from {
            None => ready.data,
            Some(from) => {
                let all: Vec<&str> = self.file.data.iter().map(|item| item.name.text.as_str()).collect();
                let data = self.chosen("dataset", Some(from), &all, from.span, "from")?;
                let model = *self.models_of_data.get(data)?;
                if model? != ready.model {
                    let model = &self.file.models[ready.model].name.text;
                    self.sink.push(claims::other_model(from.span, &from.text, model));
                    return None;
                }
                data
            }
        };
        let filter = match &set.filter {
            None => None,
            Some(expr) => {
                let scope = self.scope(ready.model, Some(data));
                let typed = check_expr(expr, &scope, Purpose::Feature, self.sink)?;
                if typed.ty.scalar != Scalar::Bool || !typed.ty.dims.is_empty() {
                    self.sink.push(types::mismatch(typed.span, &typed.ty, "a bool for each row"));
                    return None;
                }
                Some(typed)
            }
        };
        Some(Asked { data, filter, span: set.span })
    }

    /// Those that are asked for, or all that the hypothesis has.
    fn scores(&mut self, item: &ast::Challenge, two: &ast::Distinguishes, ready: &Ready) -> Vec<Score> {
        let claims = &ready.stated.claims;
        let has = |score: Score| match score {
            Score::Effect => true,
            Score::Direct => claims.arrows_into(End::Root).next().is_some(),
            Score::Mahalanobis => {
                let model = self.models[ready.model].as_ref();
                let parts = claims.nodes.iter().flat_map(|node| &node.parts);
                model.is_some_and(|model| parts.into_iter().any(|part| model.is_float(part.tensor)))
            }
        };
        if two.scores.is_empty() {
            return Score::ALL.into_iter().filter(|score| has(*score)).collect();
        }
        let mut asked = Vec::new();
        let mut findings = Vec::new();
        for name in two.scores.iter().filter(|name| !name.text.is_empty()) {
            match Score::from_name(&name.text) {
                None => {
                    let near = nearest(&name.text, Score::NAMES);
                    findings.push(names::unknown(name.span, "score", &name.text, &near));
                }
                Some(score) if !has(score) => {
                    let hypothesis = (reference_name(&item.hypothesis), ready.stated.spans.name);
                    findings.push(messages::no_such_score(name.span, score.name(), (&hypothesis.0, hypothesis.1)));
                }
                Some(score) => asked.push(score),
            }
        }
        self.sink.extend(findings);
        Score::ALL.into_iter().filter(|score| asked.contains(score)).collect()
    }

    fn draws_of_rows(&mut self, expr: Option<&ast::Expr>) -> Option<usize> {
        let Some(expr) = expr else { return Some(DRAWS) };
        match &expr.kind {
            ExprKind::Int(count) if (1..=MOST_DRAWS).contains(count) => usize::try_from(*count).ok(),
            ExprKind::Error => None,
            _ => {
                self.sink.push(messages::draws_out_of_range(expr.span, MOST_DRAWS));
                None
            }
        }
    }

    fn ranking_bound(&mut self, found: &ast::Expected, scores: &[Score]) -> Option<RankingBound> {
        let measure = match found.measure.text.as_str() {
            "auroc" => Some(Measure::Auroc),
            "precision" => Some(Measure::Precision),
            other => {
                self.sink.push(structure::unknown_metric(found.measure.span, other, &Measure::NAMES));
                None
            }
        };
        let setting = match found.setting.as_ref().map(|word| (word.text.as_str(), word.span)) {
            None | Some(("trusted", _)) => Some(Setting::Trusted),
            Some(("supervised", _)) => Some(Setting::Supervised),
            Some((other, span)) => {
                self.sink.push(names::unknown(span, "setting", other, &nearest(other, Setting::NAMES)));
                None
            }
        };
        let score = self.score_of(found, scores);
        if matches!(found.comparison, Comparison::Equal | Comparison::NotEqual) {
            self.sink.push(structure::equality(found.sign));
            return None;
        }
        let bound = match &found.bound.kind {
            ExprKind::Real(value) => *value,
            ExprKind::Int(value) => *value as f64,
            ExprKind::Error => return None,
            _ => {
                self.sink.push(structure::bound_not_a_number(found.bound.span));
                return None;
            }
        };
        let (measure, score, setting) = (measure?, score?, setting?);
        Some(RankingBound { measure, score, setting, comparison: found.comparison, bound, span: found.span })
    }

    fn score_of(&mut self, found: &ast::Expected, scores: &[Score]) -> Option<Score> {
        let Some(name) = &found.of else {
            self.sink.push(messages::ranking_of_what(found.measure.span, &found.measure.text));
            return None;
        };
        let score = Score::from_name(&name.text).filter(|score| scores.contains(score));
        if score.is_none() && !name.text.is_empty() {
            let mut near = nearest(&name.text, scores.iter().map(|score| score.name()));
            if near.is_empty() {
                near.extend(scores.iter().map(|score| score.name()).take(1));
            }
            self.sink.push(names::unknown(name.span, "score", &name.text, &near));
        }
        score
    }
}
