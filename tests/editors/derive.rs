//! The tree-sitter grammar of correct texts, made from the pest grammar: rule by rule, without what is
//! for mistakes, and without looking ahead.

use super::overlay::{CONFLICTS, GREEDY, PREFERRED};
use super::pattern::pattern;
use super::pest::Pest;
use super::rule::{Named, Rule};
use pest_meta::ast::{Expr, RuleType};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A tree-sitter grammar.
#[derive(Debug, Clone)]
pub struct Grammar {
    /// By name, the first is that of a file.
    pub rules: Vec<(String, Rule)>,
    pub extras: Vec<Rule>,
    pub reserved: Vec<String>,
}

/// What stands for text that is not the language.
const MISTAKES: &[&str] = &[
    "missing_",
    "wrong_",
    "needless",
    "error_",
    "misplaced",
    "misspelled_",
    "reserved_",
    "late_",
    "stray_",
    "bare_",
    "bad_",
    "unterminated_",
    "foreign_",
    "junk",
    "adjacent_",
];

/// What stands for space.
const SPACE: &[&str] = &["gap", "blank", "WHITESPACE", "COMMENT", "SOI", "EOI"];

/// The token `where` on the line on which the text before it ends: made by `src/scanner.c`.
const WHERE_ON_LINE: &str = "_where_on_line";

/// Derives the grammar.
pub fn derive(pest: &Pest) -> Grammar {
    let mut deriving = Deriving { pest, lowered: BTreeMap::new() };
    deriving.lower_all();
    let mut rules = Vec::new();
    for name in pest.order.iter().filter(|name| deriving.is_rule(name)) {
        rules.push((deriving.spelled(name), deriving.finished(name)));
    }
    let extras = extras(pest, &mut rules);
    keep_reachable(&mut rules);
    Grammar { rules, extras, reserved: pest.reserved() }
}

struct Deriving<'p> {
    pest: &'p Pest,
    /// By name in pest. A symbol in them is a name in pest, too.
    lowered: BTreeMap<String, Rule>,
}

