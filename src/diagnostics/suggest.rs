//! Did-you-mean, and making foreign names safe to print.

/// At most three of `candidates` that lie near `name`, nearest first; ties in the given order.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    let lower = name.to_lowercase();
    // A name that could not be read is empty, and no suggestion.
    let all: Vec<&str> =
        candidates.into_iter().filter(|candidate| (1..=256).contains(&candidate.chars().count())).collect();
    let mut ranked: Vec<(usize, &str)> = all
        .iter()
        .copied()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    if ranked.is_empty() {
        return related(&lower, &all);
    }
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked.dedup_by_key(|(_, candidate)| *candidate);
    ranked.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// Names that share all their words with `name`, or all of its words, or that shorten it: `count_and_nest` for
/// `count_nest`, `recovered` for `loss_recovered`, `pos` for `position`.
fn related<'a>(name: &str, candidates: &[&'a str]) -> Vec<&'a str> {
    let words = |text: &str| -> Vec<String> { text.to_lowercase().split('_').map(str::to_owned).collect() };
    let own = words(name);
    let holds = |outer: &[String], inner: &[String]| inner.iter().all(|word| word.len() > 1 && outer.contains(word));
    let is_related = |candidate: &&&str| {
        let other = words(candidate);
        let lower = candidate.to_lowercase();
        let shortens = candidate.len() >= 3 && name.starts_with(lower.as_str());
        let lengthens = name.len() >= 3 && lower.starts_with(name);
        holds(&own, &other) || holds(&other, &own) || shortens || lengthens
    };
    let mut found: Vec<&str> = candidates.iter().filter(is_related).copied().collect();
    found.sort_by_key(|candidate| candidate.len().abs_diff(name.len()));
    found.dedup();
    found.into_iter().take(3).collect()
}

/// A text from outside, whole and fit for a terminal: as [`clean`], but nothing is cut.
#[must_use]
pub fn shown_whole(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if is_hidden(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// A name from outside, fit for a terminal: control characters and bidirectional overrides are
/// escaped, and all beyond 80 characters is cut.
#[must_use]
pub fn clean(name: &str) -> String {
    let mut out = String::new();
    for (count, character) in name.chars().enumerate() {
        if count == 80 {
            out.push('…');
            break;
        }
        if is_hidden(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// Whether a character is a command to a screen, or changes how what is around it is read, without
/// being seen itself: control characters, separators of lines, what reverses the direction of text, and
/// what has no width.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    let unseen = matches!(
        character,
        '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    );
    character.is_control() || unseen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("hed", ["head", "mlp", "embed"]), ["head"]);
        assert!(nearest("zzz", ["head", "mlp"]).is_empty());
    }

    #[test]
    fn escapes_never_reach_the_screen() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
    }
}
