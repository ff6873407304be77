//! A46: what is said of a search.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::templates::{INDENT, REST, WRITTEN};
use crate::diagnostics::{Diagnostic, Place, clean, nearest};
use crate::source::Span;

declare_codes! {
    UNKNOWN_SETTING = "A4601" "search-setting" Error "a search has no such setting";
    BAD_VALUE = "A4602" "search-value" Error "a setting of a search has a value that it cannot have";
    NO_CLAIMS = "A4603" "search-without-claims" Error "a search does not say what nodes may compute";
    OTHER_BEHAVIOUR = "A4604" "search-behaviour" Error "a search maximises a metric of a behaviour that it does not explain";
    TOO_FEW_ROWS = "A4605" "search-split" Error "a dataset has too few rows to search on some and to hold out others";
    NOTHING_TO_SEARCH = "A4607" "nothing-to-search" Error "a file has no search, or none of this name";
    NO_START = "A4608" "search-start" Error "a search cannot begin with a hypothesis that it could not write";
    SEARCHED_ON_TEST = "A4609" "search-on-test-rows" Error "a search would see rows that its findings are measured on";
    NOTHING_FOUND = "A4606" "search-found-nothing" Error "no hypothesis of a search can be run";
}

#[must_use]
pub fn unknown_setting(span: Span, word: &str, all: &[&str]) -> Diagnostic {
    let message = format!("a search has no setting `{}`", clean(word));
    let found = Diagnostic::at(&UNKNOWN_SETTING, span, message).label("not known");
    match nearest(word, ["maximise", "minimise", "computes"]).first() {
        Some(near) => found.unsafe_fix(format!("`{near}` might be meant"), span, *near),
        None => listed(found, (span, word), all, "the settings are"),
    }
}

/// A word that has few forms. `what` is what it names.
#[must_use]
pub fn unknown_word(span: Span, what: &str, word: &str, all: &[&str]) -> Diagnostic {
    let message = format!("there is no {what} `{}`", clean(word));
    listed(Diagnostic::at(&BAD_VALUE, span, message).label("not known"), (span, word), all, "there are")
}

fn listed(found: Diagnostic, (span, word): (Span, &str), all: &[&str], told: &str) -> Diagnostic {
    let near = nearest(word, all.iter().copied());
    let shown: Vec<String> = all.iter().map(|word| format!("`{word}`")).collect();
    found.meant(span, word, &near).note(format!("{told} {}", shown.join(", ")))
}

/// A share that is written in percent.
#[must_use]
pub fn share_in_percent(span: Span, told: &str, percent: f64) -> Diagnostic {
    let share = percent / 100.0;
    bad_value(span, told).unsafe_fix(format!("write `{share}`"), span, share.to_string())
}

/// `told` says what it may be.
#[must_use]
pub fn bad_value(span: Span, told: &str) -> Diagnostic {
    Diagnostic::at(&BAD_VALUE, span, format!("this must be {told}")).label("not that")
}

#[must_use]
pub fn one_value(span: Span, word: &str) -> Diagnostic {
    Diagnostic::at(&BAD_VALUE, span, format!("`{}` has one value", clean(word))).label("a second one").help("remove it")
}

#[must_use]
pub fn no_unit(span: Span, word: &str) -> Diagnostic {
    Diagnostic::at(&BAD_VALUE, span, format!("`{}` is no price", clean(word)))
        .label("counts nothing")
        .help("remove `per` and what follows it; only `price 0.01 per arrow` has it")
}

#[must_use]
pub fn no_claims(span: Span) -> Diagnostic {
    Diagnostic::at(&NO_CLAIMS, span, "this search does not say what nodes may compute")
        .label("nothing to claim")
        .help("list features: `computes equal_count, never_below`, or `computes exact`")
        .unsafe_fix("or claim all of the datum", span, format!("{WRITTEN}{REST}\n{INDENT}    computes exact"))
}

#[must_use]
pub fn other_behaviour(span: Span, own: &str) -> Diagnostic {
    let own = clean(own);
    Diagnostic::at(
        &OTHER_BEHAVIOUR,
        span,
        format!("this search explains `{own}`, and maximises a metric of another behaviour"),
    )
    .label("another behaviour")
    .unsafe_fix(format!("write `{own}`"), span, own.clone())
}

/// `acdc` claims `exact` at every edge.
#[must_use]
pub fn exact_alone(span: Span) -> Diagnostic {
    Diagnostic::at(&BAD_VALUE, span, "the edges that `acdc` keeps claim `exact`, and nothing else")
        .label("not used")
        .help("remove `computes`; `greedy`, `beam` and `prune` search among claims")
}

#[must_use]
pub fn two_objectives(span: Span, other: Span) -> Diagnostic {
    Diagnostic::at(&BAD_VALUE, span, "a search has one objective")
        .label("a second one")
        .also(other, "the first")
        .help("remove one of them")
}

