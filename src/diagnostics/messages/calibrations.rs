//! A47: what is said of a calibration.

use crate::diagnostics::codes::declare_codes;
use crate::diagnostics::{Diagnostic, Place, clean, nearest};
use crate::source::Span;

declare_codes! {
    UNKNOWN_SETTING = "A4701" "calibration-setting" Error "a calibration has no such setting";
    NOTHING_TO_HOLD_AGAINST = "A4702" "calibration-against-nothing" Error "a calibration has nothing to hold scores against";
    DIFFERENT_BEHAVIOURS = "A4703" "calibration-of-different-behaviours" Error "hypotheses of a calibration explain different behaviours";
    NOTHING_TO_VARY = "A4704" "calibration-without-claims" Error "no hypothesis of a calibration claims anything";
    NOTHING_TO_CALIBRATE = "A4705" "nothing-to-calibrate" Error "a file has no calibration, or none of this name";
    TOO_FEW = "A4706" "calibration-too-small" Error "too few hypotheses of a calibration can be run";
    ALL_THE_SAME = "A4707" "calibration-without-contrast" Warning "all hypotheses of a calibration have the same success";
}

#[must_use]
pub fn unknown_setting(span: Span, word: &str, all: &[&str]) -> Diagnostic {
    let message = format!("a calibration has no setting `{}`", clean(word));
    let shown: Vec<String> = all.iter().map(|word| format!("`{word}`")).collect();
    let found = Diagnostic::at(&UNKNOWN_SETTING, span, message).label("not known");
    let near = nearest(word, all.iter().copied());
    found.meant(span, word, &near).note(format!("the settings are `computes`, {}", shown.join(", ")))
}

#[must_use]
pub fn no_unit(span: Span) -> Diagnostic {
    Diagnostic::at(&UNKNOWN_SETTING, span, "settings of a calibration have no unit")
        .label("not known")
        .help("remove `per` and what follows it")
}

#[must_use]
pub fn nothing_to_hold_against(span: Span) -> Diagnostic {
    Diagnostic::at(&NOTHING_TO_HOLD_AGAINST, span, "this calibration has nothing to hold scores against")
        .label("no challenge and no truth")
        .help("name challenges, `against fooling`, or a hypothesis that is known to be true, `truth mechanism`")
}

#[must_use]
pub fn different_behaviours(span: Span, names: &[String; 2]) -> Diagnostic {
    let [one, other] = names.each_ref().map(|name| clean(name));
    let message = format!("`{one}` and `{other}` are not about the same behaviour, model and data");
    Diagnostic::at(&DIFFERENT_BEHAVIOURS, span, message)
        .label("their scores cannot be ranked together")
        .help("name hypotheses about the same: `start ...`; or write a calibration for each")
}

#[must_use]
pub fn nothing_to_vary(span: Span) -> Diagnostic {
    Diagnostic::at(&NOTHING_TO_VARY, span, "no hypothesis of this calibration has a node")
        .label("nothing to change")
        .help("start with a hypothesis that claims something: `start NAME`")
}

#[must_use]
pub fn nothing_to_calibrate(path: &str) -> Diagnostic {
    let path = clean(path);
    Diagnostic::new(&NOTHING_TO_CALIBRATE, format!("`{path}` declares no calibration"), Place::File { path })
        .help("for example `calibrate scores { against fooling }`")
}

#[must_use]
pub fn unknown_calibration(path: &str, name: &str, all: &[String]) -> Diagnostic {
    let path = clean(path);
    let message = format!("`{path}` declares no calibration `{}`", clean(name));
    let near = nearest(name, all.iter().map(String::as_str));
    let found = Diagnostic::new(&NOTHING_TO_CALIBRATE, message, Place::File { path });
    let found = near.iter().fold(found, |found, near| found.help(format!("`{}` might be meant", clean(near))));
    found.note(format!("it declares {}", clean(&all.join(", "))))
}

/// `fault` is what the first that was turned down was turned down for.
#[must_use]
pub fn too_few(span: Span, found: usize, fault: Option<&str>) -> Diagnostic {
    let message = format!("only {found} hypotheses of this calibration can be run");
    let told = Diagnostic::at(&TOO_FEW, span, message)
        .label("too few for ranks")
        .help("allow more: another `vary`, more features after `computes`, a greater `changes`");
    match fault {
        Some(fault) => told.note(format!("the first that was turned down: {fault}")),
        None => told,
    }
}

#[must_use]
pub fn all_the_same(span: Span, objective: &str) -> Diagnostic {
    let objective = clean(objective);
    Diagnostic::at(&ALL_THE_SAME, span, format!("all hypotheses have the same {objective}"))
        .label("no score can predict it")
        .help("make the challenge harder or easier, so that some hypotheses do better than others")
}
