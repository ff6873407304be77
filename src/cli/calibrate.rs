//! `ansatz calibrate`.

use super::Ended;
use super::args::{CalibrateArgs, Format};
use super::check::{Analysis, analyse, wrong};
use super::kept::{Keep, header_in, key, laid_out};
use super::loading::{Engines, Files};
use super::output::Screen;
use super::progress::bar;
use crate::calibrate::{
    self, Base, CalibrationReport, Calibrations, Claims, Ground, Known, Measured, Member, claims, family, measure,
};
use crate::diagnostics::messages::calibrations as messages;
use crate::diagnostics::{Diagnostic, any_error, sort};
use crate::files;
use crate::hypothesis::{Calibration, Checked, reference_name};
use crate::search;
use crate::source::Sources;
use crate::syntax::ast;
use std::path::Path;

type Fault = Box<Diagnostic>;

/// With fewer members no ranks are compared.
const FEWEST: usize = 10;

/// `ansatz calibrate`: all calibrations of a file, or one.
pub fn calibrate(args: &CalibrateArgs, screen: &Screen) -> Ended {
    let engines = match Engines::choose(args.file.engine) {
        Ok(engines) => engines,
        Err(finding) => return wrong(&[*finding], screen, args.format),
    };
    let mut analysis = analyse(&args.file, &engines);
    let of = |checked: &Checked| checked.calibrations.iter().map(|own| own.name.clone()).collect();
    let names: Vec<String> = analysis.checked.as_ref().map_or_else(Vec::new, of);
    if !any_error(&analysis.findings) {
        analysis.findings.extend(chosen(args, &names));
    }
    if any_error(&analysis.findings) {
        screen.findings(&analysis.findings, &analysis.sources, args.format);
        return Ended::Wrong;
    }
    if let Some(remark) = &engines.remark {
        screen.remark(remark);
    }
    let mut findings = std::mem::take(&mut analysis.findings);
    match all(args, &names, analysis, (&engines, screen), &mut findings) {
        Ok(report) => {
            screen.result(&match args.format {
                Format::Text => calibrate::text(&report),
                Format::Json => calibrate::json(&report),
            });
            Ended::Well
        }
        Err(()) => Ended::Wrong,
    }
}

/// What is wrong with the calibrations that are asked for.
fn chosen(args: &CalibrateArgs, names: &[String]) -> Option<Diagnostic> {
    let path = args.file.file.display().to_string();
    if names.is_empty() {
        return Some(messages::nothing_to_calibrate(&path));
    }
    let only = args.only.as_ref().filter(|only| !names.contains(only))?;
    Some(messages::unknown_calibration(&path, only, names))
}

/// Findings are shown in any case.
fn all(
    args: &CalibrateArgs,
    names: &[String],
    analysis: Analysis,
    (engines, screen): (&Engines, &Screen),
    findings: &mut Vec<Diagnostic>,
) -> Result<Calibrations, ()> {
    let Analysis { sources, main, elaborated, checked, lints, .. } = analysis;
    let permitted = lints.permitted();
    let text = sources.iter().next().map_or("", |file| file.text.as_str()).to_owned();
    let header = sources.iter().next().map_or_else(String::new, |file| search::header(&file.name, &main));
    let mut checked = checked;
    let mut found = Vec::new();
    for name in names.iter().filter(|name| args.only.as_ref().is_none_or(|only| only == *name)) {
        // Each begins with all that was checked.
        let own = match checked.take() {
            Some(checked) => Some(checked),
            None => {
                let again = analyse(&args.file, engines);
                // What was right a moment ago can be unreadable now.
                if any_error(&again.findings) {
                    screen.findings(&again.findings, &again.sources, args.format);
                    return Err(());
                }
                again.checked
            }
        };
        let Some(own) = own else { continue };
        match one((args, &permitted), (name, &sources), (&elaborated, &header), own, (engines, screen)) {
            Ok((report, remarks)) => {
                findings.extend(remarks);
                found.push(report);
            }
            Err(fault) => {
                findings.push(*fault);
                sort(findings);
                screen.findings(findings, &sources, args.format);
                return Err(());
            }
        }
    }
    lints.apply(findings, &sources);
    sort(findings);
    screen.finding_blocks(findings, &sources);
    let engine = engines.engine();
    Ok(Calibrations {
        schema: calibrate::SCHEMA,
        ansatz: env!("CARGO_PKG_VERSION"),
        file: args.file.file.display().to_string(),
        blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
        engine: format!("{} {}", engine.name(), engine.version()),
        seed: args.work.seed,
        calibrations: found,
    })
}

