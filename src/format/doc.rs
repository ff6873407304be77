//! Documents: text with the places where lines can end, and the writing of it in lines.

use std::borrow::Cow;

/// Columns that a line has, where it can be broken.
pub(super) const WIDTH: usize = 120;
/// Spaces of one level.
pub(super) const STEP: usize = 4;

/// What stands between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Gap {
    pub(super) spaces: usize,
    /// The number of the column that begins behind the gap, in rows that are aligned.
    pub(super) column: Option<u8>,
    /// Whether a line can end here.
    pub(super) breaks: bool,
}

/// Text that is not yet cut into lines.
#[derive(Debug, Clone)]
pub(super) enum Doc<'t> {
    Text(Cow<'t, str>),
    Gap(Gap),
    /// The end of a line.
    Hard,
    /// The next line is empty.
    Blank,
    /// A comment: on a line of its own, or behind what stands on the line. The line ends with it.
    Comment {
        text: &'t str,
        own_line: bool,
    },
    Concat(Vec<Doc<'t>>),
    /// Lines end at all of its gaps, or at none.
    Group(Vec<Doc<'t>>),
    /// Lines end at those of its gaps where what follows has no room.
    Fill(Vec<Doc<'t>>),
    /// Lines that begin inside are indented by a step.
    Indent(Vec<Doc<'t>>),
    /// Lines that begin inside start in the column where it starts.
    Hang(Vec<Doc<'t>>),
    Bracket(Box<Bracket<'t>>),
    /// Braces around lines.
    Block(Vec<Doc<'t>>),
    /// The gap before the brace of a block: the end of a line, if the head of the block takes several.
    Brace,
    /// The first, if it has room on the line; else the second.
    Choice(Box<(Doc<'t>, Doc<'t>)>),
}

/// Brackets around a list, on one line or with lines of its own in between.
#[derive(Debug, Clone)]
pub(super) struct Bracket<'t> {
    pub(super) open: Doc<'t>,
    /// Comments directly behind the opening bracket.
    pub(super) lead: Vec<Doc<'t>>,
    pub(super) body: Vec<Doc<'t>>,
    /// Comments directly before the closing bracket.
    pub(super) tail: Vec<Doc<'t>>,
    pub(super) close: Doc<'t>,
    /// Spaces inside the brackets, where they stand on one line.
    pub(super) spaces: usize,
}

impl<'t> Doc<'t> {
    pub(super) fn text(text: &'t str) -> Doc<'t> {
        Doc::Text(Cow::Borrowed(text))
    }
}

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}
