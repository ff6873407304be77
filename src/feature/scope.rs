//! What the names in an expression mean.

use super::typed::{Table, Typed};
use crate::data::ValueType;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The names that an expression can use. `None` stands for something that is declared but whose
/// declaration has been reported as wrong: expressions that use it are not reported again.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Inputs of the model and columns of the data.
    pub values: BTreeMap<String, Option<Named>>,
    /// Declared axes, with their sizes where known.
    pub dims: BTreeMap<String, Option<usize>>,
    /// Features that have been checked.
    pub features: BTreeMap<String, Option<Arc<Typed>>>,
    /// Constants from files.
    pub tables: BTreeMap<String, Option<Arc<Table>>>,
    /// Outputs of the model; only behaviours read them.
    pub outputs: BTreeMap<String, Option<Named>>,
}

impl Scope {
    /// Whether a name means an output, and not a value of the datum.
    #[must_use]
    pub fn reads_output(&self, name: &str) -> bool {
        self.outputs.contains_key(name) && !self.features.contains_key(name) && !self.values.contains_key(name)
    }
}

/// A declared value.
#[derive(Debug, Clone)]
pub struct Named {
    /// Without the axis of rows.
    pub ty: ValueType,
    /// The words by number, for a token whose vocabulary is declared.
    pub vocabulary: Option<Arc<Vec<String>>>,
}

impl Named {
    #[must_use]
    pub fn new(ty: ValueType) -> Self {
        Named { ty, vocabulary: None }
    }
}

/// What an expression is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A function of the datum alone, exact on every machine.
    Feature,
    /// A number computed from outputs and datum.
    Behaviour,
}
