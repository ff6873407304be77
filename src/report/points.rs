//! Reference points in the report: what a score can be held against.

use super::blame::range;
use super::text::{folded, percent, place};
use super::{Interval, Report, interval, scheme};
use crate::diagnostics::clean;
use crate::hypothesis::{Checked, End, NodeIx, Ready};
use crate::run::{Changed, ReferencePoints};
use crate::source::{Sources, Span};
use crate::vary::Change;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What a score can be held against. The whole model recovers 1 by definition.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PointsReport {
    /// The first references of the hypothesis, on which all but changes is measured.
    pub references: usize,
    /// What the hypothesis itself recovers on these.
    pub own: Option<Interval>,
    /// Without any claim.
    pub empty: Option<Interval>,
    /// The same claims with the features of other rows; `null` if it has no features.
    pub permuted: Option<Interval>,
    /// `null` if no node could be elsewhere.
    pub random: Option<RandomReport>,
    pub changes: Option<ChangesReport>,
}

/// The same claims between random places.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RandomReport {
    pub drawn: usize,
    /// Those that recover less.
    pub beaten: usize,
    pub p: f64,
    /// What each of them recovers, ascending.
    pub recovered: Vec<f64>,
}

/// Changes of one claim.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangesReport {
    pub tried: usize,
    /// `null` if none recovers less.
    pub worst: Option<ChangeReport>,
    /// `null` if none recovers more.
    pub best: Option<ChangeReport>,
}

/// A change that was chosen on the first references and measured on as many others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeReport {
    pub change: String,
    pub file: String,
    pub line: u32,
    pub recovered: Option<Interval>,
    /// What it recovers more than the hypothesis, paired by reference.
    pub gain: Option<Interval>,
}

pub(super) fn points(found: &ReferencePoints, ready: &Ready, checked: &Checked, sources: &Sources) -> PointsReport {
    let change = |changed: &Changed| {
        let (change, span) = told(&changed.change, ready, checked, sources);
        let file = sources.get(sources.written(span.file));
        ChangeReport {
            change,
            file: file.map(|file| file.name.clone()).unwrap_or_default(),
            line: file.map_or(0, |file| file.line_column(span.start).line),
            recovered: changed.recovered.map(interval),
            gain: changed.gain.map(interval),
        }
    };
    PointsReport {
        references: found.references,
        own: found.own.map(interval),
        empty: found.empty.map(interval),
        permuted: found.permuted.map(interval),
        random: found.random.as_ref().map(|random| RandomReport {
            drawn: random.recovered.len(),
            beaten: random.beaten,
            p: random.p,
            recovered: random.recovered.clone(),
        }),
        changes: found.changes.as_ref().map(|changes| ChangesReport {
            tried: changes.tried,
            worst: changes.worst.as_ref().map(change),
            best: changes.best.as_ref().map(change),
        }),
    }
}

/// A change in words, and the line that it is about.
fn told(change: &Change, ready: &Ready, checked: &Checked, sources: &Sources) -> (String, Span) {
    let (stated, spans) = (&ready.stated, &ready.stated.spans);
    let words = |span: Span| sources.slice(span).split_whitespace().collect::<Vec<_>>().join(" ");
    let name = |node: &NodeIx| stated.claims.node(*node).name.clone();
    let place = |node: &NodeIx| spans.nodes[node.0].0;
    match change {
        Change::Without(arrow) => (format!("without `{}`", words(spans.arrows[*arrow])), spans.arrows[*arrow]),
        Change::PortsApart(arrow) => {
            (format!("the ports of `{}` drawn apart", words(spans.arrows[*arrow])), spans.arrows[*arrow])
        }
        Change::Nothing(node) => (format!("`{}` computes any", name(node)), place(node)),
        Change::WithoutPart(node, part) => {
            (format!("`{}` computes its tuple without part {}", name(node), part + 1), place(node))
        }
        Change::Operands(node) => {
            (format!("`{}` computes both sides of `{}`", name(node), words(spans.nodes[node.0].1)), place(node))
        }
        Change::Also(node, other) => (format!("`{}` also computes `{}`", name(node), words(*other)), place(node)),
        Change::PartsApart(node) => (format!("the parts of `{}` drawn apart", name(node)), place(node)),
        Change::Apart(End::Root) => {
            let scheme = scheme::scheme(ready, checked).unclaimed;
            (format!("`unclaimed apart` for `{}`, not {scheme}", ready.behaviour), spans.name)
        }
        Change::Apart(End::Node(node)) => (format!("`unclaimed apart` for `{}`", name(node)), place(node)),
    }
}

/// A block for each hypothesis that has reference points.
pub(super) fn write(report: &Report, out: &mut String) {
    let hypotheses = &report.hypotheses;
    for found in hypotheses {
        let Some(points) = &found.reference_points else { continue };
        let n = points.references;
        folded(&format!("{}: {} on its first {n} references", clean(&found.name), share(points.own)), out);
        let mut line = |value: Option<Interval>, text: &str| {
            let shown = value.map_or_else(
                || format!("{:>9}  {:21}", "undefined", ""),
                |value| format!("{:>9}  {:^21}", percent(value.value), range(value)),
            );
            folded(&format!("{shown}  {text}"), out);
        };
        line(points.empty, "without any claim");
        if points.permuted.is_some() {
            line(points.permuted, "with permuted features");
        }
        if let Some(changes) = &points.changes {
            let told = |kind: &str, change: &ChangeReport| {
                let of = if changes.tried == 1 { String::new() } else { format!(" of {} changes", changes.tried) };
                format!("{kind}{of}: {} ({})", clean(&change.change), place(report, &change.file, change.line))
            };
            if let Some(worst) = &changes.worst {
                line(worst.recovered, &told("worst", worst));
            }
            if let Some(best) = &changes.best {
                line(best.recovered, &told("best", best));
            }
        }
        match &points.random {
            Some(random) => folded(&ranked(random), out),
            None => folded("no other places that its claims could be about", out),
        }
        out.push('\n');
    }
    if hypotheses.iter().any(|found| found.reference_points.is_some()) {
        let _ = writeln!(out, "a random explanation has the same claims between other components");
        folded("changes are chosen on the first references, and measured on as many others", out);
        out.push('\n');
    }
}

fn share(value: Option<Interval>) -> String {
    value.map_or_else(|| "undefined".to_owned(), |value| percent(value.value))
}

fn ranked(random: &RandomReport) -> String {
    let at = |share: f64| {
        let place = (share * random.recovered.len().saturating_sub(1) as f64).round() as usize;
        random.recovered.get(place).copied().map_or_else(String::new, percent)
    };
    // However well a hypothesis does, so few give no smaller p.
    let least = 1.0 / (1.0 + random.drawn as f64);
    let few = if least > 0.05 { format!(", at least {least:.3} with so few") } else { String::new() };
    format!(
        "beats {} of {} random explanations of its size (p = {:.3}{few}), which recover {} in the middle and {} at most",
        random.beaten,
        random.drawn,
        random.p,
        at(0.5),
        at(1.0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_random_explanations_cannot_give_a_small_p() {
        let beaten = |drawn: usize| {
            let p = 1.0 / (1.0 + drawn as f64);
            ranked(&RandomReport { drawn, beaten: drawn, p, recovered: vec![0.25; drawn] })
        };
        assert!(beaten(4).contains("(p = 0.200, at least 0.200 with so few)"), "{}", beaten(4));
        assert!(beaten(19).contains("(p = 0.050)"), "{}", beaten(19));
    }
}
