//! The registry of codes. Each area declares its codes beside its messages; a code is never
//! renumbered, and each has a page in `docs/codes` that `ansatz explain` prints.

use super::Severity;
use super::messages;

/// A stable name for one kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `A` and four digits; the first digit is the stage.
    pub id: &'static str,
    /// A short name in kebab case.
    pub slug: &'static str,
    /// One sentence: what is wrong.
    pub summary: &'static str,
    pub severity: Severity,
    /// The whole page, as Markdown.
    pub page: &'static str,
}

/// Declares the codes of one area, with their pages from `docs/codes`.
macro_rules! declare_codes {
    ($($name:ident = $id:literal $slug:literal $severity:ident $summary:literal;)*) => {
        $(pub static $name: $crate::diagnostics::Code = $crate::diagnostics::Code {
            id: $id,
            slug: $slug,
            summary: $summary,
            severity: $crate::diagnostics::Severity::$severity,
            page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/codes/", $id, ".md")),
        };)*
        /// The codes of this area, by number.
        pub static CODES: &[&$crate::diagnostics::Code] = &[$(&$name),*];
    };
}
pub(crate) use declare_codes;

/// The errors that `--allow` can make warnings: they are about the data, and the claim can be run.
pub const ALLOWABLE: [&str; 2] = ["A4103", "A7001"];

/// All codes, area by area, by number.
pub static CODES: &[&[&Code]] = &[
    messages::syntax::CODES,
    messages::names::CODES,
    messages::elaborate::CODES,
    messages::types::CODES,
    messages::values::CODES,
    messages::tables::CODES,
    messages::model::CODES,
    messages::recognise::CODES,
    messages::binding::CODES,
    messages::structure::CODES,
    messages::claims::CODES,
    messages::distinctions::CODES,
    messages::foolings::CODES,
    messages::generate::CODES,
    messages::planning::CODES,
    messages::execution::CODES,
    messages::run::CODES,
    messages::statistics::CODES,
    messages::files::CODES,
    messages::usage::CODES,
    messages::lock::CODES,
    messages::search::CODES,
    messages::calibrations::CODES,
    messages::git::CODES,
    messages::format::CODES,
    messages::lints::CODES,
    messages::settings::CODES,
];

/// The code with this id or slug.
#[must_use]
pub fn find_code(name: &str) -> Option<&'static Code> {
    let wanted = name.trim();
    CODES
        .iter()
        .flat_map(|area| area.iter().copied())
        .find(|code| code.id.eq_ignore_ascii_case(wanted) || code.slug == wanted)
}

/// The page of a code, with its title.
#[must_use]
pub fn page(code: &Code) -> &'static str {
    code.page
}
