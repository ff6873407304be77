//! Files and engines for a command: paths relative to the hypothesis file, bindings, the choice of
//! an engine.

use super::args::{EngineChoice, FileArgs};
use super::git::Revision;
use crate::diagnostics::Diagnostic;
#[cfg(any(feature = "ort-dynamic", feature = "ort-download"))]
use crate::diagnostics::messages::usage as messages;
use crate::elaborate::{Outside, Read};
use crate::engine::Engine;
use crate::engine::reference::{Looking, Reference};
use crate::files;
use crate::hypothesis::Loader;
use crate::model::{Graph, ModelFile, ShapeProbe, load, modules};
use crate::syntax::ast;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The engine of a command, and a remark where a faster one was not found.
#[derive(Debug)]
pub struct Engines {
    chosen: Chosen,
    pub remark: Option<String>,
}

#[derive(Debug)]
enum Chosen {
    Reference(Reference),
    #[cfg(any(feature = "ort-dynamic", feature = "ort-download"))]
    OnnxRuntime(crate::engine::onnxruntime::OnnxRuntime),
}

impl Engines {
    /// # Errors
    /// ONNX Runtime was asked for by name and is not there.
    pub fn choose(choice: EngineChoice) -> Result<Engines, Box<Diagnostic>> {
        let reference = |remark: Option<String>| Engines { chosen: Chosen::Reference(Reference::new()), remark };
        if choice == EngineChoice::Reference {
            return Ok(reference(None));
        }
        Engines::onnxruntime(choice, reference)
    }

    #[cfg(any(feature = "ort-dynamic", feature = "ort-download"))]
    fn onnxruntime(
        choice: EngineChoice,
        reference: impl Fn(Option<String>) -> Engines,
    ) -> Result<Engines, Box<Diagnostic>> {
        use crate::engine::onnxruntime::OnnxRuntime;
        match OnnxRuntime::find(&search()) {
            Ok(found) => Ok(Engines { chosen: Chosen::OnnxRuntime(found), remark: None }),
            Err(missing) if choice == EngineChoice::Onnxruntime || missing.too_old.is_some() => {
                Err(Box::new(missing.diagnostic()))
            }
            Err(missing) if search().library.is_some() => {
                Ok(reference(Some(messages::library_unusable(&missing.tried))))
            }
            Err(_) => Ok(reference(Some(
                "running on the built-in reference engine; `./setup` (or `pip install onnxruntime`) gets ONNX Runtime, \
                 which is several times faster"
                    .to_owned(),
            ))),
        }
    }

    #[cfg(not(any(feature = "ort-dynamic", feature = "ort-download")))]
    fn onnxruntime(
        choice: EngineChoice,
        reference: impl Fn(Option<String>) -> Engines,
    ) -> Result<Engines, Box<Diagnostic>> {
        match choice {
            EngineChoice::Onnxruntime => {
                let tried = [("this build".to_owned(), "made without ONNX Runtime".to_owned())];
                Err(Box::new(crate::diagnostics::messages::execution::onnxruntime_not_found(&tried)))
            }
            _ => Ok(reference(None)),
        }
    }

    #[must_use]
    pub fn engine(&self) -> &dyn Engine {
        match &self.chosen {
            Chosen::Reference(engine) => engine,
            #[cfg(any(feature = "ort-dynamic", feature = "ort-download"))]
            Chosen::OnnxRuntime(engine) => engine,
        }
    }

    /// Looks at models: by ONNX Runtime without weights, or by running the reference engine.
    #[must_use]
    pub fn probe(&self) -> Box<dyn ShapeProbe + '_> {
        match &self.chosen {
            Chosen::Reference(engine) => Box::new(Looking(engine)),
            #[cfg(any(feature = "ort-dynamic", feature = "ort-download"))]
            Chosen::OnnxRuntime(engine) => Box::new(engine.clone()),
        }
    }
}

/// Where ONNX Runtime is looked for, from the environment of the process.
#[cfg(any(feature = "ort-dynamic", feature = "ort-download"))]
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
fn search() -> crate::engine::onnxruntime::Search {
    let library = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()).map(PathBuf::from);
    crate::engine::onnxruntime::Search {
        library,
        executable: std::env::current_exe().ok(),
        working_folder: std::env::current_dir().ok(),
        python: Some(PathBuf::from("python3")),
        system: true,
    }
}

