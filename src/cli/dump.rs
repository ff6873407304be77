//! `ansatz dump`: what a stage makes of a file.

use super::Ended;
use super::args::{DumpArgs, Format, Stage};
use super::check::{analyse, parse, wrong};
use super::loading::Engines;
use super::output::Screen;
use super::run::settings;
use crate::diagnostics::{any_error, sort};
use crate::hypothesis::{Checked, Computes, End};
use crate::run::groups;
use crate::source::Sources;
use std::fmt::Write;

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
        screen.result(&hypotheses(checked));
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

/// Nodes and arrows as they are bound.
fn hypotheses(checked: &Checked) -> String {
    let mut out = String::new();
    for ready in &checked.hypotheses {
        let claims = &ready.stated.claims;
        let Some(model) = &checked.models[ready.model] else { continue };
        let tensor = |id| model.model.graph.tensor(id).name.as_str();
        let _ =
            writeln!(out, "hypothesis {} explains {}, unclaimed {:?}", claims.name, ready.behaviour, claims.unclaimed);
        for node in &claims.nodes {
            let computes = match &node.computes {
                Computes::Exact => "exact".to_owned(),
                Computes::Any => "any".to_owned(),
                Computes::Feature(feature) => {
                    let count = ready.classes.get(&(*feature, None)).map_or(0, crate::hypothesis::JointClasses::count);
                    format!("a feature with {count} classes")
                }
                Computes::Elementwise { axes, .. } => format!("a feature for each element of axis {axes:?}"),
                other => format!("{other:?}"),
            };
            let _ =
                writeln!(out, "  node {} = {}{} computes {computes}", node.name, tensor(node.tensor()), node.region());
        }
        for arrow in &claims.arrows {
            let to = match arrow.to {
                End::Root => ready.behaviour.as_str(),
                End::Node(node) => &claims.node(node).name,
            };
            let _ = writeln!(out, "  {} -> {to}", claims.node(arrow.from).name);
        }
    }
    out
}
