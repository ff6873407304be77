//! Finding the library: a list of places in a fixed order, each with what came of it.

use super::OnnxRuntime;
#[cfg(feature = "ort-dynamic")]
use super::python;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::execution as messages;
#[cfg(feature = "ort-dynamic")]
use crate::files;
#[cfg(feature = "ort-dynamic")]
use std::path::Path;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The least version that `ort` is built for.
#[cfg(feature = "ort-dynamic")]
const LEAST_VERSION: &str = "1.24";

/// Where to look, from the environment of the process. What is `None` is not tried.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// A library named by the user (`ORT_DYLIB_PATH`); nothing else is tried then.
    pub library: Option<PathBuf>,
    /// The running executable: its folder and three above, each with its `.ort`.
    pub executable: Option<PathBuf>,
    /// The working folder: its `.ort`.
    pub working_folder: Option<PathBuf>,
    /// A Python whose `onnxruntime` package has the library; `python3` for the active one.
    pub python: Option<PathBuf>,
    /// Whether to try the name by which the system knows the library.
    pub system: bool,
}

/// No library could be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// Each place with what came of it, in the order tried.
    pub tried: Vec<(String, String)>,
    /// The first library that was found and is too old: its path, the least version, the loader's words.
    pub too_old: Option<(String, String, String)>,
}

impl NotFound {
    /// The finding for users who asked for this engine by name.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match &self.too_old {
            Some((path, least, why)) => messages::onnxruntime_too_old(path, least, why),
            None => messages::onnxruntime_not_found(&self.tried),
        }
    }
}

/// The library of this process. `ort` keeps one for the whole process and cannot unload it.
static LOADED: Mutex<Option<OnnxRuntime>> = Mutex::new(None);

pub fn find(search: &Search) -> Result<OnnxRuntime, NotFound> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = loaded.as_ref() {
        return Ok(found.clone());
    }
    let found = load(search)?;
    super::memory::keep_freed();
    *loaded = Some(found.clone());
    Ok(found)
}

#[cfg(not(feature = "ort-dynamic"))]
fn load(_: &Search) -> Result<OnnxRuntime, NotFound> {
    let fail =
        |error: ort::Error| NotFound { tried: vec![("linked in".to_string(), error.to_string())], too_old: None };
    let environment = ort::init().with_name("ansatz").with_telemetry(false).build().map_err(fail)?;
    Ok(OnnxRuntime { environment, path: None })
}

#[cfg(feature = "ort-dynamic")]
fn load(search: &Search) -> Result<OnnxRuntime, NotFound> {
    let mut attempts = Attempts::default();
    if let Some(library) = &search.library {
        let place = format!("ORT_DYLIB_PATH={}", library.display());
        return attempts.library(place, library).ok_or(attempts.failed);
    }
    let near = search.executable.iter().flat_map(|executable| executable.ancestors().skip(1).take(4));
    let folders = near.flat_map(|folder| [folder.to_path_buf(), folder.join(".ort")]);
    for folder in folders.chain(search.working_folder.iter().map(|folder| folder.join(".ort"))) {
        if let Some(found) = attempts.folder(folder.display().to_string(), &folder) {
            return Ok(found);
        }
    }
    if let Some(python) = &search.python {
        let place = format!("the onnxruntime package of {}", python.display());
        match python::package_folder(python) {
            Ok(package) => {
                if let Some(found) = attempts.folder(place, &package.join("capi")) {
                    return Ok(found);
                }
            }
            Err(why) => attempts.failed.tried.push((place, why)),
        }
    }
    if search.system {
        let name = system_name();
        if let Some(found) = attempts.load(format!("the system's {name}"), Path::new(name), None) {
            return Ok(found);
        }
    }
    Err(attempts.failed)
}

/// The name by which the loader of the system finds the library.
#[cfg(feature = "ort-dynamic")]
fn system_name() -> &'static str {
    match std::env::consts::OS {
        "macos" => "libonnxruntime.dylib",
        "windows" => "onnxruntime.dll",
        _ => "libonnxruntime.so.1",
    }
}

/// True if a file is named as the library is on this system, with or without a version.
#[cfg(feature = "ort-dynamic")]
fn is_library(name: &str) -> bool {
    match std::env::consts::OS {
        "macos" => {
            let version = name.strip_prefix("libonnxruntime").and_then(|rest| rest.strip_suffix(".dylib"));
            version.is_some_and(|version| version.is_empty() || version.starts_with('.'))
        }
        "windows" => name == "onnxruntime.dll",
        _ => name.strip_prefix("libonnxruntime.so").is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
    }
}

#[cfg(feature = "ort-dynamic")]
struct Attempts {
    failed: NotFound,
}

#[cfg(feature = "ort-dynamic")]
impl Default for Attempts {
    fn default() -> Self {
        Attempts { failed: NotFound { tried: Vec::new(), too_old: None } }
    }
}

#[cfg(feature = "ort-dynamic")]
impl Attempts {
    /// Tries the libraries of a folder, the last name first: that has the longest version.
    fn folder(&mut self, place: String, folder: &Path) -> Option<OnnxRuntime> {
        let names = files::list_folder(folder);
        let mut libraries = names.iter().rev().filter(|name| is_library(name)).peekable();
        if libraries.peek().is_none() {
            self.failed.tried.push((place, "no libonnxruntime there".to_string()));
            return None;
        }
        libraries.find_map(|name| self.library(place.clone(), &folder.join(name)))
    }

    fn library(&mut self, place: String, path: &Path) -> Option<OnnxRuntime> {
        match files::real_path(path) {
            Some(real) if files::exists(&real) => self.load(place, &real, Some(real.clone())),
            _ => {
                self.failed.tried.push((place, "no such file".to_string()));
                None
            }
        }
    }

    /// Loads a library, always by `init_from`: the implicit loader of `ort` ends the process
    /// where it finds none.
    fn load(&mut self, place: String, name: &Path, path: Option<PathBuf>) -> Option<OnnxRuntime> {
        let builder = match ort::init_from(name) {
            Ok(builder) => builder,
            Err(error) => {
                let why = reason(&error);
                if matches!(error, ort::LoadDynamicError::BadVersion { .. }) && self.failed.too_old.is_none() {
                    let path = name.display().to_string();
                    self.failed.too_old = Some((path, LEAST_VERSION.to_string(), why.clone()));
                }
                self.failed.tried.push((place, why));
                return None;
            }
        };
        match builder.with_name("ansatz").with_telemetry(false).build() {
            Ok(environment) => Some(OnnxRuntime { environment, path }),
            Err(error) => {
                self.failed.tried.push((place, error.to_string()));
                None
            }
        }
    }
}

/// The loader's text, with that of the system, which its plain form leaves out.
#[cfg(feature = "ort-dynamic")]
fn reason(error: &ort::LoadDynamicError) -> String {
    match error {
        ort::LoadDynamicError::Dlopen { error, .. } => {
            let source = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
            format!("{error}{source}")
        }
        ort::LoadDynamicError::BadVersion { version_str, .. } => {
            format!("it is version {version_str}, and {LEAST_VERSION} or newer is needed")
        }
        other => other.to_string(),
    }
}

#[cfg(all(test, feature = "ort-dynamic", target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_known_by_their_names() {
        assert!(is_library("libonnxruntime.so") && is_library("libonnxruntime.so.1.31.1"));
        assert!(!is_library("libonnxruntime_providers_shared.so") && !is_library("libonnx.so"));
    }
}