impl Deriving<'_> {
    /// Lowers until nothing changes: a rule that never matches spoils others.
    fn lower_all(&mut self) {
        loop {
            let before = self.lowered.clone();
            for name in &self.pest.order {
                if !self.pest.is_token(name) && !is_mistake(name) && !SPACE.contains(&name.as_str()) {
                    let rule = self.pest.rule(name).expect("a rule of the grammar");
                    let lowered = self.lower(&rule.expr, rule.ty == RuleType::CompoundAtomic);
                    self.lowered.insert(name.clone(), lowered);
                }
            }
            if self.lowered == before {
                return;
            }
        }
    }

    fn lower(&self, expr: &Expr, is_tight: bool) -> Rule {
        match expr {
            Expr::Str(text) => Rule::text(text),
            Expr::PosPred(_) | Expr::NegPred(_) => Rule::Blank,
            Expr::Ident(name) => self.named(name),
            Expr::Seq(..) => self.in_sequence(expr, is_tight),
            Expr::Choice(left, right) => Rule::choice([self.lower(left, is_tight), self.lower(right, is_tight)]),
            Expr::Opt(content) => Rule::optional(self.lower(content, is_tight)),
            Expr::Rep(content) => Rule::repeat(self.lower(content, is_tight)),
            Expr::RepOnce(content) => Rule::repeat1(self.lower(content, is_tight)),
            // Parts of tokens, whose patterns are made elsewhere.
            _ => Rule::Never,
        }
    }

    fn in_sequence(&self, expr: &Expr, is_tight: bool) -> Rule {
        let mut parts = Vec::new();
        let mut touches = false;
        for part in flat(expr) {
            match self.lower(part, is_tight) {
                Rule::Never => return Rule::Never,
                Rule::Blank => touches &= !is_space(part),
                lowered => {
                    let is_glued = is_tight && touches && !self.leads_with_space(part);
                    parts.push(if is_glued { glued(lowered) } else { lowered });
                    touches = !ends_with_space(part);
                }
            }
        }
        Rule::sequence(parts)
    }

    /// Whether space may stand first in this.
    fn leads_with_space(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Ident(name) if is_space(expr) || self.pest.is_token(name) => is_space(expr),
            Expr::Ident(name) => self.pest.rule(name).is_some_and(|rule| self.leads_with_space(&rule.expr)),
            Expr::Seq(..) => {
                let mut consuming =
                    flat(expr).into_iter().filter(|part| !matches!(part, Expr::PosPred(_) | Expr::NegPred(_)));
                consuming.next().is_some_and(|part| self.leads_with_space(part))
            }
            Expr::Choice(left, right) => self.leads_with_space(left) || self.leads_with_space(right),
            Expr::Opt(content) | Expr::RepOnce(content) => self.leads_with_space(content),
            Expr::Rep(content) => is_space(expr) || self.leads_with_space(content),
            _ => false,
        }
    }

    /// What stands for the rule of this name where another uses it.
    fn named(&self, name: &str) -> Rule {
        if is_mistake(name) {
            Rule::Never
        } else if SPACE.contains(&name) {
            Rule::Blank
        } else if let Some(text) = self.pest.fixed_text(name).filter(|_| self.pest.is_token(name)) {
            Rule::Text(text)
        } else if self.pest.is_token(name) {
            Rule::symbol(name)
        } else {
            match self.lowered.get(name) {
                None | Some(Rule::Never) => Rule::Never,
                Some(rule) if self.is_inlined(name, rule) => rule.clone(),
                Some(_) => Rule::symbol(name),
            }
        }
    }

    /// Silent rules that can match nothing, or are another name of something.
    fn is_inlined(&self, name: &str, rule: &Rule) -> bool {
        let is_silent = self.pest.rule(name).is_some_and(|rule| rule.ty == RuleType::Silent);
        is_silent && name != "name" && (can_be_empty(rule) || rule.parts().is_empty())
    }
}

impl Deriving<'_> {
    /// Whether the rule is one of the tree-sitter grammar.
    fn is_rule(&self, name: &str) -> bool {
        if self.pest.is_token(name) {
            return self.pest.fixed_text(name).is_none() && !is_mistake(name);
        }
        self.lowered.get(name).is_some_and(|rule| *rule != Rule::Never && !self.is_inlined(name, rule))
    }

    /// The name in tree-sitter: hidden rules start with an underscore.
    fn spelled(&self, name: &str) -> String {
        if let Some(name) = name.strip_prefix("glued ") {
            return format!("_glued_{name}");
        }
        let is_silent = self.pest.rule(name).is_some_and(|rule| rule.ty == RuleType::Silent);
        if is_silent || self.is_line(name) { format!("_{name}") } else { name.to_owned() }
    }

    /// A rule that only holds what is skipped behind a statement; correct texts have nothing there.
    fn is_line(&self, name: &str) -> bool {
        let is_symbol = |rule: &Rule| matches!(rule, Rule::Symbol(_));
        name.ends_with("_line")
            && match self.lowered.get(name) {
                Some(Rule::Choice(parts)) => parts.iter().all(is_symbol),
                Some(rule) => is_symbol(rule),
                None => false,
            }
    }

    fn finished(&self, name: &str) -> Rule {
        if self.pest.is_token(name) {
            return Rule::Pattern(pattern(self.pest, name));
        }
        let body = match name {
            "name" => self.any_name(),
            // The words behind it may be those of the next line.
            "row_where" => first_replaced(self.lowered[name].clone(), &|_| {
                Rule::Alias(Box::new(Rule::symbol(WHERE_ON_LINE)), "where".to_owned(), Named::No)
            }),
            // A family could be called so, and its arguments follow at once.
            "edit_piece" => with_any_bracket(self.lowered[name].clone()),
            _ => self.lowered[name].clone(),
        };
        let body = self.respelled(body);
        if let Some((_, value)) = PREFERRED.iter().find(|(preferred, _)| *preferred == name) {
            return Rule::Preferred(*value, Box::new(body));
        }
        match GREEDY.contains(&name) {
            true => Rule::Greedy(0, Box::new(body)),
            false => body,
        }
    }

    /// A name, or a word that means something at other places.
    fn any_name(&self) -> Rule {
        let alias = |word: String| Rule::Alias(Box::new(Rule::Text(word)), "ident".to_owned(), Named::Yes);
        Rule::choice([Rule::symbol("ident")].into_iter().chain(self.pest.soft().into_iter().map(alias)))
    }

    fn respelled(&self, rule: Rule) -> Rule {
        let all = |parts: Vec<Rule>| parts.into_iter().map(|part| self.respelled(part)).collect();
        let inner = |content: Box<Rule>| Box::new(self.respelled(*content));
        match rule {
            Rule::Symbol(name) => Rule::Symbol(self.spelled(&name)),
            Rule::Sequence(parts) => Rule::Sequence(all(parts)),
            Rule::Choice(parts) => Rule::Choice(all(parts)),
            Rule::Repeat(content) => Rule::Repeat(inner(content)),
            Rule::Repeat1(content) => Rule::Repeat1(inner(content)),
            Rule::Alias(content, name, named) => Rule::Alias(inner(content), name, named),
            other => other,
        }
    }
}

