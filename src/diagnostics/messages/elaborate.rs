//! A11xx: files, constants, functions, maps, families, refinements.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::templates::LINE_TEXT as LINE;
use crate::diagnostics::{Diagnostic, Place, clean};
use crate::source::Span;

declare_codes! {
    USE = "A1101" "unknown-use" Error "something is used that is not there";
    CIRCLE = "A1102" "circular-declarations" Error "declarations need each other in a circle";
    FUNCTION = "A1103" "function" Error "a function is not used as it is declared";
    TOO_LARGE = "A1104" "too-much-text" Error "what a file stands for is too large";
    MAP = "A1105" "map-arguments" Error "a map is not given what it needs";
    FAMILY = "A1106" "family" Error "a family does not have sound members";
    REFINEMENT = "A1107" "refinement" Error "a refinement changes what is not there, or without saying so";
    ONLY_IN_REFINEMENTS = "A1108" "only-in-refinements" Error "only a refinement can change statements";
}

fn several(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{}`", clean(name))).collect::<Vec<_>>().join(", ")
}

#[must_use]
pub fn no_such_part(span: Span, name: &str, near: &[&str], all: &[&str]) -> Diagnostic {
    let found =
        Diagnostic::at(&USE, span, format!("there is no library `{}`", clean(name))).label("not a part of the library");
    let found = near.first().into_iter().fold(found, |found, near| found.help(format!("`{near}` might be meant")));
    let part = all.iter().find(|part| name.strip_prefix(**part).is_some_and(|rest| rest.starts_with('.')));
    if let Some(part) = part {
        return found.help(format!("`use {part}` brings in all of its names"));
    }
    found
        .note(format!("parts of the library: {}", several(all)))
        .help("a file is used by its path in quotes: `use \"common.ansatz\"`")
}

#[must_use]
pub fn file_in_library(span: Span) -> Diagnostic {
    Diagnostic::at(&USE, span, "the library uses no files")
}

#[must_use]
pub fn too_many_files(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::at(&TOO_LARGE, span, format!("more than {limit} files belong to this one")).help("use fewer files")
}

/// `circle` names the declarations in order.
#[must_use]
pub fn circle(span: Span, what: &str, circle: &[&str]) -> Diagnostic {
    let shown: Vec<String> = circle.iter().chain(circle.first()).take(8).map(|name| clean(name)).collect();
    Diagnostic::at(&CIRCLE, span, format!("{what} need each other: {}", shown.join(" needs ")))
        .label("part of the circle")
        .help("take one of them out of the circle")
}

#[must_use]
pub fn name_of_a_built_in(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&FUNCTION, span, format!("`{}` is a function of the language", clean(name)))
        .label("already has a meaning")
        .help("give it another name")
}

#[must_use]
pub fn function_with_type(span: Span) -> Diagnostic {
    Diagnostic::at(&FUNCTION, span, "a function has the type of its expression, which depends on the arguments")
        .label("not checked")
        .help("leave the type out; a feature that calls the function can have one")
}

#[must_use]
pub fn function_not_called(span: Span, usage: &str, declared: Span) -> Diagnostic {
    Diagnostic::at(&FUNCTION, span, format!("`{}` is a function", clean(usage)))
        .label("called without arguments")
        .also(declared, "declared here")
        .help(format!("call it: `{}`", clean(usage)))
}

#[must_use]
pub fn value_called(span: Span, name: &str, declared: Span) -> Diagnostic {
    Diagnostic::at(&FUNCTION, span, format!("`{}` is a value, not a function", clean(name)))
        .label("called with arguments")
        .also(declared, "declared here")
        .help(format!("write `{0}`, or declare parameters: `feature {0}(x) = ...`", clean(name)))
}

#[must_use]
pub fn wrong_arguments(span: Span, usage: &str, given: usize, declared: Span) -> Diagnostic {
    let label = if given == 1 { "1 argument".to_owned() } else { format!("{given} arguments") };
    Diagnostic::at(&FUNCTION, span, format!("`{}` is called with another number of arguments", clean(usage)))
        .label(label)
        .also(declared, "declared here")
}

#[must_use]
pub fn recursion(span: Span, usage: &str, declared: Span) -> Diagnostic {
    Diagnostic::at(&CIRCLE, span, format!("`{}` calls itself", clean(usage)))
        .label("without end")
        .also(declared, "declared here")
        .help("functions cannot be recursive; `prefix_sum`, `shift` and the like run along an axis")
}

#[must_use]
pub fn calls_too_deep(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::at(&TOO_LARGE, span, format!("functions call each other more than {limit} deep"))
        .help("name a part of it as a feature without parameters")
}

#[must_use]
pub fn masked_inside(span: Span, usage: &str, mask: Span) -> Diagnostic {
    Diagnostic::at(&FUNCTION, span, format!("`{}` has a `where`, so it can only be all of a behaviour", clean(usage)))
        .label("part of an expression")
        .also(mask, "the condition")
        .help("`behaviour NAME = CALL`, and nothing else")
}

#[must_use]
pub fn masked_twice(span: Span, mask: Span) -> Diagnostic {
    Diagnostic::at(&FUNCTION, span, "the function that is called has a `where` already")
        .label("a second condition")
        .also(mask, "the first one")
        .help("leave one of them out")
}

#[must_use]
pub fn expansion_too_large(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::at(
        &TOO_LARGE,
        span,
        format!("constants, calls and families stand for more than {limit} parts of expressions"),
    )
    .label("reached here")
    .help("name what is repeated as a feature without parameters")
}

