//! The scores of a family's members, and how well each does at what scores are held against.

use super::family::Member;
use super::likeness::{self, Claims};
use crate::diagnostics::Diagnostic;
use crate::engine::Engine;
use crate::hypothesis::{Calibration, Checked, Loader, Setting, recheck_each};
use crate::plan::Limits;
use crate::run::{self, Done, Settings};
use crate::syntax::ast;
use crate::validate::{distinguish::distinguish, fool::fool};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

type Fault = Box<Diagnostic>;

/// Members that are run together, sharing captures. No number depends on it.
const TOGETHER: usize = 16;

/// What members are run in.
#[expect(missing_debug_implementations, reason = "holds trait objects")]
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub loader: &'a dyn Loader,
    pub engine: &'a dyn Engine,
    pub is_allowed: &'a dyn Fn(&Diagnostic) -> bool,
    pub seed: u64,
    pub limits: Limits,
}

/// What is known of one member.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What it was turned down for.
    pub fault: Option<String>,
    /// By metric; those that are not defined are absent. Greater is better throughout.
    pub scores: BTreeMap<String, f64>,
    /// By objective; greater is better throughout.
    pub successes: BTreeMap<String, f64>,
}

/// By statements what was found.
pub type Known = BTreeMap<String, Measured>;

/// Told after each batch: members that are measured, of how many, and all that was found.
pub type Told<'a> = dyn FnMut(usize, usize, &Known) -> Result<(), Fault> + 'a;

/// What members are made of.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    pub calibration: &'a Calibration,
    /// The file with constants and families in their place.
    pub file: &'a ast::File,
    /// The claims of the hypothesis that is known to be true.
    pub truth: Option<&'a Claims>,
}

