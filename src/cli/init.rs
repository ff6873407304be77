//! `ansatz init`: a map of a model, from its graph.

use super::Ended;
use super::args::InitArgs;
use super::loading::Engines;
use super::output::Screen;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::recognise as messages;
use crate::files;
use crate::model::{DimSizes, infer, load};
use crate::recognise::{Layer, MapName, Part, Written, plain_name, write};
use crate::source::Sources;
use std::path::{Component, Path, PathBuf};

/// `ansatz init`.
pub fn init(args: &InitArgs, screen: &Screen) -> Ended {
    let written = match written(args) {
        Ok((written, warnings)) => {
            screen.finding_blocks(&warnings, &Sources::new());
            written
        }
        Err(findings) => {
            screen.finding_blocks(&findings, &Sources::new());
            return Ended::Wrong;
        }
    };
    let (wrong, findings) = about(args, &written);
    screen.finding_blocks(&findings, &Sources::new());
    if wrong {
        return Ended::Wrong;
    }
    match &args.output {
        None => screen.result(&written.text),
        Some(path) => {
            if let Err(finding) = files::write(path, written.text.as_bytes()) {
                screen.finding_blocks(&[*finding], &Sources::new());
                return Ended::Wrong;
            }
            screen.remark(&said(path, &written));
        }
    }
    Ended::Well
}

fn written(args: &InitArgs) -> Result<(Written, Vec<Diagnostic>), Vec<Diagnostic>> {
    if let Some(path) = args.output.as_ref() {
        files::can_write(path).map_err(|finding| vec![*finding])?;
        if files::exists(path) && !args.force {
            return Err(vec![messages::map_exists(&path.display().to_string())]);
        }
    }
    let engines = Engines::choose(args.engine).map_err(|finding| vec![*finding])?;
    let (file, mut warnings) = load(&args.model)?;
    let sizes = DimSizes { by_name: args.dims.iter().cloned().collect(), ..DimSizes::default() };
    let (model, more) = infer(file.clone(), engines.probe().as_ref(), engines.engine(), &sizes)?;
    warnings.extend(more);
    let stem = args.model.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let name = MapName {
        name: plain_name(args.name.as_deref().unwrap_or(&stem), "model_1"),
        path: from_folder(&args.model, args.output.as_deref()),
        sizes: !args.dims.is_empty(),
    };
    let written = write(&file, &model, &name, engines.probe().as_ref(), engines.engine())?;
    Ok((written, warnings))
}

/// The path of the model as seen from the folder of the map.
fn from_folder(model: &Path, map: Option<&Path>) -> String {
    let Some(map) = map else { return model.display().to_string() };
    if model.is_absolute() {
        return model.display().to_string();
    }
    let real = |path: &Path| files::real_target(path).ok();
    let relative =
        real(model).zip(real(map)).map(|(model, map)| relative(&model, map.parent().unwrap_or(Path::new(""))));
    relative.unwrap_or_else(|| model.to_owned()).display().to_string()
}

/// A path as seen from a folder; both are real.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let (path, folder): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (path.components().collect(), folder.components().collect());
    let shared = path.iter().zip(&folder).take_while(|(one, other)| one == other).count();
    let up = folder.iter().skip(shared).map(|_| Component::ParentDir);
    up.chain(path.iter().skip(shared).copied()).collect()
}

/// What is to be said of a map, and whether there is none to write.
fn about(args: &InitArgs, written: &Written) -> (bool, Vec<Diagnostic>) {
    let path = args.model.display().to_string();
    let structure = &written.structure;
    if written.names == 0 {
        return (true, vec![messages::nothing_recognised(&path, written.unnamed.len())]);
    }
    let mut found = Vec::new();
    if !structure.has_attention() {
        let mlps = structure.layers.iter().flat_map(Layer::known);
        let mlps = mlps.filter(|known| matches!(known.part, Part::Mlp(_))).count();
        let embeddings = structure.embeddings().count();
        found.push(messages::no_transformer(&path, embeddings, structure.hidden.len(), mlps));
    }
    if !written.unnamed.is_empty() {
        found.push(messages::without_names(&path, written.unnamed.len(), &written.left));
    }
    (false, found)
}

fn said(path: &Path, written: &Written) -> String {
    let (layers, names) = (written.structure.layers.len(), written.names);
    format!(
        "{}: {layers} layers, {names} names of components and sites",
        crate::diagnostics::clean(&path.display().to_string())
    )
}
