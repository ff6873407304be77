//! Findings as text for people (ariadne), as one line each, and as JSON.

use super::{Diagnostic, Fix, Place, Severity, shown_whole};
use crate::source::{Sources, Span};
use ariadne::{CharSet, Config, IndexType, Label, Report, ReportKind};
use serde_json::{Value, json};

/// How findings are drawn on a terminal.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub colour: bool,
    pub unicode: bool,
}

/// Lines longer than this are not drawn; the finding is then given in one line.
const LONGEST_LINE: usize = 2_000;
/// Headlines, notes and helps are no wider, in characters, but for words that are.
const WIDTH: usize = 100;
/// Code that is not cut.
const LONGEST_CODE: usize = 40;
/// What is drawn before a note besides the number of a line, and an indent behind a headline.
const GUTTER: usize = 4;
const INDENT: usize = 4;
/// Of the calls that a finding stands in, so many are shown, and the outermost one.
const CALLS_SHOWN: usize = 2;

/// Orders findings by file, place, severity and code, and drops exact repeats.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        (&a.primary.place, a.severity, a.code.id, &a.message).cmp(&(
            &b.primary.place,
            b.severity,
            b.code.id,
            &b.message,
        ))
    });
    diagnostics.dedup();
}

/// A finding with its places where they were written; what stands in a body that was called says
/// from where.
#[must_use]
pub fn as_written(diagnostic: &Diagnostic, sources: &Sources) -> Diagnostic {
    let mut found = diagnostic.clone();
    let calls = match found.primary.place {
        Place::Source(span) => sources.calls(span.file),
        _ => Vec::new(),
    };
    let written = |span: Span| Span { file: sources.written(span.file), ..span };
    for label in std::iter::once(&mut found.primary).chain(&mut found.secondary) {
        if let Place::Source(span) = &mut label.place {
            *span = written(*span);
        }
    }
    for edit in found.helps.iter_mut().filter_map(|help| help.fix.as_mut()).flat_map(|fix| &mut fix.edits) {
        edit.span = written(edit.span);
    }
    let first = calls.iter().take(CALLS_SHOWN).chain(calls.last().filter(|_| calls.len() > CALLS_SHOWN));
    found.secondary.extend(
        first.map(|call| super::Label { place: Place::Source(written(*call)), text: "called here".to_owned() }),
    );
    found
}

/// One finding as a block of lines with the text it is about.
#[must_use]
pub fn terminal(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    let diagnostic = &as_written(diagnostic, sources);
    let Some(span) = drawable(diagnostic, sources) else {
        return without_excerpt(diagnostic, sources, style);
    };
    let mut report = Report::build(kind(diagnostic), id(sources, span))
        .with_code(diagnostic.code.id)
        .with_message(wrapped(&diagnostic.message, headline(diagnostic).chars().count() + 1, INDENT))
        .with_config(config(style))
        .with_label(label(sources, span, &diagnostic.primary.text, 1));
    for other in &diagnostic.secondary {
        match other.place {
            Place::Source(span) if fits(sources, span) => {
                report = report.with_label(label(sources, span, &other.text, 0));
            }
            _ => report.add_note(format!("{}{}", where_is(&other.place, sources), prefixed(&other.text))),
        }
    }
    let gutter = GUTTER + last_line(diagnostic, sources).to_string().len();
    // With its number, where there are several; what follows is drawn below the words.
    let before = gutter + "Note 1: ".len();
    for help in &diagnostic.helps {
        report.add_help(lines(&help.text, before, before).join("\n"));
    }
    for note in &diagnostic.notes {
        report.add_note(lines(note, before, before).join("\n"));
    }
    let mut bytes = Vec::new();
    let written = report.finish().write(cache(sources), &mut bytes);
    match (written, String::from_utf8(bytes)) {
        (Ok(()), Ok(text)) => text.lines().map(|line| format!("{}\n", line.trim_end())).collect(),
        _ => without_excerpt(diagnostic, sources, style),
    }
}

/// The number of the last line that a finding is drawn with.
fn last_line(diagnostic: &Diagnostic, sources: &Sources) -> u32 {
    let places = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary).map(|label| &label.place);
    let line = |place: &Place| match place {
        Place::Source(span) if fits(sources, *span) => Some(sources.get(span.file)?.line_column(span.end).line),
        _ => None,
    };
    places.filter_map(line).max().unwrap_or(1)
}

/// A text in lines, cut at spaces: `first` characters stand before the first of them, `rest` before the
/// others. A word is kept whole, even if it is wider.
fn lines(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for paragraph in text.split('\n') {
        let mut line: Option<String> = None;
        for word in words(paragraph) {
            let before = if found.is_empty() { first } else { rest };
            line = Some(match line {
                None => word,
                Some(line) if before + line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                    format!("{line} {word}")
                }
                Some(full) => {
                    found.push(full);
                    word
                }
            });
        }
        found.extend(line);
    }
    found
}

