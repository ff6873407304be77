//! The report for people: at most 100 columns, one block a hypothesis.

use super::{
    Baseline, ExpectationReport, HypothesisReport, Report, allowed, blame, family, interchanges, panel, points, size,
    stopped,
};
use crate::diagnostics::clean;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// No line is wider, in characters.
pub(super) const WIDTH: usize = 100;
/// Columns of a share, of a mean and between two columns.
const SHARE: usize = 9;
const MEAN: usize = 9;
const GAP: usize = 2;

/// The report as text.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let columns = Columns::of(report);
    let listed: Vec<&HypothesisReport> = report.hypotheses.iter().filter(|found| !is_tabulated(found)).collect();
    if !listed.is_empty() {
        header(report, columns, &mut out);
        for found in &listed {
            row(found, !report.comparable, columns, &mut out);
        }
        out.push('\n');
    }
    out.push_str(&family::tables(&report.hypotheses.iter().filter_map(cell).collect::<Vec<_>>(), "recovered", WIDTH));
    folded_expectations(report, &mut out);
    panel::flags_of_tables(&report.hypotheses, &mut out);
    if report.shown.panel {
        panel::write(&report.hypotheses, &mut out);
    }
    if report.shown.size {
        size::write(report, &mut out);
    }
    points::write(report, &mut out);
    blame::write(report, &mut out);
    interchanges::write(report, &mut out);
    footer(report, &mut out);
    out
}

fn is_tabulated(found: &HypothesisReport) -> bool {
    family::is_tabulated(found.arguments.as_ref())
}

/// A hypothesis that stands in a table.
fn cell(found: &HypothesisReport) -> Option<family::Cell<'_>> {
    let arguments = found.arguments.as_ref().filter(|_| is_tabulated(found))?;
    let share = found.recovered.map(|recovered| recovered.value);
    Some(family::Cell { family: found.family.as_deref()?, part: "", arguments, share })
}

/// Expectations about hypotheses that stand in tables: how many have each verdict, and which are not
/// confirmed.
fn folded_expectations(report: &Report, out: &mut String) {
    let mut verdicts: BTreeMap<(String, &str), Vec<&str>> = BTreeMap::new();
    for found in report.hypotheses.iter().filter(|found| is_tabulated(found)) {
        let family = found.family.as_deref().unwrap_or_default();
        for expectation in &found.expectations {
            let told = format!("{}: expected {}", clean(family), bounded(expectation, &found.behaviour));
            verdicts.entry((told, expectation.verdict)).or_default().push(&found.name);
        }
    }
    for ((told, verdict), names) in &verdicts {
        let which = if *verdict == "confirmed" { String::new() } else { format!(": {}", clean(&names.join(", "))) };
        folded(&format!("{told}: {} {verdict}{which}", names.len()), out);
    }
    if !verdicts.is_empty() {
        out.push('\n');
    }
}

/// The widths that depend on the content.
#[derive(Debug, Clone, Copy)]
struct Columns {
    name: usize,
    interval: usize,
}

impl Columns {
    fn of(report: &Report) -> Columns {
        let listed = || report.hypotheses.iter().filter(|found| !is_tabulated(found));
        let longest = |of: &dyn Fn(&HypothesisReport) -> usize| listed().map(of).max().unwrap_or(0);
        let interval = longest(&|found| interval(found).chars().count()).max(17);
        let rest = GAP + SHARE + GAP + interval + 3 * (GAP + MEAN);
        let name = longest(&|found| clean(&found.name).chars().count());
        Columns { name: name.clamp(10, WIDTH.saturating_sub(rest).max(10)), interval }
    }

    fn rule(self) -> usize {
        self.name + GAP + SHARE + GAP + self.interval + 3 * (GAP + MEAN)
    }
}

fn header(report: &Report, Columns { name, interval }: Columns, out: &mut String) {
    let _ = writeln!(
        out,
        "{:name$}  {:>SHARE$}  {:^interval$}  {:>MEAN$}  {:>MEAN$}  {:>MEAN$}",
        "hypothesis",
        "recovered",
        "95 % interval",
        "scrubbed",
        "model",
        common_baseline(report).filter(|name| name.chars().count() <= MEAN).unwrap_or("baseline")
    );
    let rule = Columns { name, interval }.rule();
    let _ = writeln!(out, "{}", "-".repeat(rule.max(report.schema.len())));
}

/// The baseline that all have that have one; `None` if there are several, or none.
fn common_baseline(report: &Report) -> Option<&str> {
    let mut names = report.hypotheses.iter().filter_map(|found| Some(found.baseline.as_ref()?.name.as_str()));
    names.next().filter(|_| report.comparable)
}

