//! `ansatz lsp`: an editor on standard input and output.

use super::Ended;
use super::args::LspArgs;
use super::check::wrong;
use super::loading::Engines;
use super::output::Screen;
use super::settings;
use crate::diagnostics::{Diagnostic, Place};
use crate::engine::Engine;
use crate::lints::Levels;
use crate::lsp::{Host, serve};
use crate::model::ShapeProbe;
use crate::source::Sources;
use std::path::Path;
use std::sync::Arc;

impl Host for Engines {
    fn engine(&self) -> &dyn Engine {
        Engines::engine(self)
    }

    fn probe(&self) -> Box<dyn ShapeProbe + '_> {
        Engines::probe(self)
    }

    fn levels(&self, file: &Path) -> (Levels, Vec<Diagnostic>) {
        match settings::load(file) {
            Ok(found) => (found.levels, Vec::new()),
            Err(faults) => {
                let (findings, sources) = *faults;
                (Levels::new(), findings.into_iter().map(|finding| elsewhere(finding, &sources)).collect())
            }
        }
    }
}

/// What is wrong with another file, for one that shows it without the text of that file.
fn elsewhere(mut finding: Diagnostic, sources: &Sources) -> Diagnostic {
    if let Place::Source(span) = finding.primary.place {
        let path = sources.get(span.file).map_or_else(String::new, |file| file.name.clone());
        finding.primary.place = Place::File { path };
        finding.secondary.clear();
        finding.helps.iter_mut().for_each(|help| help.fix = None);
    }
    finding
}

/// `ansatz lsp`: well if the editor has said that it goes.
pub fn lsp(args: &LspArgs, screen: &Screen) -> Ended {
    let engines = match Engines::choose(args.engine) {
        Ok(engines) => engines,
        Err(finding) => return wrong(&[*finding], screen, super::args::Format::Text),
    };
    match serve(Box::new(std::io::stdin()), Box::new(std::io::stdout()), Arc::new(engines)) {
        Ok(true) => Ended::Well,
        Ok(false) => Ended::Refuted,
        Err(_) => Ended::Wrong,
    }
}