/// Measures members in order, until as many as the calibration wants could be run. Members that are in
/// `known` are not run again.
///
/// # Errors
/// Too little memory, or what `told` returns. A member that cannot be run is turned down.
pub fn measure(
    base: Base<'_>,
    members: &[Member],
    ground: Ground<'_>,
    checked: Checked,
    (known, told): (&mut Known, &mut Told<'_>),
) -> Result<Vec<usize>, Fault> {
    let wanted = base.calibration.size;
    let mut checked = Some(checked);
    let mut found: Vec<usize> = Vec::new();
    let mut from = 0;
    while from < members.len() && found.len() < wanted {
        let to = members.len().min(from + TOGETHER.min(wanted - found.len()));
        let batch = &members[from..to];
        let new: Vec<&Member> = batch.iter().filter(|member| !known.contains_key(&member.text())).collect();
        if !new.is_empty() {
            let (measured, again) = run_all(base, &new, ground, checked.take().expect("it is put back"))?;
            checked = Some(again);
            known.extend(new.iter().map(|member| member.text()).zip(measured));
        }
        found.extend((from..to).filter(|at| known.get(&members[*at].text()).is_some_and(|own| own.fault.is_none())));
        told(found.len(), wanted, known)?;
        from = to;
    }
    Ok(found)
}

/// Where a whole run faults, each half is run alone.
fn run_all(
    base: Base<'_>,
    members: &[&Member],
    ground: Ground<'_>,
    checked: Checked,
) -> Result<(Vec<Measured>, Checked), Fault> {
    let file = with(base, members);
    let (checked, wrong) = recheck_each(&file, checked, ground.loader, ground.is_allowed);
    let settings = Settings {
        n: Some(base.calibration.references),
        budget: base.calibration.references,
        seed: ground.seed,
        limits: ground.limits,
        keep_outputs: false,
        blame: false,
        reference_points: false,
        panel: true,
    };
    let done = carried_out(&checked, ground.engine, settings);
    let found = match done {
        Ok(done) => {
            let mut found = Vec::new();
            for at in 0..members.len() {
                found.push(one(base, at, (&checked, &wrong), &done, (ground, settings)));
            }
            found
        }
        Err(fault) if members.len() == 1 => vec![turned_down(fault.message)],
        Err(_) => {
            let (left, right) = members.split_at(members.len() / 2);
            let (mut found, checked) = run_all(base, left, ground, emptied(checked))?;
            let (others, checked) = run_all(base, right, ground, checked)?;
            found.extend(others);
            return Ok((found, checked));
        }
    };
    Ok((found, emptied(checked)))
}

fn emptied(checked: Checked) -> Checked {
    Checked { hypotheses: Vec::new(), foolings: Vec::new(), distinctions: Vec::new(), ..checked }
}

fn turned_down(fault: String) -> Measured {
    Measured { fault: Some(fault), ..Measured::default() }
}

fn carried_out(checked: &Checked, engine: &dyn Engine, settings: Settings) -> Result<Vec<Done>, Fault> {
    let groups = run::groups(checked, settings, None)?;
    run::compared(run::execute(&groups, checked, engine, settings, &|_| {})?)
}

/// No name that can be written begins so.
fn name_of(member: usize) -> String {
    format!("member {member}")
}

/// The file with members in place of its hypotheses, and each challenge for each of them.
fn with(base: Base<'_>, members: &[&Member]) -> ast::File {
    let given =
        |name: &str| base.file.hypotheses.iter().find(|own| crate::hypothesis::reference_name(&own.name) == name);
    let named = |like: &ast::Reference, text: String| ast::Reference {
        name: ast::Ident { text, span: like.name.span },
        arguments: Vec::new(),
        span: like.span,
    };
    let (mut hypotheses, mut challenges) = (Vec::new(), Vec::new());
    for (at, member) in members.iter().enumerate() {
        let Some(own) = given(&member.from) else { continue };
        let name = named(&own.name, name_of(at));
        for challenge in &base.file.challenges {
            let text = crate::hypothesis::reference_name(&challenge.name);
            if base.calibration.against.contains(&text) {
                let title = named(&challenge.name, format!("{} of {text}", name_of(at)));
                challenges.push(ast::Challenge { name: title, hypothesis: name.clone(), ..challenge.clone() });
            }
        }
        hypotheses.push(ast::Hypothesis { name, body: member.body.clone(), refines: None, ..own.clone() });
    }
    ast::File {
        hypotheses,
        challenges,
        interchanges: Vec::new(),
        expects: Vec::new(),
        searches: Vec::new(),
        calibrations: Vec::new(),
        ..base.file.clone()
    }
}

fn one(
    base: Base<'_>,
    at: usize,
    (checked, wrong): (&Checked, &BTreeMap<String, String>),
    done: &[Done],
    (ground, settings): (Ground<'_>, Settings),
) -> Measured {
    let name = name_of(at);
    if let Some(fault) = wrong.get(&name) {
        return turned_down(fault.clone());
    }
    let ready = checked.hypotheses.iter().find(|ready| ready.stated.claims.name == name);
    let (Some(done), Some(ready)) = (done.iter().find(|done| done.name == name), ready) else {
        return turned_down("it cannot be checked".to_owned());
    };
    let mut successes = BTreeMap::new();
    let own = |challenge: &str| challenge.strip_prefix(&format!("{name} of ")).map(str::to_owned);
    for challenge in &checked.foolings {
        let Some(title) = own(&challenge.name) else { continue };
        match fool(challenge, checked, ground.engine, settings, &|_| {}) {
            Ok(fooled) => _ = successes.insert(format!("{title}: rate"), fooled.rate.value),
            Err(fault) => return turned_down(fault.message),
        }
    }
    for challenge in &checked.distinctions {
        let Some(title) = own(&challenge.name) else { continue };
        match distinguish(challenge, checked, (ground.engine, settings), &|_| {}) {
            Ok(told) => successes.extend(
                told.scores
                    .iter()
                    .map(|score| (format!("{title}: auroc({})", score.name), score.of(Setting::Trusted).auroc.value)),
            ),
            Err(fault) => return turned_down(fault.message),
        }
    }
    let data = checked.datasets[ready.data].as_ref();
    let likeness =
        base.truth.zip(data).and_then(|(truth, data)| Some(likeness::likeness(&likeness::claims(ready, data)?, truth)));
    if let Some(likeness) = likeness {
        let named = [("correct", likeness.correct), ("complete", likeness.complete), ("alike", likeness.alike)];
        successes.extend(named.map(|(word, value)| (format!("truth: {word}"), value)));
    }
    Measured { fault: None, scores: scores(done), successes }
}

/// Names of metrics, in the order of reports.
pub const METRICS: [&str; 10] = [
    "recovered",
    "accuracy",
    "agreement",
    "minus KL",
    "logit R2",
    "minus mean change",
    "unchanged",
    "minus worse",
    "bits",
    "arrows",
];

/// All metrics of the panel, so turned that greater is better; and the size, which is no merit.
fn scores(done: &Done) -> BTreeMap<String, f64> {
    let classes = done.panel.classes.as_ref();
    let changes = done.panel.changes;
    let values = [
        done.estimates.recovered.map(|found| found.value),
        classes.and_then(|own| own.accuracy.recovered).map(|found| found.value),
        classes.and_then(|own| own.agreement.recovered).map(|found| found.value),
        classes.map(|own| -own.divergence.value),
        classes.map(|own| own.logit_r2.value),
        Some(-changes.mean.value),
        changes.against.map(|own| own.same.value),
        changes.against.map(|own| -own.worse.value),
        Some(done.size.bits()),
        Some(done.size.arrows as f64),
    ];
    let defined =
        METRICS.iter().zip(values).filter_map(|(name, value)| Some((*name, value.filter(|own| own.is_finite())?)));
    defined.map(|(name, value)| (name.to_owned(), value)).collect()
}
