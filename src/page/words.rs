//! What numbers say, in words.

use crate::report::{self, ExpectationReport, HypothesisReport, Interval};

/// A number of a drawing, in its units: one digit behind the point, and no negative zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Px(pub f64);

impl std::fmt::Display for Px {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", (self.0 * 10.0).round() / 10.0 + 0.0)
    }
}

/// A text of at most so many characters.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A sign before each verdict, so that colour is never all that tells them apart.
#[must_use]
pub fn sign(verdict: &str) -> &'static str {
    match verdict {
        "confirmed" => "✓",
        "refuted" => "✗",
        "undecided" => "?",
        _ => "○",
    }
}

/// A share in percent, with a proper minus.
#[must_use]
pub fn percent(share: f64) -> String {
    report::percent(share).replace('-', "−")
}

/// A sentence of the report with a proper minus before its shares; names are left as they are.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut found = String::new();
    for (at, part) in text.split('-').enumerate() {
        let number = part.trim_start_matches(|character: char| character.is_ascii_digit() || ".e".contains(character));
        let is_share = part.starts_with(|first: char| first.is_ascii_digit()) && number.starts_with(" %");
        found.push_str(match (at, is_share) {
            (0, _) => "",
            (_, true) => "−",
            (_, false) => "-",
        });
        found.push_str(part);
    }
    found
}

/// A number with a proper minus.
#[must_use]
pub fn number(value: f64) -> String {
    report::number(value).replace('-', "−")
}

/// `93.1 % to 96.1 %`
#[must_use]
pub fn range(interval: Interval) -> String {
    format!("{} to {}", percent(interval.low), percent(interval.high))
}

/// `+2.4 %`
#[must_use]
pub fn signed(share: f64) -> String {
    let text = percent(share);
    if share >= 0.0 && text != "0.0 %" { format!("+{text}") } else { text }
}

/// `at least 90 %`
#[must_use]
pub fn bound(expectation: &ExpectationReport) -> String {
    let than = match expectation.comparison {
        ">=" => "at least",
        ">" => "more than",
        "<=" => "at most",
        "<" => "less than",
        "==" => "exactly",
        _ => "other than",
    };
    let is_share = matches!(expectation.metric, "recovered" | "iia");
    let bound = expectation.bound;
    let number = if is_share { format!("{} %", shortest(100.0 * bound)) } else { shortest(bound) };
    format!("{than} {}", number.replace('-', "−"))
}

/// A number as a person writes it: `90`, `99.99`, `1e-9`.
fn shortest(number: f64) -> String {
    let rounded = (number * 1e6).round() / 1e6 + 0.0;
    if number != 0.0 && (rounded == 0.0 || number.abs() >= 1e9) { format!("{number:e}") } else { rounded.to_string() }
}

/// What a hypothesis was expected to do: `at least 90 % was expected: confirmed`.
#[must_use]
pub fn expected(found: &HypothesisReport) -> String {
    let clauses: Vec<String> = found.expectations.iter().map(clause).collect();
    if clauses.is_empty() { "nothing was expected of it".to_owned() } else { clauses.join("; ") }
}

/// What one expectation says, and what came of it.
#[must_use]
pub fn clause(expectation: &ExpectationReport) -> String {
    let of = match (expectation.metric, &expectation.baseline) {
        ("recovered", Some(baseline)) if baseline.name != "shuffled" => format!(", measured from {},", baseline.name),
        ("scrubbed", _) => " under the hypothesis".to_owned(),
        ("clean", _) => " of the model itself".to_owned(),
        _ => String::new(),
    };
    format!("{}{of} was expected: {}", bound(expectation), expectation.verdict)
}

/// `recovers 94.6 % of loss (95 % interval 93.1 % to 96.1 %)`
#[must_use]
pub fn recovers(found: &HypothesisReport) -> String {
    match (found.recovered, &found.baseline) {
        (Some(recovered), _) => format!(
            "recovers {} of {} ({} interval {})",
            percent(recovered.value),
            found.behaviour,
            level(recovered),
            range(recovered)
        ),
        (None, Some(baseline)) => {
            format!("has no share of {}: the model cannot be told from {}", found.behaviour, baseline.name)
        }
        (None, None) => format!("is measured as a baseline of others: no share of {} is asked for", found.behaviour),
    }
}

/// `95 %`
#[must_use]
pub fn level(interval: Interval) -> String {
    format!("{} %", shortest(100.0 * interval.level))
}

/// `1 hypothesis`, `6 hypotheses`
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A piece of a sentence: prose, or code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub is_code: bool,
}

/// Code stands between backticks.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    let parts = text.split('`').enumerate();
    let all = parts.map(|(at, text)| Piece { text: text.to_owned(), is_code: at % 2 == 1 });
    all.filter(|piece| !piece.text.is_empty()).collect()
}

/// Words joined as in a sentence: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_do() {
        assert_eq!(
            [0.9, 0.9999, 0.0, -0.05, 1e-12, 1e12].map(|share| shortest(100.0 * share)).join(" "),
            "90 99.99 0 -5 1e-10 1e14"
        );
        assert_eq!([signed(0.024), signed(-0.011), signed(0.0), signed(-1e-9)], ["+2.4 %", "−1.1 %", "0.0 %", "0.0 %"]);
        assert_eq!([Px(1.25), Px(-0.01), Px(100.0)].map(|px| px.to_string()), ["1.3", "0", "100"]);
        assert_eq!(cut("größer", 4), "grö…");
        let flag = "41.8 % of x-7, but -6.0 % where lead = -3";
        assert_eq!(sentence(flag), "41.8 % of x-7, but −6.0 % where lead = -3");
        let told: Vec<(String, bool)> =
            pieces("without `a -> b`: less").into_iter().map(|piece| (piece.text, piece.is_code)).collect();
        let wanted = [("without ", false), ("a -> b", true), (": less", false)];
        assert_eq!(told, wanted.map(|(text, is_code)| (text.to_owned(), is_code)));
        assert_eq!(listed(&["a".to_owned(), "b".to_owned(), "c".to_owned()]), "a, b and c");
    }
}
