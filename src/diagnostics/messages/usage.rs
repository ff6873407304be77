//! A92xx: what the command line asks for.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};

declare_codes! {
    UNKNOWN_BINDING = "A9201" "unknown-binding" Error "a binding names nothing of the file";
    UNKNOWN_CODE = "A9202" "unknown-code" Error "there is no such diagnostic code";
    NOTHING_TO_RUN = "A9203" "nothing-to-run" Error "a file has no hypothesis";
    WOULD_OVERWRITE = "A9204" "would-overwrite" Error "a result would be written over another file of the run";
    CANNOT_BE_ALLOWED = "A9205" "cannot-be-allowed" Error "`--allow` names an error that cannot be a warning";
    NOT_A_REPORT = "A9206" "not-a-report" Error "a file that should hold a report holds none";
    NO_CHALLENGE = "A9207" "no-challenge" Error "there is no challenge to carry out, or none of this name";
}

#[must_use]
pub fn unknown_binding(kind: &str, name: &str, near: &[&str], all: &[&str]) -> Diagnostic {
    let message = format!("--{kind} binds `{}`, which the file does not declare", clean(name));
    let found = Diagnostic::new(&UNKNOWN_BINDING, message, Place::Nowhere);
    match (near, all) {
        ([near, ..], _) => found.help(format!("`{}` might be meant", clean(near))),
        ([], []) => found.note("the file declares none"),
        ([], all) => found.note(format!("declared: {}", clean(&all.join(", ")))),
    }
}

/// `--set` gives a value to something that is not a constant of the file.
#[must_use]
pub fn unknown_setting(name: &str, near: &[&str], all: &[&str]) -> Diagnostic {
    let message = format!("--set gives `{}` a value, which is no constant of the file", clean(name));
    let found = Diagnostic::new(&UNKNOWN_BINDING, message, Place::Nowhere);
    match (near, all) {
        ([near, ..], _) => found.help(format!("`{}` might be meant", clean(near))),
        ([], []) => found.note("the file declares none"),
        ([], all) => found.note(format!("declared: {}", clean(&all.join(", ")))),
    }
}

#[must_use]
pub fn unknown_code(name: &str, near: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(&UNKNOWN_CODE, format!("there is no code `{}`", clean(name)), Place::Nowhere);
    match near {
        [] => found.help("`ansatz explain` lists all codes and pages"),
        near => found.help(format!("near: {}", near.join(", "))),
    }
}

/// `allowable` are the codes of errors that can be allowed.
#[must_use]
pub fn cannot_be_allowed(code: &str, allowable: &[&str]) -> Diagnostic {
    let message = format!("--allow names {code}, an error that cannot be a warning");
    Diagnostic::new(&CANNOT_BE_ALLOWED, message, Place::Nowhere)
        .help("mend it: a claim with such an error cannot be run")
        .note(format!("errors that can be allowed: {}", allowable.join(", ")))
}

/// `near` are names of the library.
#[must_use]
pub fn unknown_in_library(name: &str, near: &[String]) -> Diagnostic {
    let found = Diagnostic::new(&UNKNOWN_CODE, format!("the library has no `{}`", clean(name)), Place::Nowhere);
    match near {
        [] => found.help("`ansatz explain std` lists its parts"),
        near => found.help(format!("near: {}", near.join(", "))),
    }
}

#[must_use]
pub fn nothing_to_run(path: &str) -> Diagnostic {
    let path = clean(path);
    Diagnostic::new(&NOTHING_TO_RUN, format!("`{path}` declares no hypothesis"), Place::File { path })
        .help("for example `hypothesis nothing explains loss { }`, which claims that nothing matters")
}

#[must_use]
pub fn nothing_to_validate(path: &str) -> Diagnostic {
    let path = clean(path);
    Diagnostic::new(&NO_CHALLENGE, format!("`{path}` declares no challenge"), Place::File { path })
        .help("add one: `challenge NAME of HYPOTHESIS fools { ... }`")
}

