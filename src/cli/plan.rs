//! `ansatz plan`.

use super::Ended;
use super::args::{Format, PlanArgs};
use super::check::{analyse, wrong};
use super::loading::Engines;
use super::output::Screen;
use super::pilot;
use super::progress::bar;
use super::run::{all_rows, settings};
use crate::diagnostics::{Diagnostic, any_error, clean};
use crate::engine::Engine;
use crate::hypothesis::Checked;
use crate::plan::{HypothesisPlan, Plan};
use crate::report::member;
use crate::run::{self, Done, Group, Settings, forecasts, groups, pilot_settings};
use serde_json::json;
use std::fmt::Write;

/// The version of the JSON form.
const SCHEMA: &str = "ansatz-plan/1";

/// `ansatz plan`.
pub fn plan(args: &PlanArgs, screen: &Screen) -> Ended {
    let engines = match Engines::choose(args.file.engine) {
        Ok(engines) => engines,
        Err(finding) => return wrong(&[*finding], screen, args.format),
    };
    let analysis = analyse(&args.file, &engines);
    let Some(checked) = analysis.checked.as_ref().filter(|_| !any_error(&analysis.findings)) else {
        screen.findings(&analysis.findings, &analysis.sources, args.format);
        return Ended::Wrong;
    };
    screen.finding_blocks(&analysis.findings, &analysis.sources);
    let settings = settings(&args.sample, false);
    let groups = match groups(checked, settings, None) {
        Ok(groups) => groups,
        Err(finding) => {
            screen.findings(&[*finding], &analysis.sources, args.format);
            return Ended::Wrong;
        }
    };
    for remark in all_rows(checked, &groups, settings) {
        screen.remark(&remark);
    }
    let piloted = match args.pilot.map(|references| piloted(references, checked, engines.engine(), settings, screen)) {
        None => None,
        Some(Ok(done)) => Some(done),
        Some(Err(finding)) => {
            screen.findings(&[*finding], &analysis.sources, args.format);
            return Ended::Wrong;
        }
    };
    let forecasts = piloted.as_deref().map(|done| forecasts(done, checked, args.precision));
    screen.result(&match args.format {
        Format::Text => {
            let pilot = forecasts.map(|found| pilot::text(&found, settings.most())).unwrap_or_default();
            text(&groups, engines.engine()) + &pilot
        }
        Format::Json => {
            let plans: Vec<_> =
                groups.iter().map(|group| json!({"model": group.model.name, "plan": group.plan})).collect();
            let mut all = json!({"schema": SCHEMA, "engine": engines.engine().name(), "groups": plans});
            if let Some(found) = forecasts {
                all["pilot"] = pilot::json(&found);
            }
            format!("{all:#}\n")
        }
    });
    Ended::Well
}

/// What a few references give.
fn piloted(
    references: u64,
    checked: &Checked,
    engine: &dyn Engine,
    settings: Settings,
    screen: &Screen,
) -> Result<Vec<Done>, Box<Diagnostic>> {
    let settings = pilot_settings(settings, usize::try_from(references).unwrap_or(usize::MAX));
    let groups = groups(checked, settings, None)?;
    let bar = bar(screen, "pilot", groups.iter().map(run::steps).sum());
    let observed = run::execute(&groups, checked, engine, settings, &|steps| bar.inc(steps as u64));
    bar.finish_and_clear();
    run::compared(observed?)
}

/// Operators in which positions mix that are listed for each hypothesis.
const EXPANSIONS: usize = 4;

