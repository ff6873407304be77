//! What can go wrong in an operator, as data; the node is added where it is known.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::execution::{self as messages, Misfit};
use crate::diagnostics::messages::model::NodeLabel;
use crate::engine::reference::NAME;

/// Why an operator cannot be built or run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An attribute, or a value of it, that is not there.
    Attribute { name: String, value: String },
    /// A use of optional inputs or outputs that is not there.
    Form(&'static str),
    /// An element type that is not carried, or not taken by this operator.
    ElementType(String),
    /// Shapes or values that act as shapes do not fit.
    Misfit(Misfit),
    /// The result would be larger than a tensor may be.
    TooLarge { dims: Vec<usize>, limit: u64 },
    /// The result would have more axes than a tensor may have.
    TooManyAxes { rank: usize, limit: usize },
    /// The values held at once would take more than allowed.
    TooMuch { limit: u64 },
    /// Arithmetic that has no result, such as an integer division by zero.
    Arithmetic(&'static str),
}

/// What operators give.
pub type Outcome<T> = Result<T, Fault>;

impl From<Misfit> for Fault {
    fn from(misfit: Misfit) -> Self {
        Fault::Misfit(misfit)
    }
}

impl Fault {
    /// The finding for users.
    pub fn at(&self, node: &NodeLabel) -> Box<Diagnostic> {
        Box::new(match self {
            Fault::Attribute { name, value } => messages::unsupported_attribute(NAME, node, name, value),
            Fault::Form(what) => messages::unsupported_form(NAME, node, what),
            Fault::ElementType(found) => messages::unsupported_element_type(node, found),
            Fault::Misfit(misfit) => messages::shapes_do_not_fit(node, misfit),
            Fault::TooLarge { dims, limit } => messages::tensor_too_large(node, dims, *limit),
            Fault::TooManyAxes { rank, limit } => messages::too_many_axes(node, *rank, *limit),
            Fault::TooMuch { limit } => messages::too_many_bytes(node, *limit),
            Fault::Arithmetic(what) => messages::engine_failed(NAME, Some(node), what),
        })
    }
}