/// `rows`: those of the test that are searched on, and all of it.
#[must_use]
pub fn searched_on_test(span: Span, (searched, test): (&str, &str), (seen, rows): (usize, usize)) -> Diagnostic {
    let (searched, test) = (clean(searched), clean(test));
    let (message, help) = if searched == test {
        let message = format!("this search would be measured on `{test}`, the rows that it searches on");
        (message, format!("name another dataset, or leave out `test`: then a share of `{searched}` is held out"))
    } else {
        let message = format!("{seen} of the {rows} rows of `{test}` are rows of `{searched}`, which is searched on");
        let help = "take these rows out of one of the two, or leave out `test`: then a share of";
        (message, format!("{help} `{searched}` is held out"))
    };
    Diagnostic::at(&SEARCHED_ON_TEST, span, message)
        .label("not new to the search")
        .note("rows are the same if the model reads the same in them, whatever other columns hold")
        .help(help)
}

#[must_use]
pub fn two_splits(train: Span, test: Span) -> Diagnostic {
    Diagnostic::at(&BAD_VALUE, train, "a search that has `test` searches on all rows of its dataset")
        .label("a share of them")
        .also(test, "what is held out is here")
        .help("remove one of the two lines")
}

#[must_use]
pub fn test_of_other_model(span: Span, test: &str) -> Diagnostic {
    Diagnostic::at(&BAD_VALUE, span, format!("`{}` is data for another model", clean(test)))
        .label("not for the model of this search")
        .help("name a dataset for the model that is searched in")
}

#[must_use]
pub fn test_without_column(span: Span, test: &str, column: &str) -> Diagnostic {
    let (test, column) = (clean(test), clean(column));
    Diagnostic::at(&BAD_VALUE, span, format!("`{test}` has no column `{column}` as the data searched on have it"))
        .label("cannot stand in its place")
        .help(format!("declare `{column}` in both, with the same type and the same sizes"))
}

#[must_use]
pub fn too_many_places(span: Span, most: usize) -> Diagnostic {
    Diagnostic::at(&BAD_VALUE, span, format!("a search has {most} places at most"))
        .label("with these there are more")
        .help("write fewer positions or fewer components")
}

/// `why` is what stands in the way, at its place.
#[must_use]
pub fn no_start(span: Span, name: &str, (at, why): (Span, &str)) -> Diagnostic {
    Diagnostic::at(&NO_START, span, format!("this search cannot begin with `{}`", clean(name)))
        .label("a search could not write it")
        .also(at, clean(why))
        .help("change the search, or begin with a hypothesis that has no such line")
}

#[must_use]
pub fn too_few_rows(span: Span, rows: usize, (train, held_out): (usize, usize)) -> Diagnostic {
    Diagnostic::at(&TOO_FEW_ROWS, span, format!("of {rows} rows, {train} would be searched on and {held_out} held out"))
        .label("too few to tell anything by")
        .help("give a dataset with more rows, or another share to search on: `train 0.5`")
}

/// `why` is what was found wrong with the first of them.
#[must_use]
pub fn nothing_found(span: Span, tried: usize, why: Option<&str>) -> Diagnostic {
    let found =
        Diagnostic::at(&NOTHING_FOUND, span, format!("none of the {tried} hypotheses that were tried can be run"))
            .label("no hypothesis to begin with");
    why.into_iter().fold(found, |found, why| found.note(format!("the first was turned down: {}", clean(why))))
}

#[must_use]
pub fn nothing_to_search(path: &str) -> Diagnostic {
    let path = clean(path);
    Diagnostic::new(&NOTHING_TO_SEARCH, format!("`{path}` declares no search"), Place::File { path })
        .help("for example `search which explains loss { computes equal_count, never_below }`")
}

#[must_use]
pub fn unknown_search(path: &str, name: &str, all: &[String]) -> Diagnostic {
    let path = clean(path);
    let message = format!("`{path}` declares no search `{}`", clean(name));
    let near = nearest(name, all.iter().map(String::as_str));
    let found = Diagnostic::new(&NOTHING_TO_SEARCH, message, Place::File { path });
    let found = near.iter().fold(found, |found, near| found.help(format!("`{}` might be meant", clean(near))));
    found.note(format!("it declares {}", clean(&all.join(", "))))
}

/// What is said after each round. `value` is as it is shown.
#[must_use]
pub fn round(name: &str, evaluations: usize, value: &str, arrows: usize) -> String {
    let arrows = if arrows == 1 { "1 arrow".to_owned() } else { format!("{arrows} arrows") };
    format!("search {}: {evaluations} hypotheses run; the best so far: {value}, {arrows}", clean(name))
}

/// Why a hypothesis is turned down that can be run.
#[must_use]
pub fn undefined(metric: &str) -> String {
    format!("`{metric}` is undefined: what the model gives cannot be told from its baseline on these rows")
}
