//! Blame in the report: what each claim of a hypothesis costs.

use super::read::{Word, word};
use super::text::{folded, percent, place};
use super::{Interval, Report, family, interval, scheme};
use crate::diagnostics::clean;
use crate::hypothesis::{Checked, DrawIx, End, NodeIx, Ready};
use crate::run::{Blame, Claim, Done, Interaction};
use crate::source::{Sources, Span};
use serde::{Deserialize, Serialize};

/// What is laid at one claim.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BlameReport {
    /// As it is written in the file, or nearly so.
    pub claim: String,
    #[serde(deserialize_with = "word")]
    pub kind: Word,
    /// The file and the line of the claim, or of the node or hypothesis that it is about.
    pub file: String,
    pub line: u32,
    /// The place of the arrow in the graph of the hypothesis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrow: Option<usize>,
    /// The place of the node in the graph of the hypothesis, for what it leaves unclaimed, or its rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<usize>,
    /// With the draws of this claim exact; `null` where recovered is undefined.
    pub recovered: Option<Interval>,
    /// What that recovers more, paired by reference.
    pub gain: Option<Interval>,
}

/// What two claims cost together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InteractionReport {
    pub claims: [String; 2],
    /// The first ones, on which it is measured.
    pub references: usize,
    /// What is recovered more with the draws of both exact.
    pub gain: Option<Interval>,
    /// What that is more than their gains one by one.
    pub excess: Option<Interval>,
}

/// The interaction of the two claims with the greatest effect.
pub(super) fn interaction(
    found: &Interaction,
    ready: &Ready,
    checked: &Checked,
    sources: &Sources,
) -> InteractionReport {
    InteractionReport {
        claims: found.claims.map(|claim| told(claim, ready, checked, sources).0),
        references: found.references,
        gain: found.gain.map(interval),
        excess: found.excess.map(interval),
    }
}

/// The blame of a hypothesis, the largest gain first.
pub(super) fn blame(done: &Done, ready: &Ready, checked: &Checked, sources: &Sources) -> Vec<BlameReport> {
    let one = |blame: &Blame| {
        let (claim, kind, span) = told(blame.claim, ready, checked, sources);
        let file = sources.get(sources.written(span.file));
        BlameReport {
            claim,
            kind,
            file: file.map(|file| file.name.clone()).unwrap_or_default(),
            line: file.map_or(0, |file| file.line_column(span.start).line),
            arrow: if let Claim::Arrow(at) = blame.claim { Some(at) } else { None },
            node: match blame.claim {
                Claim::Unclaimed(End::Node(at), _) | Claim::Rest(at) => Some(at.0),
                _ => None,
            },
            recovered: blame.recovered.map(interval),
            gain: blame.gain.map(interval),
        }
    };
    let mut found: Vec<BlameReport> = done.blame.iter().map(one).collect();
    let gain = |blame: &BlameReport| blame.gain.map_or(f64::NEG_INFINITY, |gain| gain.value);
    found.sort_by(|a, b| gain(b).total_cmp(&gain(a)));
    found
}

/// A claim as it is written, its kind and its place.
pub(super) fn told(claim: Claim, ready: &Ready, checked: &Checked, sources: &Sources) -> (String, &'static str, Span) {
    let (stated, spans) = (&ready.stated, &ready.stated.spans);
    let node = |node: NodeIx| stated.claims.node(node).name.clone();
    match claim {
        Claim::Arrow(at) => {
            let words: Vec<&str> = sources.slice(spans.arrows[at]).split_whitespace().collect();
            (words.join(" "), "arrow", spans.arrows[at])
        }
        Claim::Unclaimed(End::Root, _) => {
            let scheme = scheme::scheme(ready, checked).unclaimed;
            (format!("unclaimed {scheme} for {}", ready.behaviour), "unclaimed", spans.name)
        }
        Claim::Unclaimed(End::Node(at), port) => {
            (format!("what is unclaimed of {}", stated.spelled(at, port)), "unclaimed", spans.nodes[at.0].0)
        }
        Claim::Named(DrawIx(at)) => (format!("draw {}", stated.claims.draws[at].name), "draw", spans.draws[at]),
        Claim::Rest(at) => (format!("the rest of {}", node(at)), "rest", spans.nodes[at.0].0),
    }
}

/// A block for each hypothesis that is listed by itself.
pub(super) fn write(report: &Report, out: &mut String) {
    let hypotheses = &report.hypotheses;
    let listed = hypotheses.iter().filter(|found| !family::is_tabulated(found.arguments.as_ref()));
    let mut written = false;
    for found in listed {
        let Some(blame) = found.blame.as_ref().filter(|blame| !blame.is_empty()) else { continue };
        folded(&format!("{}: recovered more with the draws of one claim exact", clean(&found.name)), out);
        for one in blame {
            let gain = one.gain.map_or_else(
                || format!("{:>9}  {:21}", "undefined", ""),
                |gain| format!("{:>9}  {:^21}", percent(gain.value), range(gain)),
            );
            folded(&format!("{gain}  {} ({})", clean(&one.claim), place(report, &one.file, one.line)), out);
        }
        if let Some(InteractionReport { claims, gain: Some(gain), excess: Some(excess), references }) =
            &found.interaction
        {
            let [first, second] = claims.each_ref().map(|claim| clean(claim));
            let more = if excess.value < 0.0 { "less" } else { "more" };
            let apart = percent(excess.value.abs());
            folded(
                &format!(
                    "{:>9}  {:^21}  both `{first}` and `{second}`, {apart} {more} than one by one ({}; {references} references)",
                    percent(gain.value),
                    range(*gain),
                    range(*excess)
                ),
                out,
            );
        }
        out.push('\n');
        written = true;
    }
    let members = hypotheses.iter().filter(|found| family::is_tabulated(found.arguments.as_ref()));
    let members = members.filter(|found| found.blame.is_some()).count();
    if members > 0 {
        folded(&format!("blame of {members} hypotheses that stand in tables: `--format json` has it"), out);
    }
    if written {
        folded("blame: each claim alone, all other draws unchanged; gains may be negative and need not add up", out);
        folded("what gains nothing is not thereby true: only what is missing can be blamed", out);
    }
    if written || members > 0 {
        out.push('\n');
    }
}

pub(super) fn range(gain: Interval) -> String {
    format!("{} .. {}", percent(gain.low), percent(gain.high))
}
