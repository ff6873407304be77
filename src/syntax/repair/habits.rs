//! Edits of whole expressions and claims that are written as another language has them.

use super::{Edit, Site};
use std::ops::Range;

/// Expressions as Python has them.
pub(super) fn of_python(site: &Site) -> Vec<Edit> {
    let edits = [
        floor_division(site),
        other_case(site),
        choice(site),
        method(site),
        power(site),
        membership(site),
        negation(site),
        slice(site),
        dashed_name(site),
    ];
    edits.into_iter().flatten().collect()
}

/// Claims and bounds as papers and notebooks have them.
pub(super) fn of_claims(site: &Site) -> Vec<Edit> {
    let edits =
        [percent(site), decimal_comma(site), second_bound(site), dotted_head(site), module_path(site), rows(site)];
    edits.into_iter().flatten().chain(unnamed_index(site)).collect()
}

/// `elif`.
fn other_case(site: &Site) -> Option<Edit> {
    (site.found() == "elif").then(|| Edit::write(site.range.clone(), "else if"))
}

/// `x if c else y`.
fn choice(site: &Site) -> Option<Edit> {
    let line = site.line();
    let behind = site.part(site.range.start..line.end);
    if !behind.starts_with("if ") {
        return None;
    }
    let start = line.start + site.part(line.start..site.range.start).rfind("= ")? + 2;
    let turned = turned(site.part(start..line.end).trim_end())?;
    Some(Edit::write(start..line.end, turned))
}

/// `x if c else y`, and the same in place of `y`, as this language writes it.
fn turned(text: &str) -> Option<String> {
    let Some((value, rest)) = text.split_once(" if ") else { return Some(text.to_owned()) };
    let (condition, other) = rest.split_once(" else ")?;
    Some(format!("if {} then {} else {}", condition.trim(), value.trim(), turned(other.trim())?))
}

/// `x.sum()`, and `x.shape[1]`.
fn method(site: &Site) -> Option<Edit> {
    if site.found() != "." {
        return None;
    }
    let value = word_before(site.text, site.range.start)?;
    let rest = site.part(site.range.end..site.line().end);
    let name = rest.split(|part: char| !part.is_alphanumeric() && part != '_').next()?;
    let behind = rest.get(name.len()..)?;
    if name == "shape" || name == "size" {
        let close = behind.find([']', ')'])? + 1;
        let end = site.range.end + name.len() + close;
        return Some(Edit::write(value.start..end, format!("length({})", site.part(value))));
    }
    let inside = behind.strip_prefix('(')?;
    let close = inside.find(')')?;
    let arguments = inside.get(..close)?.trim();
    let comma = if arguments.is_empty() { "" } else { ", " };
    let end = site.range.end + name.len() + close + 2;
    Some(Edit::write(value.start..end, format!("{name}({}{comma}{arguments})", site.part(value))))
}

/// `x ** 2`.
fn power(site: &Site) -> Option<Edit> {
    let before = site.before().trim_end();
    let star = before.strip_suffix('*').filter(|_| site.found() == "*")?;
    let value = word_before(site.text, star.trim_end().len())?;
    let rest = site.part(site.range.end..site.line().end);
    let digits = rest.trim_start().bytes().take_while(u8::is_ascii_digit).count();
    let times: usize = rest.trim_start().get(..digits)?.parse().ok().filter(|times| (2..=4).contains(times))?;
    let end = site.range.end + rest.len() - rest.trim_start().len() + digits;
    let product = vec![site.part(value.clone()); times].join(" * ");
    Some(Edit::write(value.start..end, product))
}

/// `x in [a, b]`.
fn membership(site: &Site) -> Option<Edit> {
    if site.found() != "in" {
        return None;
    }
    let value = word_before(site.text, site.gap())?;
    let rest = site.part(site.range.end..site.line().end);
    let open = rest.len() - rest.trim_start().len();
    let list = rest.trim_start().strip_prefix(['[', '{', '('])?;
    let close = outside_strings(list, &[']', '}', ')'])?;
    let name = site.part(value.clone());
    let equal: Vec<String> = list.get(..close)?.split(',').map(|one| format!("{name} == {}", one.trim())).collect();
    let end = site.range.end + open + close + 2;
    Some(Edit::write(value.start..end, equal.join(" or ")))
}

