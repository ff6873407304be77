//! Rules of tree-sitter, and their two spellings: `grammar.json` and `grammar.js`.

use serde_json::{Value, json};

/// A rule of a tree-sitter grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Nothing, which always matches.
    Blank,
    /// Matches no text. Gone when a grammar is complete.
    Never,
    Text(String),
    Pattern(String),
    Symbol(String),
    Sequence(Vec<Rule>),
    Choice(Vec<Rule>),
    Repeat(Box<Rule>),
    Repeat1(Box<Rule>),
    /// The content under another name; a name in quotes is an anonymous token.
    Alias(Box<Rule>, String, Named),
    /// A token that no space may precede.
    Immediate(Box<Rule>),
    /// Of two readings of the same text the one with the larger number is taken.
    Preferred(i32, Box<Rule>),
    /// Where one more token could go into this rule or end it, it goes in.
    Greedy(i32, Box<Rule>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Yes,
    No,
}

impl Rule {
    pub fn symbol(name: &str) -> Rule {
        Rule::Symbol(name.to_owned())
    }

    pub fn text(text: &str) -> Rule {
        Rule::Text(text.to_owned())
    }

    /// One after the other. What never matches spoils all of it.
    pub fn sequence(parts: impl IntoIterator<Item = Rule>) -> Rule {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Rule::Never => return Rule::Never,
                Rule::Blank => {}
                Rule::Sequence(inner) => all.extend(inner),
                other => all.push(other),
            }
        }
        match all.len() {
            0 => Rule::Blank,
            1 => all.remove(0),
            _ => Rule::Sequence(all),
        }
    }

    /// One of them, each once, without those that never match.
    pub fn choice(parts: impl IntoIterator<Item = Rule>) -> Rule {
        let mut all: Vec<Rule> = Vec::new();
        for part in parts {
            let inner = match part {
                Rule::Never => continue,
                Rule::Choice(inner) => inner,
                other => vec![other],
            };
            for one in inner {
                if !all.contains(&one) {
                    all.push(one);
                }
            }
        }
        // Repeating at least once or nothing at all is repeating.
        if let [Rule::Repeat1(content), Rule::Blank] = all.as_slice() {
            return Rule::Repeat(content.clone());
        }
        match all.len() {
            0 => Rule::Never,
            1 => all.remove(0),
            _ => Rule::Choice(all),
        }
    }

    pub fn optional(content: Rule) -> Rule {
        Rule::choice([content, Rule::Blank])
    }

    pub fn repeat(content: Rule) -> Rule {
        match content {
            Rule::Never | Rule::Blank => Rule::Blank,
            other => Rule::Repeat(Box::new(other)),
        }
    }

    pub fn repeat1(content: Rule) -> Rule {
        match content {
            Rule::Never => Rule::Never,
            Rule::Blank => Rule::Blank,
            other => Rule::Repeat1(Box::new(other)),
        }
    }

    /// The parts of this rule, if it has any.
    pub fn parts(&self) -> &[Rule] {
        match self {
            Rule::Blank | Rule::Never | Rule::Text(_) | Rule::Pattern(_) | Rule::Symbol(_) => &[],
            Rule::Sequence(parts) | Rule::Choice(parts) => parts,
            Rule::Repeat(content)
            | Rule::Repeat1(content)
            | Rule::Alias(content, ..)
            | Rule::Immediate(content)
            | Rule::Preferred(_, content)
            | Rule::Greedy(_, content) => std::slice::from_ref(content),
        }
    }

    /// All symbols in it.
    pub fn symbols(&self, found: &mut Vec<String>) {
        if let Rule::Symbol(name) = self {
            found.push(name.clone());
        }
        for part in self.parts() {
            part.symbols(found);
        }
    }

    pub fn to_json(&self) -> Value {
        let all = |parts: &[Rule]| parts.iter().map(Rule::to_json).collect::<Vec<_>>();
        match self {
            Rule::Blank | Rule::Never => json!({"type": "BLANK"}),
            Rule::Text(value) => json!({"type": "STRING", "value": value}),
            Rule::Pattern(value) => json!({"type": "PATTERN", "value": value}),
            Rule::Symbol(name) => json!({"type": "SYMBOL", "name": name}),
            Rule::Sequence(parts) => json!({"type": "SEQ", "members": all(parts)}),
            Rule::Choice(parts) => match parts.split_last() {
                Some((Rule::Blank, rest)) if rest.len() > 1 => {
                    let inner = json!({"type": "CHOICE", "members": all(rest)});
                    json!({"type": "CHOICE", "members": [inner, {"type": "BLANK"}]})
                }
                _ => json!({"type": "CHOICE", "members": all(parts)}),
            },
            Rule::Repeat(content) => json!({"type": "REPEAT", "content": content.to_json()}),
            Rule::Repeat1(content) => json!({"type": "REPEAT1", "content": content.to_json()}),
            Rule::Alias(content, name, named) => {
                json!({"type": "ALIAS", "content": content.to_json(), "named": *named == Named::Yes, "value": name})
            }
            Rule::Immediate(content) => json!({"type": "IMMEDIATE_TOKEN", "content": content.to_json()}),
            Rule::Preferred(value, content) => {
                json!({"type": "PREC_DYNAMIC", "value": value, "content": content.to_json()})
            }
            Rule::Greedy(value, content) => {
                json!({"type": "PREC_RIGHT", "value": value, "content": content.to_json()})
            }
        }
    }

    /// The JavaScript of this rule; what is longer than a line is broken at its outermost parts.
    pub fn to_js(&self, indent: usize) -> String {
        let list = |function: &str, parts: &[Rule]| call(function, parts, indent);
        match self {
            Rule::Blank | Rule::Never => "blank()".to_owned(),
            Rule::Text(value) => json!(value).to_string(),
            Rule::Pattern(value) => format!("/{value}/"),
            Rule::Symbol(name) => format!("$.{name}"),
            Rule::Sequence(parts) => list("seq", parts),
            Rule::Choice(parts) => match parts.split_last() {
                Some((Rule::Blank, [one])) => list("optional", std::slice::from_ref(one)),
                Some((Rule::Blank, rest)) => list("optional", &[Rule::Choice(rest.to_vec())]),
                _ => list("choice", parts),
            },
            Rule::Repeat(content) => list("repeat", std::slice::from_ref(content)),
            Rule::Repeat1(content) => list("repeat1", std::slice::from_ref(content)),
            Rule::Alias(content, name, Named::Yes) => format!("alias({}, $.{name})", content.to_js(indent)),
            Rule::Alias(content, name, Named::No) => format!("alias({}, {})", content.to_js(indent), json!(name)),
            Rule::Immediate(content) => format!("token.immediate({})", content.to_js(indent)),
            Rule::Preferred(value, content) => format!("prec.dynamic({value}, {})", content.to_js(indent)),
            Rule::Greedy(value, content) => format!("prec.right({value}, {})", content.to_js(indent)),
        }
    }
}

/// A call of a function of the grammar language.
fn call(function: &str, parts: &[Rule], indent: usize) -> String {
    let inner: Vec<String> = parts.iter().map(|part| part.to_js(indent + 2)).collect();
    let line = format!("{function}({})", inner.join(", "));
    if line.len() + indent <= 100 && !line.contains('\n') {
        return line;
    }
    let space = " ".repeat(indent + 2);
    let rows: String = inner.iter().map(|row| format!("{space}{row},\n")).collect();
    format!("{function}(\n{rows}{})", " ".repeat(indent))
}