/// The plans for people.
#[must_use]
pub fn text(groups: &[Group<'_>], engine: &dyn Engine) -> String {
    let mut out = String::new();
    for group in groups {
        whole(&mut out, group, engine);
        hypotheses(&mut out, &group.plan);
    }
    out
}

/// A block for each hypothesis; members of a family that cost the same have one.
fn hypotheses(out: &mut String, plan: &Plan) {
    let mut blocks: Vec<(&HypothesisPlan, String, usize)> = Vec::new();
    for hypothesis in &plan.hypotheses {
        // Which rows are drawn differs even where all else is the same.
        let mut cost = String::new();
        one(&mut cost, &HypothesisPlan { rows: 0, ..hypothesis.clone() }, plan);
        let family = |one: &HypothesisPlan| member(&one.name).map(|(family, _)| family.to_owned());
        let own = family(hypothesis);
        let same =
            blocks.iter_mut().rev().find(|(first, known, _)| own.is_some() && family(first) == own && *known == cost);
        match same {
            Some((_, _, count)) => *count += 1,
            None => blocks.push((hypothesis, cost, 0)),
        }
    }
    for (first, _, more) in blocks {
        let others = if more > 0 { format!(", and {more} more of its family") } else { String::new() };
        let _ = writeln!(out, "  hypothesis {}{others}", clean(&first.name));
        one(out, first, plan);
    }
    if plan.hypotheses.len() > 1 {
        let share = |one: &HypothesisPlan| one.flops as f64 / (plan.forward_flops.max(1) as f64);
        let runs: f64 = plan.hypotheses.iter().map(share).sum();
        let _ = writeln!(
            out,
            "  all {} hypotheses: {runs:.2} forward passes over the references, besides the clean pass",
            plan.hypotheses.len()
        );
    }
}

fn whole(out: &mut String, group: &Group<'_>, engine: &dyn Engine) {
    let plan = &group.plan;
    let _ = writeln!(out, "model {} on engine {}", clean(&group.model.name), engine.name());
    let _ = writeln!(
        out,
        "  1. clean pass: {} rows in batches of {}, {} FLOPs a row",
        plan.rows,
        plan.clean_batch,
        big(plan.forward_flops)
    );
    let kept = if plan.resident {
        format!("the values of {} rows are kept for all hypotheses", plan.captured_rows.len())
    } else {
        "captured values do not fit at once: each hypothesis computes its own, in chunks".to_owned()
    };
    let _ = writeln!(out, "     {kept}");
    let _ = writeln!(out, "  memory: {} predicted for captures and values at work", bytes(plan.memory_bytes));
}

fn one(out: &mut String, plan: &HypothesisPlan, whole: &Plan) {
    let _ = writeln!(
        out,
        "     {} references x {} draws, {} visits; {} distinct rows, {} captured a row",
        plan.references,
        plan.draws,
        plan.visits,
        plan.rows,
        bytes(plan.row_bytes)
    );
    let _ = writeln!(
        out,
        "     {} copied operators, {} FLOPs a reference ({:.1} % of a forward pass), batches of {}",
        plan.operators,
        big(plan.flops),
        100.0 * plan.flops as f64 / (whole.forward_flops.max(1) as f64),
        plan.batch
    );
    for expansion in plan.expansions.iter().take(EXPANSIONS) {
        let (tensor, operator) = (clean(&expansion.tensor), clean(&expansion.operator));
        let _ = writeln!(out, "     positions mix in {operator}: {:.1} times the rows of {tensor}", expansion.factor);
    }
    if let Some(more) = plan.expansions.len().checked_sub(EXPANSIONS).filter(|more| *more > 0) {
        let _ = writeln!(out, "     and in {more} more operators (`--format json` lists them)");
    }
    if plan.chunk < plan.references {
        let _ = writeln!(out, "     in chunks of {} references", plan.chunk);
    }
    let _ = writeln!(
        out,
        "     work: {:.2} plain forward passes over the references, clean pass included; {:.2} the naive way",
        plan.passes, plan.naive_passes
    );
}

fn big(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..10_000_000 => format!("{:.1} k", number as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.1} M", number as f64 / 1e6),
        _ => format!("{:.1} G", number as f64 / 1e9),
    }
}

fn bytes(number: u64) -> String {
    match number {
        0..10_240 => format!("{number} B"),
        10_240..10_485_760 => format!("{:.1} KiB", number as f64 / 1024.0),
        10_485_760..10_737_418_240 => format!("{:.1} MiB", number as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", number as f64 / 1_073_741_824.0),
    }
}