/// `~x`, and `!x` where it is not known as an operator.
fn negation(site: &Site) -> Option<Edit> {
    matches!(site.found(), "~" | "!").then(|| Edit::write(site.range.clone(), "not "))
}

/// `x // 2`: the comment swallows the rest of the line.
fn floor_division(site: &Site) -> Option<Edit> {
    let line = site.line();
    let at = line.start + site.part(line.clone()).find("//")?;
    let bracket = site.part(line.start..at).rfind('(').map(|open| line.start + open);
    let rest = site.part(at + 2..line.end);
    let close = rest.find(')')?;
    let start = bracket?;
    let (value, divisor) = (site.part(start + 1..at).trim(), rest.get(..close)?.trim());
    let (value, start) = match value.ends_with(')') && !value.contains('(') {
        // The bracket is that of a call: the whole call is divided.
        true => {
            let outer = site.part(line.start..start).rfind('(').map(|open| line.start + open)?;
            (site.part(outer + 1..at).trim(), outer)
        }
        false => (value, start),
    };
    let whole = format!("({value} - {value} % {divisor}) / {divisor}");
    Some(Edit::write(start..at + 2 + close + 1, whole))
}

/// `[:6]` and `[1..]`, where the dim and its size are known.
fn slice(site: &Site) -> Option<Edit> {
    let line = site.line();
    let found = site.found();
    let rest = site.part(site.range.start..line.end);
    if found == "]" && site.before().trim_end().ends_with("..") {
        let open = site.before().rfind('[')?;
        let dim = site.part(open + 1..site.range.start).split(':').next()?.trim();
        let size = size_of(site.text, dim)?;
        return Some(Edit::put(site.range.start, size));
    }
    let behind = rest.strip_prefix(':')?;
    if !site.before().trim_end().ends_with('[') {
        return None;
    }
    let digits = behind.trim_start().bytes().take_while(u8::is_ascii_digit).count();
    let end = behind.trim_start().get(..digits).filter(|digits| !digits.is_empty())?;
    size_of(site.text, "pos")?;
    let length = 1 + behind.len() - behind.trim_start().len() + digits;
    Some(Edit::write(site.range.start..site.range.start + length, format!("pos: 0..{end}")))
}

/// `[0]` of a region: along positions, most often.
fn unnamed_index(site: &Site) -> Option<Edit> {
    let fits = site.before().ends_with('[') && site.found().bytes().all(|byte| byte.is_ascii_digit());
    let closed = site.part(site.range.end..site.line().end).starts_with(']');
    (fits && closed && size_of(site.text, "pos").is_some()).then(|| Edit::put(site.range.start, "pos: "))
}

/// The size of a dim where the text gives it.
fn size_of<'t>(text: &'t str, dim: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix("dim ")?.trim_start().strip_prefix(dim)?;
        let size = rest.trim_start().strip_prefix('=')?.trim();
        let digits = size.bytes().take_while(u8::is_ascii_digit).count();
        size.get(..digits).filter(|size| !size.is_empty())
    })
}

/// `a-b` as a name, and a name that starts with a digit.
fn dashed_name(site: &Site) -> Option<Edit> {
    let rest = site.part(site.range.end..site.line().end);
    let length = rest.find(|part: char| !part.is_alphanumeric() && part != '_').unwrap_or(rest.len());
    if site.found() == "-" && length > 0 && !site.before().ends_with(' ') {
        let first = word_before(site.text, site.range.start)?;
        let name = format!("{}_{}", site.part(first.clone()), &rest[..length]);
        return Some(Edit::write(first.start..site.range.end + length, name));
    }
    let is_name = site.expected.is_empty() && site.found().starts_with(|first: char| first.is_ascii_digit());
    let has_letters = site.found().contains(|part: char| part.is_alphabetic());
    (is_name && has_letters).then(|| Edit::write(site.range.clone(), format!("_{}", site.found())))
}

