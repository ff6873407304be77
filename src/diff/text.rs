//! A diff for people: at most 100 columns.

use super::{ClaimDiff, Diff, HypothesisDiff, Said, ScoreDiff, State};
use crate::diagnostics::clean;
use crate::report::{Interval, folded, percent};

/// The diff as text.
#[must_use]
pub fn text(diff: &Diff) -> String {
    let mut out = String::new();
    for (state, word) in [(State::Unchanged, "unchanged"), (State::Added, "added"), (State::Removed, "removed")] {
        let names: Vec<String> =
            diff.hypotheses.iter().filter(|found| found.state == state).map(|found| clean(&found.name)).collect();
        if !names.is_empty() {
            folded(&format!("{word}: {}", names.join(", ")), &mut out);
        }
    }
    for found in diff.hypotheses.iter().filter(|found| found.state == State::Renamed) {
        let was = found.was.as_deref().unwrap_or_default();
        folded(&format!("renamed: {} to {}", clean(was), clean(&found.name)), &mut out);
    }
    for found in diff.hypotheses.iter().filter(|found| found.state == State::Changed) {
        out.push('\n');
        changed(found, &mut out);
    }
    if let Some(run) = &diff.run {
        let (engine, version) = (clean(run.engine.name), clean(&run.engine.version));
        out.push('\n');
        folded(&format!("seed {}; engine {engine} {version}; ansatz {}", run.seed, diff.ansatz), &mut out);
    }
    if out.is_empty() {
        out.push_str("no hypothesis in either file\n");
    }
    out
}

fn changed(found: &HypothesisDiff, out: &mut String) {
    folded(&format!("changed: {}", clean(&found.name)), out);
    for claim in &found.claims {
        folded(&format!("    {}", headline(claim)), out);
        for line in lines(claim) {
            folded(&format!("      {line}"), out);
        }
    }
    for line in found.score.iter().flat_map(told) {
        folded(&format!("    {line}"), out);
    }
    for accuracy in &found.accuracies {
        let shown = |found: Option<Interval>| found.map_or_else(|| "none".to_owned(), with_interval);
        let (before, after) = (shown(accuracy.before), shown(accuracy.after));
        folded(&format!("    accuracy of {}: {before} before, {after} after", clean(&accuracy.feature)), out);
    }
}

/// `changed: node count`
pub(super) fn headline(claim: &ClaimDiff) -> String {
    let about = if claim.about.is_empty() { String::new() } else { format!(" {}", claim.about) };
    format!("{} {}{about}", claim.change, claim.what)
}

/// Both lines, and what they mean where they read the same.
pub(super) fn lines(claim: &ClaimDiff) -> Vec<String> {
    let same = claim.before.as_ref().map(|said| &said.text) == claim.after.as_ref().map(|said| &said.text);
    let mut found = Vec::new();
    for (sign, said) in [('-', &claim.before), ('+', &claim.after)] {
        let Some(said) = said else { continue };
        found.push(format!("{sign} {}:{}: {}", clean(&said.file), said.line, whole(&said.text)));
        if same || is_elsewhere(claim) {
            found.push(format!("  {}", meant(said)));
        }
    }
    found
}

/// Claims whose line in the file does not say them.
fn is_elsewhere(claim: &ClaimDiff) -> bool {
    matches!(claim.what, "components" | "column" | "input" | "pool" | "model" | "data" | "behaviour" | "unclaimed")
}

fn meant(said: &Said) -> String {
    format!("means {}", whole(&said.meaning))
}

/// Cleaned without being cut: what differs might stand at the end.
fn whole(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(80).map(|part| clean(&part.iter().collect::<String>())).collect()
}

/// How the score moved, line by line.
pub(super) fn told(score: &ScoreDiff) -> Vec<String> {
    let from = |baseline: &Option<String>| {
        baseline.as_ref().map_or_else(|| "no baseline".to_owned(), |name| format!("from {}", clean(name)))
    };
    let shown = |share: Option<Interval>| share.map_or_else(|| "undefined".to_owned(), with_interval);
    let (before, after) = (shown(score.before), shown(score.after));
    let mut found = vec![match &score.baselines {
        (None, None) => format!("scrubbed {:.4} before, {:.4} after", score.scrubbed.0, score.scrubbed.1),
        (old, new) if old == new => format!("recovered ({}): {before} before, {after} after", from(old)),
        (old, new) => format!("recovered: {before} before ({}), {after} after ({})", from(old), from(new)),
    }];
    if let Some(moved) = score.difference {
        let sign = if moved.value < 0.0 { "" } else { "+" };
        let n = score.n.1;
        found.push(format!("moved by {sign}{}, paired over {n} references", with_interval(moved)));
    } else if score.before.is_some() && score.after.is_some() {
        found.push("not paired: the references are rows of other data".to_owned());
    }
    if !score.comparable {
        found.push("not comparable: of another model, behaviour or data, or from another baseline".to_owned());
    }
    found
}

fn with_interval(found: Interval) -> String {
    format!("{} ({} .. {})", percent(found.value), percent(found.low), percent(found.high))
}
