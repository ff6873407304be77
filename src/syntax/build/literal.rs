//! Literals: strings with their escapes, numbers with their range.

use super::Builder;
use crate::diagnostics::messages::syntax as messages;
use crate::source::Span;
use crate::syntax::SyntaxKind;
use crate::syntax::ast;
use crate::syntax::tree::Node;

impl Builder<'_> {
    /// A string literal with its escapes resolved; bad escapes stay as they are written.
    pub(super) fn text(&mut self, string: Node) -> ast::Text {
        let written = string.text();
        let inner = written.strip_prefix('"').unwrap_or(written);
        let inner = match string.kind() {
            SyntaxKind::StringLiteral => inner.strip_suffix('"').unwrap_or(inner),
            _ => inner,
        };
        let start = string.range().start + 1;
        let mut value = String::with_capacity(inner.len());
        let mut rest = inner;
        while let Some(at) = rest.find('\\') {
            let (plain, escape) = rest.split_at(at);
            value.push_str(plain);
            let (character, length) = escaped(escape);
            let (written, after) = escape.split_at(length);
            match character {
                Some(character) => value.push(character),
                None => {
                    value.push_str(written);
                    let offset = start + inner.len() - escape.len();
                    // An unterminated string might end in a lone backslash: it is reported already.
                    if length > 1 {
                        let span = Span::new(self.file, offset..offset + length);
                        self.findings.push(messages::bad_escape(span, written));
                    }
                }
            }
            rest = after;
        }
        value.push_str(rest);
        ast::Text { value, span: self.span(string) }
    }

    pub(super) fn int(&mut self, number: Node) -> Option<i64> {
        let value = number.text().parse().ok();
        if value.is_none() {
            self.findings.push(messages::integer_too_large(self.span(number), number.text()));
        }
        value
    }

    pub(super) fn real(&mut self, number: Node) -> Option<f64> {
        let value = number.text().parse().ok().filter(|value: &f64| value.is_finite());
        if value.is_none() {
            self.findings.push(messages::real_too_large(self.span(number), number.text()));
        }
        value
    }

    /// The size of a dim: a whole number that stands directly in `node`.
    pub(super) fn size(&mut self, node: Node) -> Option<(u64, Span)> {
        let is_number = |child: &Node| matches!(child.kind(), SyntaxKind::Int | SyntaxKind::Real);
        let number = node.children().find(is_number)?;
        if number.kind() == SyntaxKind::Real {
            self.findings.push(messages::not_whole(self.span(number), number.text()));
            return None;
        }
        let value = self.int(number).and_then(|value| u64::try_from(value).ok())?;
        Some((value, self.span(number)))
    }
}

/// The character that the escape at the start of `text` stands for, and the escape's length.
fn escaped(text: &str) -> (Option<char>, usize) {
    let mut characters = text.chars();
    characters.next();
    let Some(kind) = characters.next() else { return (None, text.len()) };
    let plain = match kind {
        '"' | '\\' => Some(kind),
        'n' => Some('\n'),
        't' => Some('\t'),
        _ => None,
    };
    let length = 1 + kind.len_utf8();
    if kind != 'u' {
        return (plain, length);
    }
    let digits = text.get(length..).and_then(|rest| rest.strip_prefix('{')?.split_once('}')).map(|(digits, _)| digits);
    let Some(digits) = digits else { return (None, length) };
    let valid = (1..=6).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = valid.then(|| u32::from_str_radix(digits, 16).ok()).flatten();
    (number.and_then(char::from_u32), length + digits.len() + 2)
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn escapes() {
        assert_eq!(escaped("\\nx"), (Some('\n'), 2));
        assert_eq!(escaped("\\u{1F600}x"), (Some('\u{1F600}'), 9));
        assert_eq!(escaped("\\u{d800}"), (None, 8));
        assert_eq!(escaped("\\u{}"), (None, 4));
        assert_eq!(escaped("\\u12"), (None, 2));
        assert_eq!(escaped("\\é"), (None, 3));
        assert_eq!(escaped("\\"), (None, 1));
    }
}
