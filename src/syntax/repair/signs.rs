//! Edits of single signs: brackets, quotes, and what the finding says is expected.

use super::{Edit, Site};
use std::ops::Range;

/// What is expected, in place of what is there, or before it.
pub(super) fn expected(site: &Site) -> Vec<Edit> {
    let found = site.found();
    let is_word = found.starts_with(|first: char| first.is_alphanumeric() || first == '_' || first == '"');
    let words = site.expected.iter().filter(|word| !word.is_empty() && !word.contains(' '));
    words
        .flat_map(|word| {
            let replaced = Edit::write(site.range.clone(), word.as_str());
            let put = put(site, word);
            if found.is_empty() || is_word { vec![put, replaced] } else { vec![replaced, put] }
        })
        .collect()
}

/// A sign or word before the mistake, with the spaces that it needs.
fn put(site: &Site, word: &str) -> Edit {
    match word {
        "," | ")" | "]" => Edit::put(site.gap(), word),
        "{" if site.found().is_empty() => Edit::put(site.gap(), " {"),
        _ if site.found().is_empty() => Edit::put(site.gap(), format!(" {word}")),
        _ => Edit::put(site.range.start, format!("{word} ")),
    }
}

/// Brackets of another kind around the mistake.
pub(super) fn brackets(site: &Site) -> Vec<Edit> {
    let at_opener = pair_at(site.text, site.range.start);
    let around = enclosing(site).and_then(|at| pair_at(site.text, at));
    let mut edits = Vec::new();
    for pair in at_opener.into_iter().chain(around).chain(closed_before(site)) {
        let inside = site.part(pair.start + 1..pair.end - 1);
        for (open, close) in [('(', ')'), ('[', ']'), ('{', '}')] {
            if !site.part(pair.clone()).starts_with(open) {
                let edit = Edit::write(pair.clone(), format!("{open}{inside}{close}"));
                edits.push(edit.at(pair.start..pair.start + 1));
            }
        }
    }
    edits
}

/// The brackets that end right before the mistake, over several lines.
fn closed_before(site: &Site) -> Option<Range<usize>> {
    let before = site.before().trim_end();
    let mut openers = before.match_indices('(').map(|(at, _)| at).collect::<Vec<_>>();
    while let Some(at) = openers.pop().filter(|at| before.ends_with(')') && before.len() - at < 2048) {
        let pair = pair_at(site.text, at)?;
        if pair.end == before.len() {
            return site.part(pair.clone()).contains('\n').then_some(pair);
        }
    }
    None
}

/// The bracket in which the mistake stands, on its line.
fn enclosing(site: &Site) -> Option<usize> {
    let line = site.line();
    let mut depth = 0;
    for (at, character) in site.part(line.start..site.range.start).char_indices().rev() {
        match character {
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' if depth == 0 => return Some(line.start + at),
            '(' | '[' | '{' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// An opening bracket with all up to the bracket that closes it; brackets in strings do not count.
fn pair_at(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    if !rest.starts_with(['(', '[', '{']) {
        return None;
    }
    let (mut depth, mut in_string) = (0_usize, false);
    for (at, character) in rest.char_indices().take(4096) {
        match character {
            '"' => in_string = !in_string,
            _ if in_string => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(start..start + at + 1);
        }
    }
    None
}

/// A sign that is too much.
pub(super) fn needless(site: &Site) -> Vec<Edit> {
    let found = site.found();
    let is_sign =
        !found.is_empty() && found.chars().all(|sign| sign.is_ascii_punctuation() && sign != '_' && sign != '"');
    if !is_sign {
        return Vec::new();
    }
    let spaced = site.text.get(site.range.end..).is_some_and(|rest| rest.starts_with(' '));
    let end = site.range.end + usize::from(spaced && site.before().ends_with([' ', '\n']));
    vec![Edit::remove(site.range.start..end)]
}

/// A quote that is absent: behind the first word that the string can end with, or before the word that it starts with.
pub(super) fn quote(site: &Site) -> Vec<Edit> {
    let line = site.part(site.range.start..site.line().end);
    let code = line.split("//").next().unwrap_or("").trim_end();
    let mut ends: Vec<usize> =
        code.match_indices([')', ']', ' ', ',']).map(|(at, _)| at).filter(|at| *at > 1).collect();
    ends.push(code.len());
    let mut edits: Vec<Edit> = Vec::new();
    let before = site.before();
    let word =
        before.len() - before.trim_end_matches(|part: char| part.is_alphanumeric() || "_-./{}".contains(part)).len();
    if word > 0 {
        let start = site.range.start - word;
        edits.push(Edit::put(start, "\"").at(start..start + word));
    }
    edits.extend(ends.into_iter().map(|end| Edit::put(site.range.start + end, "\"")));
    edits
}

/// A name in the letters that its foreign ones look like, or are called by.
pub(super) fn plain_name(site: &Site) -> Vec<Edit> {
    let plain: Option<String> = site.found().chars().map(plain_letters).collect();
    plain.into_iter().map(|plain| Edit::write(site.range.clone(), plain)).collect()
}

fn plain_letters(letter: char) -> Option<String> {
    if letter.is_ascii_alphanumeric() || letter == '_' {
        return Some(letter.to_string());
    }
    let known = LETTERS.iter().find(|(foreign, _)| *foreign == letter);
    known.map(|(_, plain)| (*plain).to_owned())
}

/// Letters that look like those of ASCII, and those of Greek by their names.
const LETTERS: &[(char, &str)] = &[
    ('а', "a"),
    ('е', "e"),
    ('о', "o"),
    ('р', "p"),
    ('с', "c"),
    ('х', "x"),
    ('у', "y"),
    ('і', "i"),
    ('А', "A"),
    ('В', "B"),
    ('Е', "E"),
    ('К', "K"),
    ('М', "M"),
    ('Н', "H"),
    ('О', "O"),
    ('Р', "P"),
    ('С', "C"),
    ('Т', "T"),
    ('Х', "X"),
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "epsilon"),
    ('θ', "theta"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('π', "pi"),
    ('σ', "sigma"),
    ('φ', "phi"),
    ('ω', "omega"),
    ('Δ', "Delta"),
    ('Σ', "Sigma"),
    ('Φ', "Phi"),
    ('Ω', "Omega"),
    ('ä', "ae"),
    ('ö', "oe"),
    ('ü', "ue"),
    ('ß', "ss"),
    ('é', "e"),
    ('è', "e"),
    ('ç', "c"),
    ('ñ', "n"),
];
