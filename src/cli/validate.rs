//! `ansatz validate`.

use super::args::{Format, ValidateArgs};
use super::check::{Analysis, analyse, wrong};
use super::kept::{Keep, key};
use super::loading::Engines;
use super::output::Screen;
use super::progress::bar;
use super::run::{Inputs, inputs};
use super::{Ended, again};
use crate::diagnostics::messages::usage;
use crate::diagnostics::{Diagnostic, any_error, nearest, sort};
use crate::estimate::Verdict;
use crate::files;
use crate::hypothesis::Checked;
use crate::report::{
    ChallengeReport, EngineUsed, VALIDATION_SCHEMA, ValidationProvenance, ValidationReport, member, validation_json,
    validation_text,
};
use crate::source::Sources;
use crate::validate::distinguish::{self, distinguish};
use crate::validate::fool::{self, fool};
use crate::validate::{Challenge, challenges};
use serde::{Deserialize, Serialize};

type Fault = Box<Diagnostic>;

/// `ansatz validate`: all challenges of a file.
pub fn validate(args: &ValidateArgs, screen: &Screen) -> Ended {
    let engines = match Engines::choose(args.file.engine) {
        Ok(engines) => engines,
        Err(finding) => return wrong(&[*finding], screen, args.format),
    };
    let Analysis { sources, checked, mut findings, lints, .. } = analyse(&args.file, &engines);
    let Some(checked) = checked.filter(|_| !any_error(&findings)) else {
        screen.findings(&findings, &sources, args.format);
        return Ended::Wrong;
    };
    let chosen = match chosen(args, &checked) {
        Ok(chosen) => chosen,
        Err(finding) => return wrong(&[*finding], screen, args.format),
    };
    if let Some(remark) = &engines.remark {
        screen.remark(remark);
    }
    match carry_out(args, &chosen, &checked, &engines, (&sources, screen)) {
        Ok((report, remarks, verdict)) => {
            findings.extend(remarks);
            lints.apply(&mut findings, &sources);
            sort(&mut findings);
            screen.finding_blocks(&findings, &sources);
            screen.result(&match args.format {
                Format::Text => validation_text(&report),
                Format::Json => validation_json(&report),
            });
            match verdict {
                Some(Verdict::Refuted) => Ended::Refuted,
                Some(Verdict::Undecided) if args.strict => Ended::Refuted,
                _ if any_error(&findings) => Ended::Wrong,
                _ => Ended::Well,
            }
        }
        Err(finding) => {
            findings.push(*finding);
            sort(&mut findings);
            screen.findings(&findings, &sources, args.format);
            Ended::Wrong
        }
    }
}

/// The challenges that are wanted, in the order of the file.
fn chosen<'a>(args: &ValidateArgs, checked: &'a Checked) -> Result<Vec<Challenge<'a>>, Fault> {
    let known = challenges(checked);
    let all: Vec<&str> = known.iter().map(Challenge::name).collect();
    for only in &args.only {
        if !all.iter().any(|name| name == only || family(name) == only) {
            let near = nearest(only, all.iter().copied());
            return Err(Box::new(usage::unknown_challenge(only, &near)));
        }
    }
    let wanted = |found: &&Challenge<'a>| {
        let is_named = |only: &String| *only == found.name() || family(found.name()) == only.as_str();
        args.only.is_empty() || args.only.iter().any(is_named)
    };
    let chosen: Vec<Challenge<'a>> = known.iter().filter(wanted).copied().collect();
    if chosen.is_empty() {
        return Err(Box::new(usage::nothing_to_validate(&args.file.file.display().to_string())));
    }
    Ok(chosen)
}

/// The report, what was remarked, and the worst verdict.
type Outcome = (ValidationReport, Vec<Diagnostic>, Option<Verdict>);

