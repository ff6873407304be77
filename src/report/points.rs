//! Reference points in the report: what a score can be held against.

use super::blame::range;
use super::text::{folded, percent, place};
use super::{Interval, Report, interval, scheme};
use crate::diagnostics::clean;
use crate::hypothesis::{Checked, End, NodeIx, Ready};
use crate::run::{Changed, LARGEST_FAMILY, ReferencePoints};
use crate::source::{Sources, Span};
use crate::vary::Change;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a score can be held against. The whole model recovers 1 by definition.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PointsReport {
    /// The first references of the hypothesis, on which all but changes is measured. Changes are chosen on
    /// these, and measured on as many behind them.
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

impl RandomReport {
    /// However well a hypothesis does, so few give no smaller p; `None` where that does not matter.
    #[must_use]
    pub fn least_p(&self) -> Option<f64> {
        Some(1.0 / (1.0 + self.drawn as f64)).filter(|least| *least > 0.05)
    }
}

impl ChangesReport {
    /// The chosen ones with what they are, the worst first. One that is the worst of all and of the
    /// refinements stands there once.
    #[must_use]
    pub fn chosen(&self) -> Vec<(String, &ChangeReport)> {
        let of = |what: &str, count: usize, one: &str, many: &str| match count {
            1 => format!("the only {one}"),
            _ => format!("the {what} of {count} {many}"),
        };
        let change = |what: &str| of(what, self.tried, "change", "changes");
        let refinement = of("worst", self.refinements, "refinement", "refinements");
        let same = |a: &ChangeReport, b: &ChangeReport| a.change == b.change && a.line == b.line && a.file == b.file;
        let mut found = Vec::new();
        match (&self.worst, &self.worst_refinement) {
            (Some(worst), Some(finer)) if same(worst, finer) && self.tried > 1 => {
                found.push((format!("{}, a refinement", change("worst")), worst));
            }
            (worst, finer) => {
                found.extend(worst.iter().map(|worst| (change("worst"), worst)));
                let finer = finer.iter().filter(|finer| worst.as_ref().is_none_or(|worst| !same(worst, finer)));
                found.extend(finer.map(|finer| (refinement.clone(), finer)));
            }
        }
        found.extend(self.best.iter().map(|best| (change("best"), best)));
        found
    }
}

/// Changes of one claim.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangesReport {
    pub tried: usize,
    /// Those of them that claim more: a finer class, or draws that are split.
    pub refinements: usize,
    /// What the hypothesis itself recovers on the references that the chosen changes are measured on:
    /// as many as the first ones, behind them.
    pub own: Option<Interval>,
    /// `null` if none recovers less.
    pub worst: Option<ChangeReport>,
    /// `null` if no refinement recovers less.
    pub worst_refinement: Option<ChangeReport>,
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
            refinements: changes.refinements,
            own: changes.own.map(interval),
            worst: changes.worst.as_ref().map(change),
            worst_refinement: changes.worst_refinement.as_ref().map(change),
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
        let mut line = |value: Option<Interval>, text: &str| folded(&format!("{}  {text}", cells(value)), out);
        line(points.empty, "without any claim");
        if points.permuted.is_some() {
            line(points.permuted, "with permuted features");
        }
        match &points.random {
            Some(random) => folded(&ranked(random), out),
            None => folded("no other places that its claims could be about", out),
        }
        if let Some(changes) = &points.changes {
            changed(report, (changes, n), out);
        }
        out.push('\n');
    }
    if hypotheses.iter().any(|found| found.reference_points.is_some()) {
        folded("a random explanation has the same claims between other components", out);
        folded("changes are chosen on the first references, and measured on the next", out);
        out.push('\n');
    }
    let missing = missing(report);
    missing.iter().for_each(|line| folded(line, out));
    if !missing.is_empty() {
        out.push('\n');
    }
}

/// What the chosen changes recover, and how much more that is than the hypothesis on the same references.
fn changed(report: &Report, (changes, n): (&ChangesReport, usize), out: &mut String) {
    let chosen = changes.chosen();
    if chosen.is_empty() {
        folded(&format!("no change of a single claim recovers more or less on them, of {} tried", changes.tried), out);
        return;
    }
    folded(
        &format!(
            "one claim changed, on the next {n} references, where it recovers {}: recovered, and how much more",
            share(changes.own)
        ),
        out,
    );
    for (what, change) in chosen {
        let gain = change.gain.map_or_else(
            || format!("{:>9}  {:21}", "undefined", ""),
            |gain| format!("{:>9}  {:^21}", signed(gain.value), range(gain)),
        );
        let (recovered, place) = (share(change.recovered), place(report, &change.file, change.line));
        folded(&format!("{recovered:>9}  {gain}  {what}: {} ({place})", clean(&change.change)), out);
    }
}

/// Why hypotheses that were to have reference points have none.
#[must_use]
pub fn missing(report: &Report) -> Vec<String> {
    if !report.provenance.command.iter().any(|word| word == "--reference-points") {
        return Vec::new();
    }
    let mut families: BTreeMap<&str, usize> = BTreeMap::new();
    let mut others = Vec::new();
    for found in report.hypotheses.iter().filter(|found| found.reference_points.is_none()) {
        let members =
            |family: &str| report.hypotheses.iter().filter(|one| one.family.as_deref() == Some(family)).count();
        match found.family.as_deref().map(|family| (family, members(family))) {
            Some((family, members)) if members > LARGEST_FAMILY => *families.entry(family).or_default() = members,
            _ => others.push(format!("`{}`", clean(&found.name))),
        }
    }
    let family = |(name, members): (&&str, &usize)| {
        let name = clean(name);
        format!("no reference points of `{name}`, a family of {members}: they are for {LARGEST_FAMILY} members at most")
    };
    let mut told: Vec<String> = families.iter().map(family).collect();
    if !others.is_empty() {
        let names = others.join(", ");
        told.push(format!("no reference points of {names}: no baseline, or fewer than four references"));
    }
    told
}

/// A figure and its interval.
fn cells(value: Option<Interval>) -> String {
    value.map_or_else(
        || format!("{:>9}  {:21}", "undefined", ""),
        |value| format!("{:>9}  {:^21}", percent(value.value), range(value)),
    )
}

/// `+2.4 %`
fn signed(share: f64) -> String {
    let text = percent(share);
    if text.starts_with('-') || text == "0.0 %" { text } else { format!("+{text}") }
}

fn share(value: Option<Interval>) -> String {
    value.map_or_else(|| "undefined".to_owned(), |value| percent(value.value))
}

fn ranked(random: &RandomReport) -> String {
    let at = |share: f64| {
        let place = (share * random.recovered.len().saturating_sub(1) as f64).round() as usize;
        random.recovered.get(place).copied().map_or_else(String::new, percent)
    };
    let few = random.least_p().map_or_else(String::new, |least| format!(", at least {least:.3} with so few"));
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