/// One calibration, with what is to be remarked.
fn one(
    (args, permitted): (&CalibrateArgs, &[String]),
    (name, sources): (&str, &Sources),
    (file, header): (&ast::File, &str),
    checked: Checked,
    (engines, screen): (&Engines, &Screen),
) -> Result<(CalibrationReport, Vec<Diagnostic>), Fault> {
    let calibration = checked.calibrations.iter().find(|own| own.name == name).cloned();
    let calibration = calibration.expect("names are those of the calibrations");
    let given: Vec<&ast::Hypothesis> = calibration.starts.iter().filter_map(|name| hypothesis(file, name)).collect();
    let Some((members, truth)) = members(&calibration, &given, &checked, args.work.seed) else {
        return Err(Box::new(messages::too_few(calibration.span, 0, None)));
    };
    let loader = Files::new(&args.file, None, engines);
    let allowed = |finding: &Diagnostic| permitted.iter().any(|code| code == finding.code.id);
    let ground = Ground {
        loader: &loader,
        engine: engines.engine(),
        is_allowed: &allowed,
        seed: args.work.seed,
        limits: args.work.limits(),
    };
    let keep = Keep::new(args.output.as_deref(), name, key((&args.file, args.work.seed), sources, &checked, engines))?;
    let mut known =
        keep.read()?.and_then(|bytes| calibrate::read_progress(&keep.key, &bytes)).unwrap_or_else(Known::new);
    let bar = bar(screen, "measuring", calibration.size);
    let mut told = |done: usize, _: usize, known: &Known| {
        bar.set_position(done as u64);
        keep.write(&calibrate::write_progress(&keep.key, known))
    };
    let base = Base { calibration: &calibration, file, truth: truth.as_ref() };
    let found = measure(base, &members, ground, checked, (&mut known, &mut told));
    bar.finish_and_clear();
    let found = found?;
    let fault = members.iter().find_map(|member| known.get(&member.text())?.fault.as_ref());
    if found.len() < FEWEST {
        return Err(Box::new(messages::too_few(calibration.span, found.len(), fault.map(String::as_str))));
    }
    let tried = members.iter().filter(|member| known.contains_key(&member.text())).count();
    let measured: Vec<(&Member, &Measured)> =
        found.iter().filter_map(|at| Some((&members[*at], known.get(&members[*at].text())?))).collect();
    let behaviour = given.first().map_or("", |own| own.behaviour.text.as_str());
    let report = CalibrationReport::of(&calibration, behaviour, &measured, (tried - found.len(), fault));
    write(args, &report, header, &given)?;
    let flat = report.objectives.iter().filter(|own| own.most <= own.least);
    let remarks = flat.map(|own| messages::all_the_same(calibration.span, &own.name)).collect();
    Ok((report, remarks))
}

fn hypothesis<'f>(file: &'f ast::File, name: &str) -> Option<&'f ast::Hypothesis> {
    file.hypotheses.iter().find(|own| reference_name(&own.name) == name)
}

/// The family, and the claims of the true one.
fn members(
    calibration: &Calibration,
    given: &[&ast::Hypothesis],
    checked: &Checked,
    seed: u64,
) -> Option<(Vec<Member>, Option<Claims>)> {
    let ready = |name: &String| checked.hypotheses.iter().find(|own| own.stated.claims.name == *name);
    let first = ready(calibration.starts.first()?)?;
    let model = checked.models[first.model].as_ref()?;
    let truth = calibration.truth.as_ref().and_then(ready);
    let truth = truth.and_then(|truth| claims(truth, checked.datasets[truth.data].as_ref()?));
    Some((family(calibration, given, model, seed), truth))
}

/// The report, a picture for each objective, and the family as a file that can be run.
fn write(
    args: &CalibrateArgs,
    report: &CalibrationReport,
    header: &str,
    given: &[&ast::Hypothesis],
) -> Result<(), Fault> {
    let Some(folder) = &args.output else { return Ok(()) };
    let name = &report.name;
    for objective in report.objectives.iter().filter(|own| own.most > own.least) {
        let word: String =
            objective.name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
        let word = word.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
        files::write(&folder.join(format!("{name}.{word}.svg")), calibrate::plot(report, objective).as_bytes())?;
    }
    let header = header_in(folder, &args.file.file, header)?;
    let text = written(report, &header, given);
    files::write(&Path::new(folder).join(format!("{name}.family.ansatz")), laid_out(&text).as_bytes())
}

/// All members as hypotheses.
fn written(report: &CalibrationReport, header: &str, given: &[&ast::Hypothesis]) -> String {
    let mut out = format!("//! The hypotheses that `ansatz calibrate` measured.\n\n{header}");
    let Some(own) = given.first() else { return out };
    let part = |word: &str, name: &Option<ast::Ident>| {
        name.as_ref().map_or_else(String::new, |name| format!(" {word} {}", name.text))
    };
    let about = format!("{}{}{}", own.behaviour.text, part("of", &own.model), part("on", &own.data));
    for (at, member) in report.members.iter().enumerate() {
        let statements: String = member.statements.iter().map(|line| format!("    {line}\n")).collect();
        let (name, told) = (&report.name, member.told());
        out.push_str(&format!("\n/// {told}\nhypothesis {name}_{at} explains {about} {{\n{statements}}}\n"));
    }
    out
}
