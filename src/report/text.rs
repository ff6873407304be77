//! The report for people: at most 100 columns, one block a hypothesis.

use super::{ExpectationReport, HypothesisReport, Report};
use crate::diagnostics::clean;
use std::fmt::Write;

/// No line is wider, in characters.
const WIDTH: usize = 100;
/// Columns of a share, of a mean and between two columns.
const SHARE: usize = 9;
const MEAN: usize = 9;
const GAP: usize = 2;

/// The report as text.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let columns = Columns::of(report);
    header(report, columns, &mut out);
    for found in &report.hypotheses {
        row(found, columns, &mut out);
    }
    out.push('\n');
    footer(report, &mut out);
    out
}

/// The widths that depend on the content.
#[derive(Debug, Clone, Copy)]
struct Columns {
    name: usize,
    interval: usize,
}

impl Columns {
    fn of(report: &Report) -> Columns {
        let longest = |of: &dyn Fn(&HypothesisReport) -> usize| report.hypotheses.iter().map(of).max().unwrap_or(0);
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
        "hypothesis", "recovered", "95 % interval", "scrubbed", "model", "shuffled"
    );
    let rule = Columns { name, interval }.rule();
    let _ = writeln!(out, "{}", "-".repeat(rule.max(report.schema.len())));
}

fn row(found: &HypothesisReport, columns: Columns, out: &mut String) {
    let Columns { name: width, interval: interval_width } = columns;
    let mut name = clean(&found.name);
    if name.chars().count() > width {
        folded(&name, out);
        name.clear();
    }
    let recovered = found.recovered.map_or_else(|| "undefined".to_owned(), |recovered| percent(recovered.value));
    let _ = writeln!(
        out,
        "{name:width$}  {recovered:>SHARE$}  {:^interval_width$}  {:>MEAN$}  {:>MEAN$}  {:>MEAN$}",
        interval(found),
        number(found.scrubbed.value),
        number(found.model.value),
        number(found.baseline.value),
    );
    for expectation in &found.expectations {
        folded(&format!("{:width$}  {}", "", expected(expectation, &found.behaviour)), out);
    }
}

fn interval(found: &HypothesisReport) -> String {
    found.recovered.map_or_else(String::new, |found| format!("{} .. {}", percent(found.low), percent(found.high)))
}

fn expected(expectation: &ExpectationReport, behaviour: &str) -> String {
    let bound = expectation.bound;
    let few_digits = bound == 0.0 || (1e-6..1e9).contains(&bound.abs());
    let bound = if few_digits { bound.to_string() } else { format!("{bound:e}") };
    format!(
        "expected {}({}) {} {}: {} (line {})",
        expectation.metric,
        clean(behaviour),
        expectation.comparison,
        bound,
        expectation.verdict,
        expectation.line
    )
}

fn footer(report: &Report, out: &mut String) {
    let mut explained: Vec<&str> = report.hypotheses.iter().map(|found| found.behaviour.as_str()).collect();
    explained.dedup();
    let n = report.hypotheses.iter().map(|found| found.n).max().unwrap_or(0);
    let drawn = match (report.provenance.replayed, report.hypotheses.first()) {
        (true, _) => "draws from a file".to_owned(),
        (false, first) => format!("seed {}", first.map_or(0, |found| found.seed)),
    };
    let identity = report.hypotheses.iter().map(|found| found.identity_error).fold(0.0, f64::max);
    let engine = &report.provenance.engine;
    let explained = clean(&explained.join(", "));
    let mut line = |text: &str| folded(text, out);
    line(&format!(
        "recovered = (scrubbed - shuffled) / (model - shuffled), of {explained}; n = {n} references, {drawn}"
    ));
    line("shuffled: outputs paired with the labels of other examples, exactly, over the whole dataset");
    line(&format!("with every draw exact, outputs differ from the model's by {identity:.1e} at most"));
    for data in &report.provenance.data {
        line(&format!("data {}: {} rows, blake3 {}", clean(&data.name), data.rows, short(&data.blake3)));
    }
    for model in &report.provenance.models {
        line(&format!("model {}: {}, blake3 {}", clean(&model.name), clean(&model.path), short(&model.blake3)));
    }
    line(&format!("engine {} {}; ansatz {}", clean(engine.name), clean(&engine.version), report.provenance.ansatz));
}

/// Writes one line, folded where it is wider than [`WIDTH`]: at a space, or within a word that is
/// wider than a line. What is folded is indented.
fn folded(text: &str, out: &mut String) {
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

/// At most nine characters.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent.abs() < 9_999.95 { format!("{percent:.1} %") } else { format!("{percent:.0e} %") }
}

/// At most nine characters.
fn number(value: f64) -> String {
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
