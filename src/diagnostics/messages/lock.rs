//! A93xx: locks, and what no longer holds of them.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean};
use crate::source::Span;

declare_codes! {
    NOT_THERE = "A9301" "lock-missing" Error "a file is to be run locked and has no lock";
    BROKEN = "A9302" "lock-broken" Error "a lock file cannot be understood";
    OTHER_VERSION = "A9303" "lock-version" Error "a lock file is of a version that this Ansatz does not know";
    INPUT = "A9304" "locked-input-differs" Error "a model, a dataset or a table is not the one that was locked";
    NOT_LOCKED = "A9305" "not-locked" Error "a hypothesis is not in the lock";
    GONE = "A9306" "locked-hypothesis-gone" Error "a hypothesis of the lock is no longer there";
    MEANING = "A9307" "locked-meaning-differs" Error "a hypothesis does not mean what was locked";
    SAMPLE = "A9308" "locked-sample-differs" Error "a hypothesis is run on another number of references than was locked";
    VERDICT = "A9309" "locked-verdict-differs" Error "an expectation has another verdict than was locked";
    SCORE = "A9310" "locked-score-moved" Error "a score is not the one that was locked";
}

const ACCEPT: &str = "`ansatz run --lock` accepts what is there now";

fn file(path: &str) -> Place {
    Place::File { path: clean(path) }
}

/// There is no lock file, or none of the `locked` files in it is the one that is run.
#[must_use]
pub fn missing(path: &str, hypotheses: &str, locked: Option<&[&str]>) -> Diagnostic {
    let message = match locked {
        None => format!("`{}` does not exist", clean(path)),
        Some(_) => format!("`{}` has nothing of `{}`", clean(path), clean(hypotheses)),
    };
    let found = Diagnostic::new(&NOT_THERE, message, file(path));
    let found = match locked {
        Some([]) | None => found,
        Some(locked) => found.note(format!("locked are: {}", clean(&locked.join(", ")))),
    };
    found.help(format!("`ansatz run --lock` on `{}` makes it", clean(hypotheses)))
}

#[must_use]
pub fn broken(path: &str, why: &str) -> Diagnostic {
    Diagnostic::new(&BROKEN, format!("`{}` is no lock: {}", clean(path), clean(why)), file(path))
        .help("take it from version control again; or delete it, and lock its files anew by `ansatz run --lock`")
}

#[must_use]
pub fn other_version(path: &str, found: &str, known: &str) -> Diagnostic {
    let message = format!("`{}` is of the version `{}`; this Ansatz knows `{known}`", clean(path), clean(found));
    Diagnostic::new(&OTHER_VERSION, message, file(path))
        .help(format!("use Ansatz in the version that wrote it, or a newer one than {}", env!("CARGO_PKG_VERSION")))
}

/// `hashes` are the locked one and that of the file.
#[must_use]
pub fn input_differs(kind: &str, name: &str, path: &str, (locked, now): (&str, &str)) -> Diagnostic {
    let message = format!("the {kind} `{}` is not the file that was locked", clean(name));
    let short = |hash: &str| clean(hash.get(..12).unwrap_or(hash));
    Diagnostic::new(&INPUT, message, file(path))
        .note(format!("locked: blake3 {}; now: blake3 {}", short(locked), short(now)))
        .note("nothing was run: scores of other inputs are not comparable")
        .help(format!("bring the file back, or bind another one by `--model` or `--data`; {ACCEPT}"))
}

#[must_use]
pub fn input_unknown(kind: &str, name: &str, path: &str) -> Diagnostic {
    let message = format!("the {kind} `{}` is not in the lock, by name or by content", clean(name));
    Diagnostic::new(&INPUT, message, file(path)).note("nothing was run").help(ACCEPT)
}

/// `old` is the name that the lock has for the same meaning.
#[must_use]
pub fn not_locked(span: Span, name: &str, old: Option<&str>) -> Diagnostic {
    let found = Diagnostic::at(&NOT_LOCKED, span, format!("`{}` is not in the lock", clean(name))).label("new");
    match old {
        Some(old) => found
            .note(format!("it means what `{}` meant, which is no longer there: it was renamed", clean(old)))
            .help(ACCEPT),
        None => found.help(ACCEPT),
    }
}

#[must_use]
pub fn gone(path: &str, name: &str) -> Diagnostic {
    Diagnostic::new(&GONE, format!("`{}` is in the lock and no longer in the file", clean(name)), file(path))
        .help(format!("bring it back; or, if it is meant to be gone: {ACCEPT}"))
}

#[must_use]
pub fn meaning_differs(span: Span, name: &str) -> Diagnostic {
    Diagnostic::at(&MEANING, span, format!("`{}` does not mean what was locked", clean(name)))
        .label("its claims, its behaviour, its map, its model or its data are others")
        .note("nothing was run. Names of nodes and features, order and layout do not count")
        .help("`ansatz diff HEAD:FILE FILE` says which claims are others")
        .help(ACCEPT)
}

/// `n` is the locked number of references and that of the run.
#[must_use]
pub fn sample_differs(span: Span, name: &str, (locked, now): (u64, u64)) -> Diagnostic {
    let message = format!("`{}` was locked on {locked} references and is run on {now}", clean(name));
    Diagnostic::at(&SAMPLE, span, message).label("its scores are not compared").help(ACCEPT)
}

/// By expectation the locked verdict and that of the run.
#[must_use]
pub fn verdict_differs(span: Span, name: &str, changed: &[(&str, &str, &str)]) -> Diagnostic {
    let told = |(clause, locked, now): &(&str, &str, &str)| {
        format!("`{}`: locked as {}, now {}", clean(clause), clean(locked), clean(now))
    };
    let first = changed.first().map(told).unwrap_or_default();
    let found =
        Diagnostic::at(&VERDICT, span, format!("what is expected of `{}` is judged otherwise: {first}", clean(name)))
            .label("another verdict than was locked");
    changed.iter().skip(1).map(told).fold(found, Diagnostic::note).help(ACCEPT)
}

/// `moved` are quantities with their locked and their new values; `versions` those that made them.
#[must_use]
pub fn score_moved(
    span: Span,
    name: &str,
    moved: &[(String, String, String)],
    tolerance: f64,
    versions: (&str, &str),
) -> Diagnostic {
    let told = |(what, old, new): &(String, String, String)| {
        format!("{}: locked {}, now {}", clean(what), clean(old), clean(new))
    };
    let first = moved.first().map(told).unwrap_or_default();
    let found = Diagnostic::at(&SCORE, span, format!("the score of `{}` moved: {first}", clean(name)))
        .label(format!("by more than {tolerance:e}, which rounding explains"));
    let found = moved.iter().skip(1).map(told).fold(found, Diagnostic::note);
    let found = match versions {
        (locked, now) if locked == now => found.note(format!("both by {}", clean(now))),
        (locked, now) => found.note(format!("locked by {}; now by {}", clean(locked), clean(now))),
    };
    found.help(format!("if the new score is right: {ACCEPT}"))
}