fn row(found: &HypothesisReport, tells_baseline: bool, columns: Columns, out: &mut String) {
    let Columns { name: width, interval: interval_width } = columns;
    let mut name = clean(&found.name);
    if name.chars().count() > width {
        folded(&name, out);
        name.clear();
    }
    let recovered = match (found.recovered, &found.baseline) {
        (Some(recovered), _) => percent(recovered.value),
        (None, Some(_)) => "undefined".to_owned(),
        (None, None) => "-".to_owned(),
    };
    let _ = writeln!(
        out,
        "{name:width$}  {recovered:>SHARE$}  {:^interval_width$}  {:>MEAN$}  {:>MEAN$}  {:>MEAN$}",
        interval(found),
        number(found.scrubbed.value),
        number(found.model.value),
        found.baseline.as_ref().map_or_else(|| "-".to_owned(), |baseline| number(baseline.value)),
    );
    if let (true, Some(baseline)) = (tells_baseline, &found.baseline) {
        folded(&format!("{:width$}  measured from {}", "", baseline_name(baseline)), out);
    }
    for expectation in &found.expectations {
        folded(&format!("{:width$}  {}", "", expected(expectation, &found.behaviour)), out);
    }
    for flag in &found.panel.flags {
        folded(&format!("{:width$}  {}", "", flag.text), out);
    }
}

fn baseline_name(baseline: &Baseline) -> String {
    let sampled = baseline.sampled && baseline.name == "shuffled";
    format!("{}{}", clean(&baseline.name), if sampled { " (sampled)" } else { "" })
}

fn interval(found: &HypothesisReport) -> String {
    found.recovered.map_or_else(String::new, |found| format!("{} .. {}", percent(found.low), percent(found.high)))
}

pub(super) fn expected(expectation: &ExpectationReport, behaviour: &str) -> String {
    let from = match &expectation.baseline {
        Some(baseline) if baseline.name != "shuffled" => {
            format!(" ({} is {})", baseline_name(baseline), number(baseline.value))
        }
        _ => String::new(),
    };
    format!("expected {}: {}{from} (line {})", bounded(expectation, behaviour), expectation.verdict, expectation.line)
}

/// `recovered(loss, baseline = unclaimed) >= 0.9`
fn bounded(expectation: &ExpectationReport, behaviour: &str) -> String {
    let bound = expectation.bound;
    let few_digits = bound == 0.0 || (1e-6..1e9).contains(&bound.abs());
    let bound = if few_digits { bound.to_string() } else { format!("{bound:e}") };
    let baseline = match &expectation.baseline {
        Some(baseline) if baseline.name != "shuffled" => format!(", baseline = {}", clean(&baseline.name)),
        _ => String::new(),
    };
    format!("{}({}{baseline}) {} {bound}", expectation.metric, clean(behaviour), expectation.comparison)
}

fn footer(report: &Report, out: &mut String) {
    let mut line = |text: &str| folded(text, out);
    if !report.hypotheses.is_empty() {
        line(&formula(report));
        for remark in stopped::lines(report).into_iter().chain(remarks(report)) {
            line(&remark);
        }
        let identity = report.hypotheses.iter().map(|found| found.identity_error).fold(0.0, f64::max);
        line(&format!("with every draw exact, outputs differ from the model's by {identity:.1e} at most"));
    }
    for found in &report.allowed {
        line(&allowed::line(found));
    }
    for data in &report.provenance.data {
        line(&format!("data {}: {} rows, blake3 {}", clean(&data.name), data.rows, short(&data.blake3)));
    }
    for model in &report.provenance.models {
        line(&format!("model {}: {}, blake3 {}", clean(&model.name), clean(&model.path), short(&model.blake3)));
    }
    let engine = &report.provenance.engine;
    line(&format!("engine {} {}; ansatz {}", clean(engine.name), clean(&engine.version), report.provenance.ansatz));
}

fn formula(report: &Report) -> String {
    let mut explained: Vec<&str> = report.hypotheses.iter().map(|found| found.behaviour.as_str()).collect();
    explained.dedup();
    let n = stopped::counts(report);
    let drawn = match (report.provenance.replayed, report.hypotheses.first()) {
        (true, _) => "draws from a file".to_owned(),
        (false, first) => format!("seed {}", first.map_or(0, |found| found.seed)),
    };
    let explained = clean(&explained.join(", "));
    let name = common_baseline(report).map_or_else(|| "baseline".to_owned(), clean);
    format!("recovered = (scrubbed - {name}) / (model - {name}), of {explained}; {n}, {drawn}")
}

