//! What runs a graph: one trait, two engines behind it.

#[cfg(any(feature = "ort-dynamic", feature = "ort-download"))]
pub mod onnxruntime;
pub mod reference;
mod value;

use crate::diagnostics::Diagnostic;
use crate::model::{Graph, TensorId};
pub use value::{DType, Value};

/// Whether a panic of this thread is a fault of a library that is caught and becomes a finding.
#[must_use]
pub fn is_guarded() -> bool {
    #[cfg(any(feature = "ort-dynamic", feature = "ort-download"))]
    return onnxruntime::is_guarded();
    #[cfg(not(any(feature = "ort-dynamic", feature = "ort-download")))]
    return false;
}

/// Turns graphs into sessions.
pub trait Engine: Send + Sync {
    /// `reference` or `onnxruntime`.
    fn name(&self) -> &'static str;

    /// The version of what computes, for provenance.
    fn version(&self) -> String;

    /// A session that computes `outputs` from the graph's inputs.
    ///
    /// # Errors
    /// An operator or element type the engine does not have, or a graph the engine refuses.
    fn compile(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Box<dyn Session>, Box<Diagnostic>>;
}

/// A graph made ready to run. One session serves one thread at a time.
pub trait Session: Send {
    /// Computes the outputs, in the order given to [`Engine::compile`].
    ///
    /// `feeds` gives every graph input that the outputs need; others may be absent.
    ///
    /// # Errors
    /// Shapes that do not fit, or a fault of the engine; names the node where known.
    fn run(&mut self, feeds: &[(TensorId, &Value)]) -> Result<Vec<Value>, Box<Diagnostic>>;
}
