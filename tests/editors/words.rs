//! The words and signs that a grammar of an editor has.

use super::pest::Pest;
use super::textmate::expressions_of;
use fancy_regex::Regex;
use std::collections::BTreeSet;

/// The names of scalars, which the grammar of the language takes for names like any other.
const SCALARS: [&str; 6] = ["bool", "category", "int", "ratio", "real", "token"];

/// All words of the language: those that are reserved, and those that are names elsewhere.
pub fn of_pest(pest: &Pest) -> BTreeSet<String> {
    pest.reserved().into_iter().chain(pest.soft()).collect()
}

/// The words in the regular expressions of a TextMate grammar, the scalars left out.
pub fn of_text_mate(grammar: &str) -> BTreeSet<String> {
    let expressions = expressions_of(&serde_json::from_str(grammar).expect("a grammar in JSON"));
    // Classes of characters and escapes are no words.
    let other = Regex::new(r"\[[^\]]*\]|\\.").expect("an expression");
    let word = Regex::new("[a-z]{2,}").expect("an expression");
    let mut words = BTreeSet::new();
    for expression in expressions {
        let bare = other.replace_all(&expression, " ").into_owned();
        words.extend(word.find_iter(&bare).map(|found| found.expect("a search that ends").as_str().to_owned()));
    }
    words.retain(|found| !SCALARS.contains(&found.as_str()));
    words
}

/// The words in the quotes of a query.
pub fn of_query(query: &str) -> BTreeSet<String> {
    let word = Regex::new("\"([a-z]+)\"").expect("an expression");
    let found = word.captures_iter(query).map(|found| found.expect("a search that ends")[1].to_owned());
    found.collect()
}