/// What the percentages are measured from, over how many positions, and under which schemes.
fn remarks(report: &Report) -> Vec<String> {
    let all = &report.hypotheses;
    let mut found = Vec::new();
    if !report.comparable {
        found.push("percentages that are measured from different baselines are not comparable".to_owned());
    }
    let shuffled = |sampled: bool| {
        let is = |baseline: &Baseline| baseline.name == "shuffled" && baseline.sampled == sampled;
        all.iter().any(|found| found.baseline.as_ref().is_some_and(is))
    };
    if shuffled(false) {
        found.push(
            "shuffled: outputs paired with the labels of other examples, exactly, over the whole dataset".to_owned(),
        );
    }
    if shuffled(true) {
        found.push(
            "shuffled (sampled): outputs of each reference paired with the labels of one other row; its error is in the intervals"
                .to_owned(),
        );
    }
    let mut positions: Vec<(&str, f64)> = Vec::new();
    for one in all.iter().filter(|one| (one.counted - one.n as f64).abs() > 0.5) {
        if !positions.contains(&(&one.behaviour, one.counted)) {
            positions.push((&one.behaviour, one.counted));
        }
    }
    for (behaviour, counted) in positions {
        found.push(format!("{}: means over {counted} positions of the references", clean(behaviour)));
    }
    found.extend(schemes(all));
    found
}

/// Each scheme with the hypotheses that have it.
fn schemes(all: &[HypothesisReport]) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for found in all {
        let told = found.scheme.line();
        let name = found.family.clone().unwrap_or_else(|| found.name.clone());
        match lines.iter_mut().find(|(line, _)| *line == told) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => lines.push((told, vec![name])),
        }
    }
    match lines.as_slice() {
        [(only, _)] => vec![only.clone()],
        _ => lines.iter().map(|(line, names)| format!("{}: {line}", listed(names))).collect(),
    }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| clean(name)).collect::<Vec<_>>().join(", ")
}

/// Writes one line, folded where it is wider than 100 columns: at a space, or within a word that is
/// wider than a line. What is folded is indented.
pub fn folded(text: &str, out: &mut String) {
    let mut rest: Vec<char> = text.chars().collect();
    let mut indent = 0;
    while rest.len() + indent > WIDTH {
        let most = WIDTH - indent;
        let content = rest.iter().position(|character| *character != ' ').unwrap_or(0);
        let space = rest[..=most].iter().rposition(|character| *character == ' ').filter(|at| *at > content);
        let (end, next) = space.map_or((most, most), |at| (at, at + 1));
        let _ = writeln!(out, "{:indent$}{}", "", rest[..end].iter().collect::<String>());
        rest.drain(..next);
        indent = 4;
    }
    let _ = writeln!(out, "{:indent$}{}", "", rest.iter().collect::<String>());
}

/// `line 7`, or `line 7 of base.ansatz` if that is not the file that is run.
pub(super) fn place(report: &Report, file: &str, line: u32) -> String {
    let name = Path::new(file).file_name().map(|name| clean(&name.to_string_lossy()));
    match name {
        Some(name) if file != report.provenance.file.path => format!("line {line} of {name}"),
        _ => format!("line {line}"),
    }
}

/// A share in percent, in at most nine characters.
#[must_use]
pub fn percent(share: f64) -> String {
    // To one digit, and no negative zero.
    let percent = (1000.0 * share).round() / 10.0 + 0.0;
    if percent.abs() < 9_999.95 { format!("{percent:.1} %") } else { format!("{percent:.0e} %") }
}

/// A number in at most nine characters.
#[must_use]
pub fn number(value: f64) -> String {
    if value.abs() < 999.999_95 { format!("{value:.4}") } else { format!("{value:.2e}") }
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_their_columns() {
        for value in [0.0, -0.12345, 99.999_951, -999.999_94, 1e5, -1.234e-300, -1.7e308] {
            assert!(number(value).len() <= MEAN, "{}", number(value));
            assert!(percent(value).len() <= SHARE, "{}", percent(value));
        }
        assert_eq!((percent(-99.9994).as_str(), percent(1e9).as_str()), ("-9999.9 %", "1e11 %"));
    }

    #[test]
    fn long_lines_are_folded_and_lose_nothing() {
        let words = "word ".repeat(50);
        let unbroken = "x".repeat(250);
        for text in [words.trim_end(), &unbroken, &format!("model m: {unbroken}, blake3 y"), "short"] {
            let mut out = String::new();
            folded(text, &mut out);
            assert!(out.lines().all(|line| line.chars().count() <= WIDTH), "{out}");
            let letters = |text: &str| text.chars().filter(|character| !character.is_whitespace()).collect::<String>();
            assert_eq!(letters(&out), letters(text));
        }
    }
}
