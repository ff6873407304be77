//! A map is checked before anyone sees it: it is read as any file is, bound to the model, and every name means
//! the tensor that was recognised. What the checker refuses is taken out and said.

use super::first::first_claim;
use super::map::{MapName, MapText, map};
use super::unnamed::{Unnamed, Why, unnamed};
use super::view::View;
use super::words::{found, notes, without_names};
use super::{Structure, structure};
use crate::diagnostics::{Diagnostic, Place, any_error};
use crate::elaborate::{Outside, Read, elaborate};
use crate::engine::Engine;
use crate::format::format;
use crate::hypothesis::{BoundModel, Loader, check};
use crate::model::{Model, ModelFile, ShapeProbe, TensorId};
use crate::source::{SourceFile, Sources, Span};
use crate::syntax::{ast, parse};
use std::collections::BTreeSet;
use std::path::Path;

/// How often something may be taken out.
const ROUNDS: usize = 16;
/// What the text is called in findings.
const NAME: &str = "the map";

/// A map that passes `check`.
#[derive(Debug)]
pub struct Written {
    /// Laid out.
    pub text: String,
    pub structure: Structure,
    pub unnamed: Vec<Unnamed>,
    /// What the text says of them, one line for each reason.
    pub left: Vec<String>,
    /// How many components and sites there are.
    pub names: usize,
    /// The model with this map.
    pub bound: Option<BoundModel>,
}

/// Recognises a model and writes its map. `file` is what `model` was inferred from.
///
/// # Errors
/// The model cannot be declared at all: its inputs or outputs are not what hypotheses can be about. The findings are
/// those of `check`.
pub fn write(
    file: &ModelFile,
    model: &Model,
    naming: &MapName,
    probe: &dyn ShapeProbe,
    engine: &dyn Engine,
) -> Result<Written, Vec<Diagnostic>> {
    let view = View::new(model);
    let structure = structure(&view);
    let mut left = unnamed(&view, &structure);
    let (mut text, without) = map(&view, &structure, naming);
    left.extend(without);
    let world = World { file, probe, engine };
    let mut bound = None;
    for _ in 0..ROUNDS {
        let (refused, model) = refused(&text, &world)?;
        if refused.is_empty() {
            bound = model;
            break;
        }
        for at in &refused {
            let Some(line) = text.lines.get(*at) else { continue };
            let member = |(layer, tensor): &(Option<usize>, TensorId)| Unnamed {
                layer: *layer,
                why: Why::Refused,
                called: line.name.clone(),
                tensor: Some(*tensor),
            };
            left.extend(line.tensors.iter().map(member));
        }
        text.remove(&refused);
    }
    left.sort();
    left.dedup();
    let lines = without_names(&view, &left);
    let (mut whole, _) = text.text(&notes(&found(&view, &structure), &left, &lines));
    let families = text.lines.iter().any(|line| line.name == "heads");
    for line in first_claim(&naming.name, &structure, &text.values).iter().filter(|_| families) {
        whole.push_str(format!("\n// {line}").trim_end());
    }
    whole.push('\n');
    let mut sources = Sources::new();
    let laid = format(sources.add(SourceFile::new(NAME, whole.clone())), &whole)?;
    Ok(Written { text: laid, structure, unnamed: left, left: lines, names: text.lines.len(), bound })
}

/// Places of lines, and the model with the others.
type Refused = (BTreeSet<usize>, Option<BoundModel>);

/// The lines that the checker refuses, or that mean other tensors.
fn refused(text: &MapText, world: &World<'_>) -> Result<Refused, Vec<Diagnostic>> {
    let (whole, places) = text.text(&[]);
    let mut sources = Sources::new();
    let id = sources.add(SourceFile::new(NAME, whole.clone()));
    let parsed = parse(id, &whole);
    let mut findings = parsed.diagnostics;
    let elaborated = elaborate(id, &parsed.file, &Vec::new(), world, &mut sources, &mut findings);
    let checked = check(&elaborated, world, &mut findings);
    let line = |span: Span| {
        places.iter().position(|place| place.start <= span.start as usize && (span.start as usize) < place.end)
    };
    let mut found = BTreeSet::new();
    for finding in findings.iter().filter(|finding| finding.is_error()) {
        let place = match &finding.primary.place {
            Place::Source(span) => line(*span),
            _ => None,
        };
        match place {
            Some(at) => found.insert(at),
            None => return Err(findings),
        };
    }
    let bound = checked.models.into_iter().next().flatten().filter(|_| !any_error(&findings));
    if let Some(bound) = &bound {
        found.extend(text.lines.iter().enumerate().filter(|(_, line)| !means(bound, line)).map(|(at, _)| at));
    }
    Ok((found, bound))
}

/// Whether each member of a line is bound to the tensor that it was written for.
fn means(bound: &BoundModel, line: &super::declare::Line) -> bool {
    line.tensors.iter().all(|(layer, tensor)| {
        let wanted = layer.and_then(|layer| i64::try_from(layer).ok());
        let mut own = bound
            .components
            .iter()
            .filter(|component| component.family == line.name)
            .filter(|component| wanted.is_none() || component.arguments.first().copied() == wanted)
            .peekable();
        own.peek().is_some() && own.all(|component| component.tensor == *tensor)
    })
}

/// The one model that the text names.
struct World<'a> {
    file: &'a ModelFile,
    probe: &'a dyn ShapeProbe,
    engine: &'a dyn Engine,
}

impl Outside for World<'_> {
    fn read(&self, path: &Path) -> Result<Read, Box<Diagnostic>> {
        Err(Box::new(crate::diagnostics::messages::files::missing(&path.display().to_string(), None)))
    }

    fn main_identity(&self) -> String {
        NAME.to_owned()
    }

    fn modules(&self, _: &ast::Model) -> Option<Vec<String>> {
        None
    }

    fn inputs(&self, _: &ast::Model) -> Option<Vec<String>> {
        None
    }
}

impl Loader for World<'_> {
    fn model(&self, _: &ast::Model) -> Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>> {
        Ok((self.file.clone(), Vec::new()))
    }

    fn data(&self, item: &ast::Data) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        Err(Box::new(crate::diagnostics::messages::files::missing(&item.path.value, None)))
    }

    fn table(&self, item: &ast::Table) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        Err(Box::new(crate::diagnostics::messages::files::missing(&item.path.value, None)))
    }

    fn is_bound(&self, _: &str) -> bool {
        false
    }

    fn probe(&self) -> &dyn ShapeProbe {
        self.probe
    }

    fn engine(&self) -> &dyn Engine {
        self.engine
    }
}