#[must_use]
pub fn unknown_challenge(name: &str, near: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(&NO_CHALLENGE, format!("there is no challenge `{}`", clean(name)), Place::Nowhere);
    match near.first() {
        Some(near) => found.help(format!("`{}` might be meant", clean(near))),
        None => found,
    }
}

/// `what` says what the other file is to the run.
#[must_use]
pub fn would_overwrite(option: &str, path: &str, what: &str) -> Diagnostic {
    let path = clean(path);
    Diagnostic::new(&WOULD_OVERWRITE, format!("{option} would write over `{path}`, {what}"), Place::File { path })
        .help("give the result a name of its own")
}

/// A remark: more references are asked for than there are rows.
#[must_use]
pub fn all_rows(asked: usize, data: &str, rows: usize) -> String {
    format!("--n {asked} is more than the {rows} rows of `{}`: all of them are used, each once", clean(data))
}

/// A remark: the library that the environment names cannot be used, and none was asked for by name.
#[must_use]
pub fn library_unusable(tried: &[(String, String)]) -> String {
    let tried: Vec<String> = tried.iter().map(|(place, why)| clean(&format!("{place}: {why}"))).collect();
    format!("running on the built-in reference engine; {}", tried.join("; "))
}

/// A note on a finding that others are like: members of a family, mostly.
#[must_use]
pub fn and_others(count: usize, last: &str) -> String {
    format!("{count} more findings here are like it, the last: {}", clean(last))
}

/// A remark of a run that was to say what claims cost.
#[must_use]
pub fn nothing_to_blame() -> String {
    "no blame: no hypothesis that is measured draws anything".to_owned()
}

/// A file that ends in `.json`, and should be what a run wrote.
#[must_use]
pub fn not_a_report(path: &str, why: &str) -> Diagnostic {
    let path = clean(path);
    let message = format!("`{path}` is not a report: {}", clean(why));
    Diagnostic::new(&NOT_A_REPORT, message, Place::File { path })
        .help("`ansatz run FILE --format json` writes one; `ansatz report` of a hypothesis file runs it")
}

/// A remark: options that say how to run, where nothing is run.
#[must_use]
pub fn nothing_is_run(path: &str) -> String {
    format!("nothing is run: {} is a report, and options of the run have no effect", clean(path))
}

/// A remark: where a result is.
#[must_use]
pub fn written(path: &str) -> String {
    format!("written: {}", clean(path))
}

/// A remark of a run that was to have reference points.
#[must_use]
pub fn without_points(names: usize, all: usize, largest: usize) -> String {
    let which = match names == all {
        true => "no hypothesis has reference points".to_owned(),
        false => format!("{names} of {all} hypotheses have no reference points"),
    };
    format!(
        "{which}: they are for hypotheses with a baseline and at least four references that are no members of a family of more than {largest}"
    )
}

/// A remark below the findings that are shown.
#[must_use]
pub fn more_findings(count: usize) -> String {
    format!("and {count} more; `check --format json` lists all of them")
}

/// A note on a name that nothing has: the other lines of the file where it stands.
#[must_use]
pub fn also_on_lines(lines: &[u32]) -> String {
    let shown: Vec<String> = lines.iter().take(8).map(u32::to_string).collect();
    let more = lines.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let word = if lines.len() == 1 { "line" } else { "lines" };
    format!("the same on {word} {}{more}", shown.join(", "))
}

/// What `check --fix` did. `later` counts what `--unsafe-fixes` would mend besides; `is_diff` if nothing was
/// written.
#[must_use]
pub fn fixed(made: usize, left: usize, later: usize, is_diff: bool) -> String {
    let what = if is_diff { "would be fixed" } else { "fixed" };
    let more = if later > 0 { format!(", {later} more with --unsafe-fixes") } else { String::new() };
    format!("{made} {what}, {left} left{more}")
}

/// A file that was to be mended is another than the one that was read.
#[must_use]
pub fn changed_meanwhile(path: &str) -> Diagnostic {
    super::files::not_written(path, "it is not the file any more that was checked")
}

/// A signal ended a command.
#[must_use]
pub fn stopped() -> String {
    "stopped; files that were written before are whole, and nothing else was left behind".to_owned()
}