/// `90 %` as a share.
fn percent(site: &Site) -> Option<Edit> {
    let line = site.line();
    let sign = line.start + site.part(line.start..line.end).find('%')?;
    let number = word_before(site.text, site.part(0..sign).trim_end().len())?;
    let start = site.part(line.start..number.start).rfind(' ').map_or(number.start, |at| line.start + at + 1);
    let percent: f64 = site.part(start..sign).trim().parse().ok()?;
    let is_near = (sign..=sign + 2).contains(&site.range.start);
    is_near.then(|| Edit::write(start..sign + 1, share(percent)).at(sign..sign + 1))
}

/// A percentage as a share.
fn share(percent: f64) -> String {
    format!("{}", percent / 100.0)
}

/// `0,9`.
fn decimal_comma(site: &Site) -> Option<Edit> {
    let digit = |part: Option<char>| part.is_some_and(|part| part.is_ascii_digit());
    let behind = site.text.get(site.range.end..).and_then(|rest| rest.chars().next());
    let fits = site.found() == "," && digit(site.before().chars().next_back()) && digit(behind);
    fits.then(|| Edit::write(site.range.clone(), "."))
}

/// Two bounds on one line, joined by `and`.
fn second_bound(site: &Site) -> Option<Edit> {
    if !matches!(site.found(), "and" | "&&" | ";" | ",")
        || !site.part(site.range.end..site.line().end).contains(['<', '>'])
    {
        return None;
    }
    let line = site.line();
    let margin: String = site.part(line).chars().take_while(|part| *part == ' ').collect();
    let spaces = site.text.get(site.range.end..)?.bytes().take_while(|byte| *byte == b' ').count();
    Some(Edit::write(site.gap()..site.range.end + spaces, format!("\n{margin}")))
}

/// `2.1` for a head of a family with two parameters.
fn dotted_head(site: &Site) -> Option<Edit> {
    let (layer, head) = site.found().split_once('.')?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(layer) || !is_number(head) {
        return None;
    }
    let family = family_of(site.text, 2, |_| true)?;
    Some(Edit::write(site.range.clone(), format!("{family}({layer}, {head})")))
}

/// `blocks.2.mlp` for a member of the family `mlp`.
fn module_path(site: &Site) -> Option<Edit> {
    if site.found() != "." {
        return None;
    }
    let first = word_before(site.text, site.range.start)?;
    let rest = site.part(site.range.end..site.line().end);
    let path = rest.split(|part: char| !part.is_alphanumeric() && part != '_' && part != '.').next()?;
    let index = path.split('.').find(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))?;
    let last = path.split('.').next_back()?;
    let family = family_of(site.text, 1, |name| name == last)?;
    Some(Edit::write(first.start..site.range.end + path.len(), format!("{family}({index})")).at(site.range.clone()))
}

/// The first family of components with so many parameters.
fn family_of(text: &str, parameters: usize, fits: impl Fn(&str) -> bool) -> Option<&str> {
    text.lines().find_map(|line| {
        let (name, rest) = line.trim_start().strip_prefix("component ")?.split_once('(')?;
        let list = rest.split(')').next()?;
        (list.matches(" in ").count() == parameters && fits(name.trim())).then_some(name.trim())
    })
}

/// `generate` without a number of rows.
fn rows(site: &Site) -> Option<Edit> {
    let ends = site.before().trim_end().ends_with("generate");
    ends.then(|| Edit::put(site.gap(), "(1000)"))
}

/// The word that ends at an offset.
fn word_before(text: &str, end: usize) -> Option<Range<usize>> {
    let before = text.get(..end)?;
    let start = before.trim_end_matches(|part: char| part.is_alphanumeric() || part == '_').len();
    (start < end).then_some(start..end)
}

/// The first of these characters outside of strings.
fn outside_strings(text: &str, wanted: &[char]) -> Option<usize> {
    let mut in_string = false;
    text.char_indices()
        .find(|(_, part)| {
            in_string ^= *part == '"';
            !in_string && wanted.contains(part)
        })
        .map(|(at, _)| at)
}
