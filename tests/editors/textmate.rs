//! A tokeniser of TextMate grammars, with what the grammar of Ansatz uses of them: `match` and `captures`,
//! `begin` and `end` with captures, nested patterns, and `include` of the repository. As in editors, a text
//! is read line by line, the leftmost match counts, and of several the first pattern.

use fancy_regex::{Captures, Regex};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// A grammar.
#[derive(Debug)]
pub struct TextMate {
    json: Value,
    /// By the text of the expression.
    expressions: BTreeMap<String, Regex>,
}

/// A part of a text, and the innermost scope that names it.
pub type Scoped = (Range<usize>, String);

/// A region that was begun and has not ended.
#[derive(Debug, Clone, Copy)]
struct Region<'g> {
    pattern: &'g Value,
}

/// The next match.
struct Next<'g, 't> {
    pattern: &'g Value,
    /// Whether it ends the region; a region can hold another of its own pattern.
    is_end: bool,
    captures: Captures<'t>,
}

impl TextMate {
    /// A grammar of this text. Every key of it has to be one that the tokeniser knows.
    pub fn read(text: &str) -> TextMate {
        let json: Value = serde_json::from_str(text).expect("a grammar in JSON");
        let mut expressions = BTreeMap::new();
        for text in expressions_of(&json) {
            let regex = Regex::new(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            expressions.insert(text, regex);
        }
        TextMate { json, expressions }
    }

    /// The scopes of a text; what has none is left out.
    pub fn scopes(&self, text: &str) -> Vec<Scoped> {
        let mut stack = vec![Region { pattern: &self.json }];
        let mut found = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            self.line(content, start, &mut stack, &mut found);
            start += line.len();
        }
        found
    }

    fn line<'g>(&'g self, line: &str, start: usize, stack: &mut Vec<Region<'g>>, found: &mut Vec<Scoped>) {
        let mut at = 0;
        // A region that ends where it began would be begun again for ever.
        let mut empty_turns = 0;
        while at <= line.len() && empty_turns < 20 {
            let region = *stack.last().expect("the file itself");
            let Some(Next { pattern, is_end, captures }) = self.next(region, line, at) else { break };
            let whole = captures.get(0).expect("the whole match");
            self.fill(region, start + at..start + whole.start(), found);
            if is_end {
                self.named(pattern, "endCaptures", &captures, start, found);
                stack.pop();
            } else if pattern.get("begin").is_some() {
                self.named(pattern, "beginCaptures", &captures, start, found);
                stack.push(Region { pattern });
            } else {
                self.named(pattern, "captures", &captures, start, found);
            }
            empty_turns = if whole.end() > at { 0 } else { empty_turns + 1 };
            at = whole.end();
        }
        let region = *stack.last().expect("the file itself");
        self.fill(region, start + at.min(line.len())..start + line.len(), found);
    }

    /// What matches next: the end of the region, or one of its patterns.
    fn next<'g, 't>(&'g self, region: Region<'g>, line: &'t str, at: usize) -> Option<Next<'g, 't>> {
        let mut candidates = Vec::new();
        if let Some(end) = region.pattern.get("end") {
            candidates.push((region.pattern, end));
        }
        let ends = candidates.len();
        self.collect(region.pattern, &mut candidates, 0);
        let mut best: Option<Next<'_, '_>> = None;
        for (turn, (pattern, expression)) in candidates.into_iter().enumerate() {
            let regex = &self.expressions[expression.as_str().expect("an expression")];
            let Ok(Some(captures)) = regex.captures_from_pos(line, at) else { continue };
            let begin = |captures: &Captures<'_>| captures.get(0).map_or(usize::MAX, |whole| whole.start());
            if best.as_ref().is_none_or(|other| begin(&captures) < begin(&other.captures)) {
                best = Some(Next { pattern, is_end: turn < ends, captures });
            }
        }
        best
    }

    /// The patterns of a region with their expressions, includes followed.
    fn collect<'g>(&'g self, holder: &'g Value, candidates: &mut Vec<(&'g Value, &'g Value)>, depth: usize) {
        assert!(depth < 20, "a pattern that includes itself");
        for pattern in holder["patterns"].as_array().into_iter().flatten() {
            let pattern = match pattern["include"].as_str() {
                Some(name) => {
                    let name = name.strip_prefix('#').expect("an include of the repository");
                    self.json["repository"].get(name).unwrap_or_else(|| panic!("nothing is called {name}"))
                }
                None => pattern,
            };
            match pattern.get("match").or_else(|| pattern.get("begin")) {
                Some(expression) => candidates.push((pattern, expression)),
                None => self.collect(pattern, candidates, depth + 1),
            }
        }
    }

    /// Names a match and its groups.
    fn named(&self, pattern: &Value, key: &str, captures: &Captures<'_>, start: usize, found: &mut Vec<Scoped>) {
        let whole = captures.get(0).expect("the whole match");
        if let Some(name) = pattern["name"].as_str() {
            found.push((start + whole.start()..start + whole.end(), name.to_owned()));
        }
        for (group, scope) in pattern[key].as_object().into_iter().flatten() {
            let group: usize = group.parse().expect("the number of a group");
            if let Some(part) = captures.get(group) {
                let scope = scope["name"].as_str().expect("a scope");
                found.push((start + part.start()..start + part.end(), scope.to_owned()));
            }
        }
    }

    /// Names what lies between matches by its region.
    fn fill(&self, region: Region<'_>, range: Range<usize>, found: &mut Vec<Scoped>) {
        if let Some(name) = region.pattern["name"].as_str().filter(|_| region.pattern.get("end").is_some()) {
            found.push((range, name.to_owned()));
        }
    }
}

/// The keys of patterns.
const KEYS: &[&str] = &[
    "name",
    "scopeName",
    "fileTypes",
    "patterns",
    "repository",
    "include",
    "match",
    "captures",
    "begin",
    "beginCaptures",
    "end",
    "endCaptures",
];

/// All regular expressions of a grammar, or of a pattern.
pub fn expressions_of(json: &Value) -> Vec<String> {
    let patterns = json["patterns"].as_array().into_iter().flatten();
    let kept = json["repository"].as_object().into_iter().flatten().map(|(_, pattern)| pattern);
    let mut found: Vec<String> = patterns.chain(kept).flat_map(expressions_of).collect();
    for (key, value) in json.as_object().expect("a pattern") {
        assert!(KEYS.contains(&key.as_str()), "the tokeniser does not know {key:?}");
        if let ("match" | "begin" | "end", Some(text)) = (key.as_str(), value.as_str()) {
            found.push(text.to_owned());
        }
    }
    found
}
