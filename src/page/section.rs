//! All about one hypothesis.

use super::examples::{Example, examples};
use super::graph::{Drawing, drawing, kind};
use super::panel::{Panel, panel};
use super::points::{Points, points};
use super::words::{self, Piece, Px, clause, count, number, percent, sign, signed};
use crate::report::{BlameReport, HypothesisReport, Report};

#[derive(Debug, Clone)]
pub struct Section {
    /// Unique in the page, and made of digits: names are no ids.
    pub id: String,
    pub name: String,
    /// What the file says of it, paragraph by paragraph.
    pub docs: Vec<String>,
    pub verdict: &'static str,
    pub sign: &'static str,
    /// `94.6 %`, `undefined` or `-`.
    pub recovered: String,
    pub range: String,
    pub scrubbed: String,
    pub model: String,
    pub baseline: String,
    /// What it is measured from.
    pub baseline_name: String,
    pub n: usize,
    /// `1000 references, as asked`
    pub sample: String,
    /// `recovers 94.6 % of loss (...)`
    pub sentence: String,
    pub expected: String,
    pub clauses: Vec<Clause>,
    pub drawing: Option<Drawing>,
    /// Why there is no drawing.
    pub undrawn: String,
    pub blame: Vec<Blame>,
    /// What the two claims with the greatest effect cost together.
    pub interaction: Vec<Piece>,
    pub panel: Panel,
    pub points: Option<Points>,
    pub examples: Vec<Example>,
    pub behaviour: String,
    /// Where what is not claimed comes from.
    pub scheme: String,
}

/// An expectation with its verdict.
#[derive(Debug, Clone)]
pub struct Clause {
    pub text: String,
    pub verdict: &'static str,
    pub sign: &'static str,
    pub line: u32,
}

#[derive(Debug, Clone)]
pub struct Blame {
    pub claim: String,
    pub line: u32,
    pub gain: String,
    pub range: String,
    pub recovered: String,
    pub kind: &'static str,
    /// What the interval says of the sign; empty where there is none.
    pub told: &'static str,
    /// Of the largest, in percent.
    pub bar: Px,
}

#[must_use]
pub fn section(at: usize, found: &HypothesisReport, report: &Report) -> Section {
    let drawing = drawing(found, &report.maps);
    let undrawn = match (&drawing, &found.graph) {
        (None, Some(graph)) if graph.nodes.is_empty() => {
            format!("It names no component: everything is taken as its scheme says ({}).", found.scheme.unclaimed)
        }
        (None, Some(_)) => "Its graph is too large to draw; the table has its arrows.".to_owned(),
        _ => String::new(),
    };
    Section {
        id: format!("h{}", at + 1),
        name: found.name.clone(),
        docs: paragraphs(&found.docs),
        verdict: found.verdict,
        sign: sign(found.verdict),
        recovered: match (found.recovered, &found.baseline) {
            (Some(recovered), _) => percent(recovered.value),
            (None, Some(_)) => "undefined".to_owned(),
            (None, None) => "-".to_owned(),
        },
        range: found.recovered.map(words::range).unwrap_or_default(),
        scrubbed: number(found.scrubbed.value),
        model: number(found.model.value),
        baseline: found.baseline.as_ref().map_or_else(|| "-".to_owned(), |baseline| number(baseline.value)),
        baseline_name: found.baseline.as_ref().map(|baseline| baseline.name.clone()).unwrap_or_default(),
        n: found.n,
        sample: format!("{}, {}", count(found.n, "reference", "references"), found.stopped),
        sentence: words::recovers(found),
        expected: words::expected(found),
        clauses: found
            .expectations
            .iter()
            .map(|expectation| Clause {
                text: clause(expectation),
                verdict: expectation.verdict,
                sign: sign(expectation.verdict),
                line: expectation.line,
            })
            .collect(),
        drawing,
        undrawn,
        blame: blamed(found.blame.as_deref().unwrap_or_default()),
        interaction: words::pieces(&interaction(found)),
        panel: panel(&found.panel),
        points: found.reference_points.as_ref().map(points),
        examples: examples(found),
        behaviour: found.behaviour.clone(),
        scheme: found.scheme.line(),
    }
}

fn interaction(found: &HypothesisReport) -> String {
    let Some(both) = &found.interaction else { return String::new() };
    let (Some(gain), Some(excess)) = (both.gain, both.excess) else { return String::new() };
    let [first, second] = &both.claims;
    format!(
        "`{first}` and `{second}` together, on the first {} references: {} ({}). Beyond what they cost one by one: {} ({}).",
        both.references,
        signed(gain.value),
        words::range(gain),
        signed(excess.value),
        words::range(excess)
    )
}

fn paragraphs(docs: &str) -> Vec<String> {
    let one = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    docs.split("\n\n").map(one).filter(|text| !text.is_empty()).collect()
}

fn blamed(all: &[BlameReport]) -> Vec<Blame> {
    let gains = all.iter().filter_map(|one| one.gain).map(|gain| gain.value.abs());
    let largest = gains.fold(f64::MIN_POSITIVE, f64::max);
    let one = |one: &BlameReport| {
        let kind = one.gain.map_or("even", |gain| kind(gain.low, gain.high));
        let is_nothing = one.gain.is_some_and(|gain| [gain.value, gain.low, gain.high] == [0.0; 3]);
        Blame {
            claim: one.claim.clone(),
            line: one.line,
            gain: match one.gain {
                Some(_) if is_nothing => "nothing".to_owned(),
                Some(gain) => signed(gain.value),
                None => "undefined".to_owned(),
            },
            range: one.gain.filter(|_| !is_nothing).map(words::range).unwrap_or_default(),
            recovered: one.recovered.map(|recovered| percent(recovered.value)).unwrap_or_default(),
            kind,
            told: match kind {
                "cost" => "costs",
                "help" => "helps",
                _ if is_nothing || one.gain.is_none() => "",
                _ => "not clear",
            },
            bar: Px(one.gain.map_or(0.0, |gain| 100.0 * gain.value.abs() / largest)),
        }
    };
    all.iter().map(one).collect()
}
