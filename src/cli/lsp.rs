//! `ansatz lsp`: an editor on standard input and output.

use super::Ended;
use super::args::LspArgs;
use super::check::wrong;
use super::loading::Engines;
use super::output::Screen;
use crate::engine::Engine;
use crate::lsp::{Host, serve};
use crate::model::ShapeProbe;
use std::sync::Arc;

impl Host for Engines {
    fn engine(&self) -> &dyn Engine {
        Engines::engine(self)
    }

    fn probe(&self) -> Box<dyn ShapeProbe + '_> {
        Engines::probe(self)
    }
}

/// `ansatz lsp`: well if the editor has said that it goes.
pub fn lsp(args: &LspArgs, screen: &Screen) -> Ended {
    let engines = match Engines::choose(args.engine) {
        Ok(engines) => engines,
        Err(finding) => return wrong(&[*finding], screen, super::args::CheckFormat::Text),
    };
    match serve(Box::new(std::io::stdin()), Box::new(std::io::stdout()), Arc::new(engines)) {
        Ok(true) => Ended::Well,
        Ok(false) => Ended::Refuted,
        Err(_) => Ended::Wrong,
    }
}
