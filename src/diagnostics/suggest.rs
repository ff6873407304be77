//! Did-you-mean, and making foreign names safe to print.

/// At most three of `candidates` that lie near `name`, nearest first; ties in the given order.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    let lower = name.to_lowercase();
    let mut ranked: Vec<(usize, &str)> = candidates
        .into_iter()
        // A name that could not be read is empty, and no suggestion.
        .filter(|candidate| (1..=256).contains(&candidate.chars().count()))
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked.dedup_by_key(|(_, candidate)| *candidate);
    ranked.into_iter().take(3).map(|(_, candidate)| candidate).collect()
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
