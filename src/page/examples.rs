//! The examples on which a hypothesis is furthest from the model, token by token.

use super::words::number;
use crate::report::{ExampleReport, HypothesisReport, InputReport};

#[derive(Debug, Clone)]
pub struct Example {
    pub row: usize,
    pub values: Vec<(String, String)>,
    pub inputs: Vec<Input>,
    pub model: String,
    pub scrubbed: String,
    /// Which way the hypothesis moves it.
    pub direction: String,
    pub arrow: &'static str,
}

#[derive(Debug, Clone)]
pub struct Input {
    pub name: String,
    pub tokens: Vec<Token>,
    pub left_out: usize,
}

/// A word, or a run of words that say nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// How often it stands here.
    pub times: usize,
    pub is_padding: bool,
}

/// A run of the same word at the end, as long as this, is padding whatever it is called.
const LONG_RUN: usize = 8;
/// From so many on a run of padding is told as one.
const RUN: usize = 2;

/// The worst examples of a hypothesis, as a page shows them.
#[must_use]
pub fn examples(found: &HypothesisReport) -> Vec<Example> {
    found.worst.iter().flatten().map(|example| shown(example, found)).collect()
}

fn shown(example: &ExampleReport, found: &HypothesisReport) -> Example {
    let up = example.scrubbed > example.model;
    Example {
        row: example.row,
        values: example.values.iter().map(|value| (value.name.clone(), value.value.clone())).collect(),
        inputs: example.inputs.iter().map(input).collect(),
        model: number(example.model),
        scrubbed: number(example.scrubbed),
        direction: direction(found, up),
        arrow: if up { "▲" } else { "▼" },
    }
}

/// Towards the baseline, or away from it.
fn direction(found: &HypothesisReport, up: bool) -> String {
    let word = if up { "higher" } else { "lower" };
    match &found.baseline {
        Some(baseline) if (baseline.value > found.model.value) == up => format!("{word}: towards {}", baseline.name),
        Some(baseline) => format!("{word}: away from {}", baseline.name),
        None => word.to_owned(),
    }
}

fn input(input: &InputReport) -> Input {
    Input { name: input.name.clone(), tokens: tokens(input), left_out: input.left_out }
}

/// Runs of padding are told as one.
fn tokens(input: &InputReport) -> Vec<Token> {
    let mut runs: Vec<Token> = Vec::new();
    for word in &input.elements {
        match runs.last_mut() {
            Some(last) if last.text == *word => last.times += 1,
            _ => runs.push(Token { text: word.clone(), times: 1, is_padding: is_padding(word) }),
        }
    }
    if let Some(last) = runs.last_mut() {
        last.is_padding |= last.times >= LONG_RUN;
    }
    let spread = |run: Token| {
        let (times, each) = if run.is_padding && run.times >= RUN { (1, run.times) } else { (run.times, 1) };
        std::iter::repeat_n(Token { times: each, ..run }, times)
    };
    runs.into_iter().flat_map(spread).collect()
}

/// `[pad]`, `<pad>`, `<|PAD|>`, ...
fn is_padding(word: &str) -> bool {
    word.trim_matches(|letter: char| !letter.is_alphanumeric()).eq_ignore_ascii_case("pad")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str]) -> Vec<(String, usize, bool)> {
        let elements = words.iter().map(|word| (*word).to_owned()).collect();
        let found = tokens(&InputReport { name: "t".to_owned(), elements, words: true, left_out: 0 });
        found.into_iter().map(|token| (token.text, token.times, token.is_padding)).collect()
    }

    #[test]
    fn padding_is_folded_and_words_are_not() {
        let found = told(&["[start]", "(", "(", ")", "[pad]", "[pad]", "[pad]", "[end]"]);
        let texts: Vec<String> = found.iter().map(|(text, times, _)| format!("{text}{times}")).collect();
        assert_eq!(texts, ["[start]1", "(1", "(1", ")1", "[pad]3", "[end]1"]);
        assert!(found[4].2 && !found[1].2);
        assert_eq!(told(&["0"; 9]), [("0".to_owned(), 9, true)]);
        assert_eq!(told(&["0"; 7]).len(), 7);
        assert!(is_padding("<|PAD|>") && !is_padding("padding"));
    }
}