/// The words of a text; code between backticks is one, unless it is long.
fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let is_open = |word: &String| word.matches('`').count() % 2 == 1 && word.chars().count() < LONGEST_CODE;
    for word in text.split(' ') {
        match found.last_mut() {
            Some(last) if is_open(last) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => found.push(word.to_owned()),
        }
    }
    found
}

/// The same as one text, with `rest` spaces before all lines but the first.
fn wrapped(text: &str, first: usize, rest: usize) -> String {
    lines(text, first, rest).join(&format!("\n{}", " ".repeat(rest)))
}

/// The file, line and column of a finding in a text, as it was written.
#[must_use]
pub fn line_of(diagnostic: &Diagnostic, sources: &Sources) -> Option<(String, u32, u32)> {
    let Place::Source(span) = as_written(diagnostic, sources).primary.place else { return None };
    let file = sources.get(span.file)?;
    let at = file.line_column(span.start);
    Some((shown_whole(&file.name), at.line, at.column))
}

/// One finding in one line: `file:3:13: error[A3001]: message`.
#[must_use]
pub fn concise(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place = where_is(&diagnostic.primary.place, sources);
    let separator = if place.is_empty() { "" } else { ": " };
    format!("{place}{separator}{}[{}]: {}", word(diagnostic.severity), diagnostic.code.id, diagnostic.message)
}

/// One finding as JSON, with byte offsets and lines and columns.
#[must_use]
pub fn json(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let diagnostic = &as_written(diagnostic, sources);
    let labels = |labels: &[super::Label]| -> Vec<Value> {
        labels.iter().map(|label| json!({"place": place_json(&label.place, sources), "text": label.text})).collect()
    };
    let helps: Vec<Value> = diagnostic
        .helps
        .iter()
        .map(|help| {
            let fix = help.fix.as_ref().map(|fix| fix_json(fix, sources));
            json!({"text": help.text, "fix": fix})
        })
        .collect();
    let suppressed = diagnostic.suppressed.as_ref().map(|found| json!({"by": found.by.word(), "reason": found.reason}));
    json!({
        "code": diagnostic.code.id,
        "slug": diagnostic.code.slug,
        "severity": word(diagnostic.severity),
        "message": diagnostic.message,
        "place": place_json(&diagnostic.primary.place, sources),
        "text": diagnostic.primary.text,
        "secondary": labels(&diagnostic.secondary),
        "notes": diagnostic.notes,
        "helps": helps,
        "suppressed": suppressed,
    })
}

fn fix_json(fix: &Fix, sources: &Sources) -> Value {
    let edits = fix
        .edits
        .iter()
        .map(|edit| json!({"place": place_json(&Place::Source(edit.span), sources), "replacement": edit.replacement}));
    json!({"applicability": fix.applicability.word(), "edits": edits.collect::<Vec<_>>()})
}

fn place_json(place: &Place, sources: &Sources) -> Value {
    match place {
        Place::Source(span) => match sources.get(span.file) {
            Some(file) => {
                let (start, end) = (file.line_column(span.start), file.line_column(span.end));
                json!({
                    "kind": "source", "file": file.name,
                    "start": {"byte": span.start, "line": start.line, "column": start.column},
                    "end": {"byte": span.end, "line": end.line, "column": end.column},
                })
            }
            None => Value::Null,
        },
        Place::File { path } => json!({"kind": "file", "file": path}),
        Place::Model { path, what, facts } => json!({"kind": "model", "file": path, "what": what, "facts": facts}),
        Place::Data { path, row } => json!({"kind": "data", "file": path, "row": row}),
        Place::Nowhere => Value::Null,
    }
}

fn where_is(place: &Place, sources: &Sources) -> String {
    match place {
        Place::Source(span) => sources.get(span.file).map_or_else(String::new, |file| {
            let at = file.line_column(span.start);
            format!("{}:{}:{}", shown_whole(&file.name), at.line, at.column)
        }),
        Place::File { path } => path.clone(),
        Place::Model { path, what, facts: _ } if path.is_empty() => what.clone(),
        Place::Model { path, what, facts } if facts.is_empty() => format!("{path}: {what}"),
        Place::Model { path, what, facts } => format!("{path}: {what} ({facts})"),
        Place::Data { path, row: Some(row) } => format!("{path}: row {row}"),
        Place::Data { path, row: None } => path.clone(),
        Place::Nowhere => String::new(),
    }
}

