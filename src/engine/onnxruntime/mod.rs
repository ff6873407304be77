//! The engine that runs graphs with ONNX Runtime, through a shared library found at run time (or,
//! with the feature `ort-download`, linked in).
//!
//! Every session has the same options, for which runs were measured to be bit-identical: only
//! semantics-preserving optimisation, one thread, no memory arena. A product with a single row is
//! the exception: the library rounds it differently from the same row among others, so callers
//! never run batches of one example.

mod find;
mod memory;
mod probe;
mod python;
mod session;

use super::{Engine, Session};
use crate::diagnostics::Diagnostic;
use crate::model::{Graph, TensorId};
pub use find::{NotFound, Search};
use ort::environment::Environment;
pub use session::is_guarded;
use std::path::PathBuf;

/// The name of this engine.
pub const NAME: &str = "onnxruntime";

/// ONNX Runtime, loaded. Clones share the library, which stays loaded until the process ends.
#[derive(Debug, Clone)]
pub struct OnnxRuntime {
    environment: Environment,
    /// Where the library was found; `None` where it is linked in or is the system's.
    path: Option<PathBuf>,
}

impl OnnxRuntime {
    /// Loads the first library that fits. A process has one library: later calls give the same.
    ///
    /// # Errors
    /// No library was found, or none could be used; with all that was tried.
    pub fn find(search: &Search) -> Result<Self, NotFound> {
        find::find(search)
    }

    /// Where the library lies; `None` if only the system knows.
    #[must_use]
    pub fn path(&self) -> Option<&std::path::Path> {
        self.path.as_deref()
    }
}

impl Engine for OnnxRuntime {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> String {
        let from_path = self.path.as_deref().and_then(|path| path.file_name()?.to_str()).and_then(version_in);
        from_path.unwrap_or_else(|| build_info(ort::info()))
    }

    fn compile(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Box<dyn Session>, Box<Diagnostic>> {
        Ok(Box::new(session::OrtSession::new(&self.environment, graph, outputs)?))
    }
}

/// `1.31.1` in `libonnxruntime.so.1.31.1` or `libonnxruntime.1.31.1.dylib`.
fn version_in(name: &str) -> Option<String> {
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = name.split('.').skip_while(|part| !digits(part)).take_while(digits).collect();
    (parts.len() >= 2).then(|| parts.join("."))
}

/// What the library says about how it was built: branch and commit.
fn build_info(text: &str) -> String {
    let after = |key: &str| Some(text.split_once(key)?.1.split([',', ' ']).next()?.to_string());
    match (after("git-branch="), after("git-commit-id=")) {
        (Some(branch), Some(commit)) => format!("{branch} {commit}"),
        _ => text.chars().take(80).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_file_names() {
        assert_eq!(version_in("libonnxruntime.so.1.31.1").as_deref(), Some("1.31.1"));
        assert_eq!(version_in("libonnxruntime.1.31.1.dylib").as_deref(), Some("1.31.1"));
        assert_eq!(version_in("libonnxruntime.so.1"), None);
        assert_eq!(version_in("onnxruntime.dll"), None);
    }

    #[test]
    fn build_information_is_shortened() {
        let text = "ORT Build Info: git-branch=rel-1.19.0, git-commit-id=26250ae, build type=Release";
        assert_eq!(build_info(text), "rel-1.19.0 26250ae");
    }
}
