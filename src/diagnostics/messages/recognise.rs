//! A32: the structure of a model, recognised by `ansatz init`.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};

declare_codes! {
    NOTHING_RECOGNISED = "A3201" "nothing-recognised" Error "a model has no part that could be recognised";
    NO_TRANSFORMER = "A3202" "no-transformer" Warning "a model whose map is written has no attention";
    WITHOUT_NAMES = "A3203" "parts-without-names" Warning "parts of a model could not be named";
    MAP_EXISTS = "A9221" "map-exists" Error "a map would be written over a file that is there";
}

fn file(path: &str) -> Place {
    Place::File { path: clean(path) }
}

/// `left` is how many operators with weights there are.
#[must_use]
pub fn nothing_recognised(path: &str, left: usize) -> Diagnostic {
    let message = format!("nothing in `{}` could be recognised", clean(path));
    Diagnostic::new(&NOTHING_RECOGNISED, message, file(path))
        .note(format!(
            "looked for: sums of a tensor and of what is computed from it, softmaxes that weigh values, lookups in tables, and \
             products with weights around a nonlinearity; {left} operators with weights belong to none of these"
        ))
        .help("`ansatz inspect MODEL` lists the tensors of the model with their addresses, for components written by hand")
}

/// What a model without attention has: embeddings, hidden layers, and things without a name.
#[must_use]
pub fn no_transformer(path: &str, embeddings: usize, hidden: usize, mlps: usize) -> Diagnostic {
    let message = format!("`{}` has no attention that could be recognised", clean(path));
    Diagnostic::new(&NO_TRANSFORMER, message, file(path))
        .note(format!("found: {embeddings} embeddings, {mlps} MLPs on a stream, {hidden} hidden layers; the map names these"))
        .help("where the model has attention, its notes say what stands in the way; components can be added by hand, with \
               addresses as `ansatz inspect` lists them")
}

/// `notes` are the lines of the map about what has no name.
#[must_use]
pub fn without_names(path: &str, count: usize, notes: &[String]) -> Diagnostic {
    let things = if count == 1 { "thing" } else { "things" };
    let message = format!("{count} {things} of `{}` could not be named", clean(path));
    let found = Diagnostic::new(&WITHOUT_NAMES, message, file(path));
    let found = notes.iter().fold(found, |found, line| found.note(line.clone()));
    found.help("a component for it can be added to the map: `component NAME = \"ADDRESS\" : [DIMS]`")
}

#[must_use]
pub fn map_exists(path: &str) -> Diagnostic {
    Diagnostic::new(&MAP_EXISTS, format!("`{}` is there already", clean(path)), file(path))
        .note("nothing was written")
        .help("`--force` writes over it; `-o` takes another path")
}
