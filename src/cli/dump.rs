//! `ansatz dump`: what a stage makes of a file.

use super::Ended;
use super::args::{DumpArgs, Format, Stage};
use super::check::{analyse, parse, wrong};
use super::loading::Engines;
use super::output::Screen;
use super::run::settings;
use crate::diagnostics::{any_error, sort};
use crate::run::groups;
use crate::source::Sources;

/// `ansatz dump`.
pub fn dump(args: &DumpArgs, screen: &Screen) -> Ended {
    if matches!(args.stage, Stage::Tree | Stage::Ast) {
        return syntax(args, screen);
    }
    let engines = match Engines::choose(args.file.engine) {
        Ok(engines) => engines,
        Err(finding) => return wrong(&[*finding], screen, Format::Text),
    };
    let analysis = analyse(&args.file, &engines);
    screen.finding_blocks(&analysis.findings, &analysis.sources);
    let Some(checked) = analysis.checked.as_ref().filter(|_| !any_error(&analysis.findings)) else {
        return Ended::Wrong;
    };
    if args.stage == Stage::Hypothesis {
        screen.result(&super::claims::text(checked));
        return Ended::Well;
    }
    match groups(checked, settings(&args.sample, false), None) {
        Ok(groups) if args.stage == Stage::Plan => screen.result(&super::plan::text(&groups, engines.engine())),
        Ok(groups) => {
            for group in &groups {
                for prepared in &group.prepared {
                    let name = &prepared.ready.stated.claims.name;
                    screen.result(&format!("hypothesis {name}\n{}", prepared.program.dump(&group.model.model.graph)));
                }
            }
        }
        Err(finding) => {
            screen.finding_blocks(&[*finding], &analysis.sources);
            return Ended::Wrong;
        }
    }
    Ended::Well
}

fn syntax(args: &DumpArgs, screen: &Screen) -> Ended {
    let mut sources = Sources::new();
    let mut findings = Vec::new();
    let parsed = parse(&args.file, &mut sources, &mut findings);
    if let Some((_, parsed)) = &parsed {
        findings.extend(parsed.diagnostics.iter().cloned());
        screen.result(&match args.stage {
            Stage::Tree => parsed.tree.dump(),
            _ => format!("{:#?}\n", parsed.file),
        });
    }
    sort(&mut findings);
    screen.finding_blocks(&findings, &sources);
    if any_error(&findings) { Ended::Wrong } else { Ended::Well }
}
