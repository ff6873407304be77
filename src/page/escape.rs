//! What makes foreign text harmless in a page. The templates name these (`askama.toml`), so that no
//! value reaches a page without one of them.

use crate::diagnostics::is_hidden;
use askama::filters::Escaper;
use std::fmt::{Result, Write};

/// For HTML, in text and between quotation marks of attributes.
#[derive(Debug, Clone, Copy)]
pub struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> Result {
        for character in text.chars() {
            match character {
                '&' => dest.write_str("&amp;")?,
                '<' => dest.write_str("&lt;")?,
                '>' => dest.write_str("&gt;")?,
                '"' => dest.write_str("&quot;")?,
                '\'' => dest.write_str("&#39;")?,
                _ => visible(&mut dest, character)?,
            }
        }
        Ok(())
    }
}

/// For the Markdown of GitHub, also in cells of tables: whatever could be structure is a character
/// reference. Mentions and links to issues are made in plain text only, so that names stand in
/// `<code>`.
#[derive(Debug, Clone, Copy)]
pub struct Markdown;

impl Escaper for Markdown {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> Result {
        for (at, character) in text.char_indices() {
            match character {
                '&' | '<' | '>' | '"' | '\'' | '`' | '*' | '_' | '~' | '[' | ']' | '\\' | '|' | '#' | '@' | ':'
                | '$' | '!' | '{' | '}' => write!(dest, "&#{};", u32::from(character))?,
                // A link is made of what begins with this.
                '.' if is_web(&text[..at]) => dest.write_str("&#46;")?,
                _ => visible(&mut dest, character)?,
            }
        }
        Ok(())
    }
}

fn is_web(before: &str) -> bool {
    before.len() >= 3 && before.as_bytes()[before.len() - 3..].eq_ignore_ascii_case(b"www")
}

/// A character that can be seen as it is; else its code.
fn visible(dest: &mut impl Write, character: char) -> Result {
    if is_hidden(character) {
        return write!(dest, "{}", character.escape_unicode());
    }
    dest.write_char(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        let mut out = String::new();
        Html.write_escaped_str(&mut out, text).unwrap();
        out
    }

    fn markdown(text: &str) -> String {
        let mut out = String::new();
        Markdown.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn html_has_no_structure_and_nothing_hidden() {
        assert_eq!(html("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
        assert_eq!(html("a\u{202e}b\u{0}\n\u{7f}\u{2028}"), "a\\u{202e}b\\u{0}\\u{a}\\u{7f}\\u{2028}");
        assert_eq!(html("größe → ≥ 𝛼"), "größe → ≥ 𝛼");
    }

    #[test]
    fn markdown_has_no_structure_and_no_links() {
        let hostile = "|`*_~[x](y)<b>#1 @who https://a www.b \\ $x$ ![i] {c} a&b";
        let escaped = markdown(hostile);
        for structure in ["|", "`", "*", "_", "~", "[", "]", "<", ">", "@", "://", "www.", "\\", "$", "!", "{", "}"] {
            assert!(!escaped.contains(structure), "{structure} in {escaped}");
        }
        assert!(!escaped.replace("&#", "").contains(['#', '&']), "{escaped}");
        assert_eq!(markdown("94.6 % (93.1 % to 96.1 %)\n"), "94.6 % (93.1 % to 96.1 %)\\u{a}");
    }
}