fn carry_out(
    args: &ValidateArgs,
    chosen: &[Challenge<'_>],
    checked: &Checked,
    engines: &Engines,
    (sources, screen): (&Sources, &Screen),
) -> Result<Outcome, Fault> {
    let engine = engines.engine();
    if let Some(path) = &args.json {
        files::can_write(path)?;
    }
    let settings = args.work.settings();
    let bar = bar(screen, "trying", chosen.iter().map(|challenge| steps(challenge, checked)).sum());
    let mut challenges = Vec::new();
    let (mut remarks, mut worst) = (Vec::new(), None);
    let keep =
        Keep::new(args.output.as_deref(), "validation", key((&args.file, args.work.seed), sources, checked, engines))?;
    let mut kept = keep.read()?.map_or_else(Vec::new, |bytes| read_kept(&keep.key, &bytes));
    for challenge in chosen {
        let progress = |steps: usize| bar.inc(steps as u64);
        if let Some(at) = kept.iter().position(|own: &ChallengeReport| own.name() == challenge.name()) {
            let known = kept.swap_remove(at);
            worst = verdict_of(known.worst()).into_iter().chain(worst).max();
            bar.inc(steps(challenge, checked) as u64);
            challenges.push(known);
            continue;
        }
        let before = remarks.len();
        match challenge {
            Challenge::Fools(challenge) => {
                let fooled = fool(challenge, checked, engine, settings, &progress);
                let fooled = fooled.inspect_err(|_| bar.finish_and_clear())?;
                worst = fooled.verdicts().iter().map(|(_, verdict)| *verdict).chain(worst).max();
                remarks.extend(fooled.remarks.iter().cloned());
                challenges.push(ChallengeReport::Fools(Box::new(crate::report::fools(&fooled, checked, sources))));
            }
            Challenge::Distinguishes(challenge) => {
                let told = distinguish(challenge, checked, (engine, settings), &progress);
                let told = told.inspect_err(|_| bar.finish_and_clear())?;
                worst = challenge.expected.iter().map(|bound| told.verdict(bound)).chain(worst).max();
                remarks.extend(told.remarks.iter().cloned());
                let found = crate::report::distinguish::report(challenge, &told, sources);
                challenges.push(ChallengeReport::Distinguishes(Box::new(found)));
            }
        }
        // One that something was remarked of is carried out again, so that it is said again.
        if remarks.len() == before {
            keep.write(&write_kept(&keep.key, &challenges))?;
        }
    }
    bar.finish_and_clear();
    let Inputs { file, models, data, tables } = inputs(checked, sources);
    let mut command = again::on_file("validate", &args.file);
    args.only.iter().for_each(|only| command.extend(["--only".to_owned(), only.clone()]));
    command.extend(["--seed".to_owned(), args.work.seed.to_string()]);
    let engine = EngineUsed { name: engine.name(), version: engine.version() };
    let ansatz = env!("CARGO_PKG_VERSION").to_owned();
    let provenance = ValidationProvenance { ansatz, engine, file, models, data, tables, command };
    let report = ValidationReport { schema: VALIDATION_SCHEMA, challenges, seed: args.work.seed, provenance };
    if let Some(path) = &args.json {
        files::write(path, validation_json(&report).as_bytes())?;
    }
    Ok((report, remarks, worst))
}

/// The challenges that are done.
#[derive(Serialize, Deserialize)]
struct Kept<C> {
    schema: String,
    /// What everything in it depends on.
    key: String,
    challenges: C,
}

const KEPT: &str = "ansatz-validation-progress/1";

fn write_kept(key: &str, challenges: &[ChallengeReport]) -> Vec<u8> {
    let kept = Kept { schema: KEPT.to_owned(), key: key.to_owned(), challenges };
    serde_json::to_vec(&kept).unwrap_or_default()
}

/// What a file holds, if it is of the same challenges.
fn read_kept(key: &str, bytes: &[u8]) -> Vec<ChallengeReport> {
    let kept: Option<Kept<Vec<ChallengeReport>>> = serde_json::from_slice(bytes).ok();
    kept.filter(|kept| kept.schema == KEPT && kept.key == key).map_or_else(Vec::new, |kept| kept.challenges)
}

fn verdict_of(word: &str) -> Option<Verdict> {
    match word {
        "confirmed" => Some(Verdict::Confirmed),
        "refuted" => Some(Verdict::Refuted),
        "undecided" => Some(Verdict::Undecided),
        _ => None,
    }
}

/// How many steps of progress a challenge takes.
fn steps(challenge: &Challenge<'_>, checked: &Checked) -> usize {
    match challenge {
        Challenge::Fools(challenge) => fool::steps(challenge),
        Challenge::Distinguishes(challenge) => distinguish::steps(challenge, checked),
    }
}

/// The name of a family, for a member of one.
fn family(name: &str) -> &str {
    member(name).map_or(name, |(family, _)| family)
}
