//! The built-in engine: an interpreter on ndarray, one file for each family of operators. Plain
//! and sequential: sums run in index order, so that the same input gives the same bits for any
//! batch size.

mod arithmetic;
mod attributes;
mod einsum;
mod element;
mod elementwise;
mod fault;
mod gather;
mod generate;
mod interpreter;
mod look;
mod matmul;
mod norm;
mod operands;
mod program;
mod reduce;
mod runs;
mod shape;
mod slice;
mod softmax;
mod special;
mod weights;

use super::{Engine, Session};
use crate::diagnostics::Diagnostic;
use crate::model::{Graph, TensorId};
pub use interpreter::{Hook, Interpreter};
pub use look::Looking;
use operands::Operator;
pub use program::check_constants;
use weights::Weights;

/// The name of this engine.
pub const NAME: &str = "reference";

/// The built-in engine. Sessions of one engine share the weights of the graphs they run.
#[derive(Debug, Default)]
pub struct Reference {
    weights: Weights,
}

impl Reference {
    #[must_use]
    pub fn new() -> Self {
        Reference::default()
    }

    /// As [`Engine::compile`], giving the interpreter itself, which can be hooked.
    ///
    /// # Errors
    /// As [`Interpreter::compile`].
    pub fn interpreter(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Interpreter, Box<Diagnostic>> {
        Interpreter::with_weights(graph, outputs, &self.weights)
    }
}

impl Engine for Reference {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").to_string()
    }

    fn compile(&self, graph: &Graph, outputs: &[TensorId]) -> Result<Box<dyn Session>, Box<Diagnostic>> {
        Ok(Box::new(self.interpreter(graph, outputs)?))
    }
}

/// The ONNX names of all operators of the engine.
pub fn operator_names() -> impl Iterator<Item = &'static str> {
    operators().map(|operator| operator.name)
}

/// All operators of the engine.
fn operators() -> impl Iterator<Item = &'static Operator> {
    [
        arithmetic::OPERATORS,
        einsum::OPERATORS,
        elementwise::OPERATORS,
        gather::OPERATORS,
        generate::OPERATORS,
        matmul::OPERATORS,
        norm::OPERATORS,
        reduce::OPERATORS,
        shape::OPERATORS,
        slice::OPERATORS,
        softmax::OPERATORS,
    ]
    .into_iter()
    .flatten()
}