fn without_excerpt(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    let paint = |text: &str| match (style.colour, diagnostic.severity) {
        (false, _) => text.to_owned(),
        (true, Severity::Error) => format!("\u{1b}[31m{text}\u{1b}[0m"),
        (true, Severity::Warning) => format!("\u{1b}[33m{text}\u{1b}[0m"),
    };
    let head = headline(diagnostic);
    let message = wrapped(&diagnostic.message, head.chars().count() + 1, INDENT);
    let mut out = format!("{} {message}\n", paint(&head));
    let place = where_is(&diagnostic.primary.place, sources);
    if !place.is_empty() {
        out.push_str(&format!("   at {place}{}\n", prefixed(&diagnostic.primary.text)));
    }
    for other in &diagnostic.secondary {
        out.push_str(&format!("   see {}{}\n", where_is(&other.place, sources), prefixed(&other.text)));
    }
    for help in &diagnostic.helps {
        out.push_str(&format!("   Help: {}\n", wrapped(&help.text, 9, 9)));
    }
    for note in &diagnostic.notes {
        out.push_str(&format!("   Note: {}\n", wrapped(note, 9, 9)));
    }
    out
}

fn prefixed(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// `[A7008] Warning:`
fn headline(diagnostic: &Diagnostic) -> String {
    format!("[{}] {}:", diagnostic.code.id, heading(diagnostic.severity))
}

fn heading(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn kind(diagnostic: &Diagnostic) -> ReportKind<'static> {
    match diagnostic.severity {
        Severity::Error => ReportKind::Error,
        Severity::Warning => ReportKind::Warning,
    }
}

fn config(style: Style) -> Config {
    let characters = if style.unicode { CharSet::Unicode } else { CharSet::Ascii };
    Config::default().with_color(style.colour).with_char_set(characters).with_index_type(IndexType::Byte)
}

/// The primary span, if it can be drawn: known file, sane range, lines of a readable length.
fn drawable(diagnostic: &Diagnostic, sources: &Sources) -> Option<Span> {
    match diagnostic.primary.place {
        Place::Source(span) if fits(sources, span) => Some(span),
        _ => None,
    }
}

fn fits(sources: &Sources, span: Span) -> bool {
    let Some(file) = sources.get(span.file) else { return false };
    let (start, end) = (span.start as usize, span.end as usize);
    let sane =
        start <= end && end <= file.text.len() && file.text.is_char_boundary(start) && file.text.is_char_boundary(end);
    let line_start = file.text.get(..start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    let line_end = file.text.get(end..).and_then(|text| text.find('\n')).map_or(file.text.len(), |at| end + at);
    let printable = |text: &str| {
        text.chars().all(|c| c == '\n' || c == '\t' || c == '\r' || super::clean(&c.to_string()).chars().eq([c]))
    };
    sane && line_end.saturating_sub(line_start) <= LONGEST_LINE
        && file.text.get(line_start..line_end).is_some_and(printable)
}

type SourceId = (String, std::ops::Range<usize>);

fn id(sources: &Sources, span: Span) -> SourceId {
    (sources.get(span.file).map_or_else(String::new, |file| shown_whole(&file.name)), span.range())
}

/// Labels are drawn in the order of the text: out of order, each would get an excerpt of its own.
/// One without words would not be underlined.
fn label(sources: &Sources, span: Span, text: &str, priority: i32) -> Label<SourceId> {
    let order = i32::try_from(span.start).unwrap_or(i32::MAX);
    let text = if text.is_empty() { "here" } else { text };
    Label::new(id(sources, span)).with_priority(priority).with_order(order).with_message(text)
}

fn cache(sources: &Sources) -> impl ariadne::Cache<String> + use<> {
    ariadne::sources(sources.iter().map(|file| (shown_whole(&file.name), file.text.clone())).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::messages::usage;

    #[test]
    fn long_texts_are_wrapped_at_spaces() {
        let text = "one two  three ".repeat(20);
        let found = lines(&text, 17, 4);
        assert!(found.len() > 2 && found.join(" ") == text, "nothing is lost: {found:?}");
        assert!(found[0].chars().count() <= WIDTH - 17);
        assert!(found.iter().skip(1).all(|line| line.chars().count() <= WIDTH - 4), "{found:?}");
        assert!(found.iter().rev().skip(1).all(|line| line.chars().count() > 60), "lines are filled: {found:?}");
        let long = "x".repeat(150);
        assert_eq!(lines(&format!("a {long} b"), 0, 0), ["a", &long, "b"], "words are kept whole");
        assert_eq!(lines("a\nb", 0, 0), ["a", "b"]);
        let code = format!("{} `heads(0, 1)` and", "x".repeat(90));
        assert_eq!(lines(&code, 0, 0), ["x".repeat(90).as_str(), "`heads(0, 1)` and"], "code is not cut");
        let open = format!("` {}", "word ".repeat(40));
        assert!(lines(&open, 0, 0).iter().all(|line| line.chars().count() <= WIDTH), "a backtick alone changes little");
    }

    #[test]
    fn findings_hold_100_columns() {
        let finding = usage::not_a_report("a.json", &"it says what nobody says ".repeat(9))
            .note("a note that goes on ".repeat(12).trim_end());
        let style = Style { colour: false, unicode: false };
        let told = terminal(&finding, &Sources::default(), style);
        assert!(told.lines().all(|line| line.chars().count() <= WIDTH), "{told}");
        assert!(told.lines().count() > 6, "{told}");
    }
}