/// Loads what a hypothesis file names.
pub struct Files<'a> {
    args: &'a FileArgs,
    /// Where texts come from, if not from the working tree.
    revision: Option<&'a Revision>,
    engines: &'a Engines,
    probe: Box<dyn ShapeProbe + 'a>,
    /// Models whose modules were asked for, so that each is read once.
    models: RefCell<BTreeMap<PathBuf, Loaded>>,
}

type Loaded = Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>>;

impl std::fmt::Debug for Files<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Files").field("args", self.args).finish_non_exhaustive()
    }
}

impl<'a> Files<'a> {
    #[must_use]
    pub fn new(args: &'a FileArgs, revision: Option<&'a Revision>, engines: &'a Engines) -> Files<'a> {
        Files { args, revision, engines, probe: engines.probe(), models: RefCell::default() }
    }

    /// The path that a name is bound to, or the one in the text, relative to the file.
    fn path(&self, bindings: &[super::args::Binding], name: &str, written: &str) -> PathBuf {
        if let Some(binding) = bindings.iter().find(|binding| binding.name == name) {
            return binding.path.clone();
        }
        self.folder().join(written)
    }

    /// Something about a model's graph; `None` if it cannot be loaded.
    fn of_graph<T>(&self, model: &ast::Model, about: impl Fn(&Graph) -> T) -> Option<T> {
        let path = self.path(&self.args.models, &model.name.text, &model.path.value);
        let mut known = self.models.borrow_mut();
        let loaded = known.entry(path).or_insert_with_key(|path| load(path));
        loaded.as_ref().ok().map(|(file, _)| about(&file.graph))
    }

    fn folder(&self) -> &Path {
        self.args.file.parent().unwrap_or(Path::new(""))
    }
}

impl Outside for Files<'_> {
    fn read(&self, path: &Path) -> Result<Read, Box<Diagnostic>> {
        if let Some(revision) = self.revision {
            let (name, bytes) = revision.used(path)?;
            return Ok(Read { identity: name.clone(), name, bytes });
        }
        let whole = self.folder().join(path);
        let bytes = self.args.texts.read(&whole)?;
        let real = files::resolved_if_there(&whole)?;
        let identity = real.as_ref().unwrap_or(&whole).display().to_string();
        Ok(Read { identity, name: whole.display().to_string(), bytes })
    }

    fn main_identity(&self) -> String {
        self.revision.map_or_else(|| identity(&self.args.file), Revision::shown)
    }

    fn modules(&self, model: &ast::Model) -> Option<Vec<String>> {
        self.of_graph(model, |graph| modules(graph).into_iter().collect())
    }

    fn inputs(&self, model: &ast::Model) -> Option<Vec<String>> {
        self.of_graph(model, |graph| graph.input_names().map(str::to_owned).collect())
    }
}

/// One text for all paths to a file.
fn identity(path: &Path) -> String {
    files::real_path(path).unwrap_or_else(|| path.to_owned()).display().to_string()
}

impl Loader for Files<'_> {
    fn model(&self, item: &ast::Model) -> Result<(ModelFile, Vec<Diagnostic>), Vec<Diagnostic>> {
        let path = self.path(&self.args.models, &item.name.text, &item.path.value);
        let known = self.models.borrow_mut().remove(&path);
        known.unwrap_or_else(|| load(&path))
    }

    fn data(&self, item: &ast::Data) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let path = self.path(&self.args.data, &item.name.text, &item.path.value);
        Ok((path.display().to_string(), files::read(&path, files::BINARY_LIMIT)?))
    }

    fn table(&self, item: &ast::Table) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
        let path = self.path(&self.args.data, &item.name.text, &item.path.value);
        Ok((path.display().to_string(), files::read(&path, files::BINARY_LIMIT)?))
    }

    fn is_bound(&self, name: &str) -> bool {
        self.args.models.iter().chain(&self.args.data).any(|binding| binding.name == name)
    }

    fn probe(&self) -> &dyn ShapeProbe {
        self.probe.as_ref()
    }

    fn engine(&self) -> &dyn Engine {
        self.engines.engine()
    }
}