/// What follows the token before it at once, where that is the whole of an optional part: only there
/// does space make a difference.
fn glued(rule: Rule) -> Rule {
    match rule {
        Rule::Choice(parts) => match parts.as_slice() {
            [Rule::Symbol(name), Rule::Blank] => {
                let symbol = Rule::Symbol(format!("glued {name}"));
                Rule::optional(Rule::Alias(Box::new(symbol), name.clone(), Named::Yes))
            }
            _ => Rule::Choice(parts),
        },
        other => other,
    }
}

fn is_space(expr: &Expr) -> bool {
    match expr {
        Expr::Ident(name) => SPACE.contains(&name.as_str()),
        Expr::Rep(content) => is_space(content),
        _ => false,
    }
}

fn ends_with_space(expr: &Expr) -> bool {
    match expr {
        Expr::Seq(_, right) => ends_with_space(right),
        Expr::Rep(content) => is_space(expr) || ends_with_space(content),
        Expr::Opt(content) | Expr::RepOnce(content) => ends_with_space(content),
        Expr::Choice(left, right) => ends_with_space(left) && ends_with_space(right),
        other => is_space(other),
    }
}

/// Whether a rule stands for text that is not the language.
pub fn is_mistake(name: &str) -> bool {
    MISTAKES.iter().any(|prefix| name.starts_with(prefix))
}

/// The parts of a sequence.
fn flat(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Seq(left, right) => [flat(left), flat(right)].concat(),
        other => vec![other],
    }
}

/// Whether a rule can match nothing, as far as it shows without looking into its symbols: rules that can
/// have none of their own are never symbols.
fn can_be_empty(rule: &Rule) -> bool {
    match rule {
        Rule::Blank | Rule::Repeat(_) => true,
        Rule::Sequence(parts) => parts.iter().all(can_be_empty),
        Rule::Choice(parts) => parts.iter().any(can_be_empty),
        _ => false,
    }
}

/// The sequence, whose bracket may touch the token before it.
fn with_any_bracket(rule: Rule) -> Rule {
    let Rule::Sequence(parts) = rule else { return rule };
    let touching = Rule::Immediate(Box::new(Rule::text("(")));
    Rule::sequence(parts.into_iter().map(|part| match part {
        Rule::Text(text) if text == "(" => Rule::choice([Rule::Text(text), touching.clone()]),
        other => other,
    }))
}

