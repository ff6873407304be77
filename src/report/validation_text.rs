//! The report of `ansatz validate` for people: at most 100 columns, one block a challenge.

use super::validation::ValidationReport;
use super::validation::{BoundReport, ChallengeReport, ControlReport, FoolsReport, FoundReport, RatioReport};
use super::{Interval, folded, number, percent};
use crate::diagnostics::clean;
use std::fmt::Write;

/// Found inputs that are shown of one challenge.
const SHOWN: usize = 5;

/// The report as text.
#[must_use]
pub fn validation_text(report: &ValidationReport) -> String {
    let mut out = String::new();
    for challenge in &report.challenges {
        match challenge {
            ChallengeReport::Fools(found) => fools(found, &mut out),
            ChallengeReport::Distinguishes(found) => out.push_str(&super::distinguish::text(found)),
        }
        out.push('\n');
    }
    if report.challenges.iter().any(|challenge| matches!(challenge, ChallengeReport::Fools(_))) {
        explained(&mut out);
    }
    folded(&format!("seed {}; 95 % intervals", report.seed), &mut out);
    for data in &report.provenance.data {
        folded(&format!("data {}: {} rows, blake3 {}", clean(&data.name), data.rows, short(&data.blake3)), &mut out);
    }
    for model in &report.provenance.models {
        folded(
            &format!("model {}: {}, blake3 {}", clean(&model.name), clean(&model.path), short(&model.blake3)),
            &mut out,
        );
    }
    let engine = &report.provenance.engine;
    let text = format!("engine {} {}; ansatz {}", clean(engine.name), clean(&engine.version), report.provenance.ansatz);
    folded(&text, &mut out);
    out
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn explained(out: &mut String) {
    folded(
        "random: all of the source; matched: not tried, with the same values of `match`, as frequent as among the tried;",
        out,
    );
    folded("confidence: where the model is least sure; permuted: what the ranking of other candidates chooses", out);
}

fn fools(found: &FoolsReport, out: &mut String) {
    let draws = found.draws.map_or_else(String::new, |draws| format!(", {draws} draws each"));
    folded(
        &format!(
            "{}: {} of {} tried inputs fool the model, {}{}",
            clean(&found.name),
            found.hits,
            found.tried,
            percent(found.rate.value),
            between(found.rate)
        ),
        out,
    );
    let source = &found.source;
    let left_out = match (source.own, source.duplicates, source.known) {
        (true, 0, _) => "the hypothesis' own data".to_owned(),
        (true, repeated, _) => format!("the hypothesis' own data; {repeated} repeat others"),
        (false, repeated, known) => format!("{repeated} repeat others, {known} are the hypothesis' own"),
    };
    folded(
        &format!(
            "  {} candidates of {} distinct rows of {} ({left_out}); ranked with {}{draws}",
            source.candidates,
            source.distinct,
            clean(&source.data),
            clean(&found.hypothesis)
        ),
        out,
    );
    let _ = writeln!(out, "  {:<12}{:>12}{:>18}{:>10}   95 % interval", "control", "rate", "fooled", "ratio");
    for control in &found.controls {
        control_line(control, found, out);
    }
    folded(&format!("  permuted rankings find as many with p = {:.2}", found.permutation_p), out);
    for expectation in &found.expectations {
        folded(&format!("  expected {}", expected(expectation)), out);
    }
    for example in found.found.iter().take(SHOWN) {
        example_line(example, out);
    }
    if found.hits > SHOWN {
        folded(&format!("  and {} more", found.hits - SHOWN), out);
    }
}

fn between(found: Interval) -> String {
    format!(" ({} .. {})", percent(found.low), percent(found.high))
}

fn control_line(control: &ControlReport, found: &FoolsReport, out: &mut String) {
    let rate = control.rate.map_or_else(|| "-".to_owned(), |rate| small_percent(rate.value));
    let fooled = format!("{} of {}", control.hits, control.n);
    let (ratio, interval) = control.ratio.map_or_else(|| ("-".to_owned(), String::new()), |ratio| shown(&ratio));
    let _ = writeln!(out, "  {:<12}{rate:>12}{fooled:>18}{ratio:>10}   {interval}", control.name);
    if control.tried != found.tried {
        let (own, all) = (control.tried, found.tried);
        let text = format!("    {own} of the {all} tried have a match; {} of these fool the model", control.tried_hits);
        folded(&text, out);
    }
}

/// A share of which few hundredths of a percent can matter.
fn small_percent(share: f64) -> String {
    if share > 0.0 && share < 0.01 { format!("{:.3} %", 100.0 * share) } else { percent(share) }
}

fn shown(ratio: &RatioReport) -> (String, String) {
    let value = ratio.value.map_or_else(|| "-".to_owned(), times);
    let interval = match ratio.high {
        Some(high) => format!("{} .. {}", times(ratio.low), times(high)),
        None => format!("{} and more", times(ratio.low)),
    };
    (value, interval)
}

fn times(ratio: f64) -> String {
    if ratio < 9_999.5 { format!("{ratio:.1}") } else { format!("{ratio:.1e}") }
}

fn expected(found: &BoundReport) -> String {
    let measure = found.of.map_or_else(|| found.measure.to_owned(), |of| format!("{}({of})", found.measure));
    format!("{measure} {} {}: {} (line {})", found.comparison, found.bound, found.verdict, found.line)
}

/// An input, token by token.
fn example_line(found: &FoundReport, out: &mut String) {
    let inputs: Vec<String> =
        found.inputs.iter().map(|input| clean(&shown_input(&input.elements, input.words))).collect();
    let mut told = vec![format!("row {}", found.row), format!("rank {}", number(found.rank))];
    told.extend(found.margin.map(|margin| format!("margin {}", number(margin))));
    told.extend(found.values.iter().map(|value| format!("{} {}", clean(&value.name), clean(&value.value))));
    folded(&format!("  {}", inputs.join(" | ")), out);
    folded(&format!("      {}", told.join(", ")), out);
}

/// Elements one after the other; what repeats at the end stands once.
fn shown_input(elements: &[String], words: bool) -> String {
    let last = elements.last();
    let repeated = elements.iter().rev().take_while(|element| Some(*element) == last).count();
    let kept = if repeated > 2 { elements.len() - repeated + 1 } else { elements.len() };
    let single = words && elements.iter().filter(|element| element.chars().count() == 1).count() * 2 > elements.len();
    let mut text = elements[..kept].join(if single { "" } else { " " });
    if kept < elements.len() {
        let _ = write!(text, " ({repeated} times)");
    }
    text
}
