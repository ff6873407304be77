//! The pest grammar as data.

use pest_meta::ast::{Expr, Rule, RuleType};
use pest_meta::parser;
use std::collections::BTreeMap;

/// The rules of a pest grammar, in the order of its text and by name.
#[derive(Debug, Clone)]
pub struct Pest {
    pub order: Vec<String>,
    rules: BTreeMap<String, Rule>,
}

impl Pest {
    /// The rules of a text.
    pub fn read(text: &str) -> Pest {
        let pairs = parser::parse(parser::Rule::grammar_rules, text).expect("a grammar that pest reads");
        let rules = parser::consume_rules(pairs).expect("a grammar that pest accepts");
        let order = rules.iter().map(|rule| rule.name.clone()).collect();
        Pest { order, rules: rules.into_iter().map(|rule| (rule.name.clone(), rule)).collect() }
    }

    /// The rule of this name; none where pest has it built in.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.get(name)
    }

    /// Whether the rule is of one token.
    pub fn is_token(&self, name: &str) -> bool {
        self.rule(name).is_some_and(|rule| rule.ty == RuleType::Atomic)
    }

    /// The text of a token that is always the same: without what it looks ahead for.
    pub fn fixed_text(&self, name: &str) -> Option<String> {
        fixed(self, &self.rule(name)?.expr)
    }

    /// The texts of all tokens whose names start so, sorted.
    pub fn texts(&self, prefix: &str) -> Vec<String> {
        let names = self.order.iter().filter(|name| name.starts_with(prefix));
        let mut texts: Vec<String> = names.filter_map(|name| self.fixed_text(name)).collect();
        texts.sort();
        texts
    }

    /// The reserved words, sorted.
    pub fn reserved(&self) -> Vec<String> {
        let mut words = Vec::new();
        strings(&self.rule("keyword").expect("the reserved words").expr, &mut words);
        words.sort();
        words
    }

    /// The words that are names at other places, sorted.
    pub fn soft(&self) -> Vec<String> {
        self.texts("soft_")
    }
}

/// All literals in it.
fn strings(expr: &Expr, found: &mut Vec<String>) {
    match expr {
        Expr::Str(text) => found.push(text.clone()),
        Expr::Seq(left, right) | Expr::Choice(left, right) => {
            strings(left, found);
            strings(right, found);
        }
        _ => {}
    }
}

fn fixed(pest: &Pest, expr: &Expr) -> Option<String> {
    match expr {
        Expr::Str(text) => Some(text.clone()),
        Expr::PosPred(_) | Expr::NegPred(_) => Some(String::new()),
        Expr::Seq(left, right) => Some(fixed(pest, left)? + &fixed(pest, right)?),
        Expr::Ident(name) if name == "word_end" => Some(String::new()),
        Expr::Ident(name) => fixed(pest, &pest.rule(name)?.expr),
        _ => None,
    }
}