/// The rule with another first part.
fn first_replaced(rule: Rule, replace: &dyn Fn(Rule) -> Rule) -> Rule {
    match rule {
        Rule::Sequence(mut parts) => {
            let first = parts.remove(0);
            Rule::sequence([first_replaced(first, replace)].into_iter().chain(parts))
        }
        Rule::Choice(parts) => Rule::choice(parts.into_iter().map(|part| first_replaced(part, replace))),
        other => replace(other),
    }
}

/// Space and comments, and the rules that touch the token before them.
fn extras(pest: &Pest, rules: &mut Vec<(String, Rule)>) -> Vec<Rule> {
    let arguments = rules.iter().find(|(name, _)| name == "arguments").expect("arguments").1.clone();
    let glued = first_replaced(arguments, &|first| Rule::Immediate(Box::new(first)));
    rules.push(("_glued_arguments".to_owned(), glued));
    let comments = ["file_doc", "item_doc", "line_comment"].map(Rule::symbol);
    [Rule::Pattern(pattern(pest, "WHITESPACE"))].into_iter().chain(comments).collect()
}

/// Drops what a file cannot hold.
fn keep_reachable(rules: &mut Vec<(String, Rule)>) {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut open = vec!["file".to_owned(), "file_doc".to_owned(), "item_doc".to_owned(), "line_comment".to_owned()];
    while let Some(name) = open.pop() {
        if reached.insert(name.clone())
            && let Some((_, rule)) = rules.iter().find(|(other, _)| *other == name)
        {
            rule.symbols(&mut open);
        }
    }
    rules.retain(|(name, _)| reached.contains(name));
}

impl Grammar {
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|(other, _)| other == name).map(|(_, rule)| rule)
    }

    /// Whether a rule leaves no node in the tree.
    pub fn is_hidden(&self, name: &str) -> bool {
        self.rule(&format!("_{name}")).is_some()
    }

    /// `grammar.js`.
    pub fn to_js(&self) -> String {
        let list = |rules: &[Rule]| rules.iter().map(|rule| rule.to_js(4)).collect::<Vec<_>>().join(", ");
        let conflicts: String = CONFLICTS
            .iter()
            .map(|names| names.iter().map(|name| format!("$.{name}")).collect::<Vec<_>>().join(", "))
            .map(|names| format!("    [{names}],\n"))
            .collect();
        let rules: String =
            self.rules.iter().map(|(name, rule)| format!("    {name}: $ => {},\n", rule.to_js(4))).collect();
        let words: Vec<String> = self.reserved.iter().map(|word| json!(word).to_string()).collect();
        let words: String = words.chunks(8).map(|row| format!("      {},\n", row.join(", "))).collect();
        format!(
            "// Made from grammar/*.pest by tests/editors.rs: change those, then run `make bless`.\n\n\
             export default grammar({{\n  name: \"ansatz\",\n\n  word: $ => $.ident,\n\n  \
             extras: $ => [{}],\n\n  externals: $ => [$.{WHERE_ON_LINE}],\n\n  \
             reserved: {{\n    global: $ => [\n{words}    ],\n  }},\n\n  \
             conflicts: $ => [\n{conflicts}  ],\n\n  rules: {{\n{rules}  }},\n}});\n",
            list(&self.extras),
        )
    }

    /// `src/grammar.json`.
    pub fn to_json(&self) -> String {
        let rules: Map<String, Value> = self.rules.iter().map(|(name, rule)| (name.clone(), rule.to_json())).collect();
        let texts: Vec<Value> = self.reserved.iter().map(|word| Rule::text(word).to_json()).collect();
        let json = json!({
            "name": "ansatz",
            "word": "ident",
            "rules": rules,
            "extras": self.extras.iter().map(Rule::to_json).collect::<Vec<_>>(),
            "conflicts": CONFLICTS,
            "precedences": [],
            "externals": [Rule::symbol(WHERE_ON_LINE).to_json()],
            "inline": [],
            "supertypes": [],
            "reserved": { "global": texts },
        });
        serde_json::to_string_pretty(&json).expect("a grammar as JSON") + "\n"
    }
}