#[must_use]
pub fn argument_missing(span: Span, parameter: &str, map: &str, declared: Span) -> Diagnostic {
    let parameter = clean(parameter);
    Diagnostic::at(&MAP, span, format!("the map `{}` needs `{parameter}`", clean(map)))
        .label("not given")
        .also(declared, "declared here, without a default")
        .help(format!("such as `{}({parameter} = 12)`", clean(map)))
}

#[must_use]
pub fn modules_of_what(span: Span) -> Diagnostic {
    Diagnostic::at(&MAP, span, "`modules` counts the modules of a model by one pattern with one `{}`")
        .label("not a pattern")
        .help("such as `modules(\"blocks.{}\")`, which counts blocks.0, blocks.1 and so on")
}

#[must_use]
pub fn no_modules(span: Span, model: &str, pattern: &str, asked: Span) -> Diagnostic {
    let message = format!("model `{}` has no module `{}`", clean(model), clean(&pattern.replacen("{}", "0", 1)));
    Diagnostic::at(&MAP, span, message)
        .label("this model")
        .also(asked, "counted here")
        .help("give the number in `as MAP(...)`, or use another map; `ansatz inspect MODEL` lists module paths")
}

/// The same finding at the map that is used; `other` is one that fits the model.
#[must_use]
pub fn of_another_map(finding: Diagnostic, path: Span, name: Span, other: Option<&str>) -> Diagnostic {
    let mut found = Diagnostic::at(finding.code, path, finding.message).label("a map of another architecture?");
    found.secondary = finding.secondary;
    if let Place::Source(model) = finding.primary.place {
        found = found.also(model, "this model");
    }
    let found = match other {
        Some(other) => found.unsafe_fix(format!("the modules are those of `{}`", clean(other)), name, clean(other)),
        None => found,
    };
    finding.helps.into_iter().fold(found, |found, help| found.help(help.text))
}

#[must_use]
pub fn empty_family(span: Span, start: i64, end: i64) -> Diagnostic {
    Diagnostic::at(&FAMILY, span, format!("the range {start}..{end} has no member"))
        .label("empty")
        .help("ranges are half-open: `0..3` is 0, 1, 2")
}

#[must_use]
pub fn too_many_members(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::at(&FAMILY, span, format!("the families of this file have more than {limit} members"))
        .label("reached here")
        .help("a range counts layers, heads, positions or the like")
}

#[must_use]
pub fn parameter_again(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&FAMILY, span, format!("`{}` already has a meaning here", clean(name)))
        .label("which one is meant below?")
        .help("give the parameter a name of its own")
}

#[must_use]
pub fn member_without_index(span: Span, kind: &str, name: &str, parameter: &str) -> Diagnostic {
    let (name, parameter) = (clean(name), clean(parameter));
    Diagnostic::at(&FAMILY, span, format!("every member of the family would declare the {kind} `{name}`"))
        .label("the same name for each")
        .unsafe_fix("give each member a name of its own", span, format!("{name}({parameter})"))
        .help("or declare it outside of the `for`")
}

#[must_use]
pub fn draw_in_family(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&FAMILY, span, format!("every member of the family would declare the draw `{}`", clean(name)))
        .label("the same name for each")
        .help("declare it outside of the `for`: who names a draw shares it")
}

/// `what` is what the name was looked for as, such as `node to drop`.
#[must_use]
pub fn not_in_base(span: Span, what: &str, name: &str, base: &str, near: &[String]) -> Diagnostic {
    let found = Diagnostic::at(&REFINEMENT, span, format!("`{}` has no {what} `{}`", clean(base), clean(name)))
        .label("not in the base");
    found.meant(span, name, &near.iter().map(String::as_str).collect::<Vec<_>>())
}

#[must_use]
pub fn no_arrow_to_drop(span: Span, arrow: &str, base: &str, near: &[String]) -> Diagnostic {
    let found = Diagnostic::at(&REFINEMENT, span, format!("`{}` has no arrow `{}`", clean(base), clean(arrow)))
        .label("nothing to drop");
    let near: Vec<&str> = near.iter().map(String::as_str).collect();
    match near.first() {
        Some(first) => found.unsafe_fix(format!("it has {}", several(&near)), span, *first),
        None => found,
    }
}

#[must_use]
pub fn dropped_twice(span: Span, what: &str, first: Span) -> Diagnostic {
    Diagnostic::at(&REFINEMENT, span, format!("`{}` is dropped twice", clean(what)))
        .label("again")
        .also(first, "first here")
}

#[must_use]
pub fn redefined(span: Span, (name_span, name): (Span, &str), base: &str, first: Span) -> Diagnostic {
    let at = Span { end: span.start, ..span };
    Diagnostic::at(&REFINEMENT, name_span, format!("`{}` already has a node `{}`", clean(base), clean(name)))
        .label("declared again")
        .also(first, "in the base")
        .unsafe_fix("say that it takes the place of the other", at, "override ")
        .help("or give it another name")
}

#[must_use]
pub fn swapped_with_itself(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&REFINEMENT, span, format!("`{}` is swapped with itself", clean(name))).label("changes nothing")
}

#[must_use]
pub fn only_in_refinements(span: Span, word: &str) -> Diagnostic {
    Diagnostic::at(&ONLY_IN_REFINEMENTS, span, format!("`{word}` changes statements of a base, and there is none"))
        .label("nothing to change")
        .unsafe_fix(format!("leave `{word}` out"), span, if word == "override" { "" } else { LINE })
        .help("`hypothesis NAME refines BASE { ... }` has a base, and so has `expect BASE with { ... }`")
}
