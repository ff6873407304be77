//! What can stand at a place.

mod context;
mod lists;

use super::view::View;
use context::{Context, Place};
use lists::Lists;
use lsp_types::{CompletionItem, CompletionList, Position};

/// What can stand at a position: words of the language, and names that hold there.
#[must_use]
pub fn complete(view: &View, position: Position) -> CompletionList {
    let offset = view.offset(position);
    let context = Context::at(&view.unit, offset);
    let lists = Lists { view, context: &context };
    let items: Vec<CompletionItem> = match context.place {
        Place::Nothing => Vec::new(),
        Place::Line => lists.words_of_line(),
        Place::Address => lists.addresses(),
        Place::File => lists.files(),
        Place::Type => lists.types(),
        Place::Dim => lists.dims(),
        Place::Region => lists.regions(),
        Place::Port => lists.ports(),
        Place::End => lists.ends(),
        Place::Claim => lists.claims(),
        Place::Scheme => lists.schemes(),
        Place::Over => lists.over(),
        Place::Library => lists.library(),
        Place::Map => lists.maps(),
        Place::Of(space) => lists.of_space(space),
        Place::Expression => lists.expression(),
    };
    CompletionList { is_incomplete: false, items }
}
