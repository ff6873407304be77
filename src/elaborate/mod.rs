//! From files as parsed to one file of plain declarations: files and the library are taken in,
//! constants and calls of functions put in their place, families unrolled, maps merged into
//! models, refinements and variants written out. What follows sees models, data, tables, features,
//! behaviours, hypotheses, interchanges, challenges and expectations only.
//!
//! Pure: text and the modules of models come through [`Outside`].

mod bodies;
mod calls;
mod challenge;
mod constants;
mod expect;
mod families;
mod files;
mod functions;
mod generate;
pub mod integer;
mod items;
mod library;
mod maps;
pub mod print;
mod refine;
mod rewrite;
mod scope;

use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Sources};
use crate::syntax::ast;
pub use files::{Outside, Read};
pub use library::{LIBRARY, Part};

/// Values that the command line gives to constants: `--set NAME=VALUE`.
pub type Settings = [(String, i64)];

/// Elaborates a parsed file. Used files are added to `sources`, with findings in their own text.
#[must_use]
pub fn elaborate(
    main: FileId,
    parsed: &ast::File,
    settings: &Settings,
    outside: &dyn Outside,
    sources: &mut Sources,
    sink: &mut Vec<Diagnostic>,
) -> ast::File {
    let loaded = files::load(main, parsed, outside, sources, sink);
    let scopes = scope::Scopes::new(&loaded, settings, sink);
    let mut rewriter = rewrite::Rewriter::new(&scopes, sources, sink);
    items::all(&loaded, &mut rewriter, outside)
}
