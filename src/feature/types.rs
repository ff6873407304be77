//! Written types as [`ValueType`]s.

use crate::data::{Scalar, ValueType};
use crate::diagnostics::messages::types as messages;
use crate::diagnostics::{Diagnostic, nearest};
use crate::syntax::ast;
use std::collections::BTreeMap;

/// A written type with the sizes that it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredType {
    /// All axes as written, an axis of rows (`batch`) among them.
    pub ty: ValueType,
    /// Sizes written in the type itself: `class = 2`.
    pub sizes: BTreeMap<String, usize>,
}

impl DeclaredType {
    /// The type of one datum: without the axis `rows`.
    #[must_use]
    pub fn without_axis(mut self, rows: &str) -> ValueType {
        self.ty.dims.retain(|dim| dim != rows);
        self.ty
    }
}

/// The type that is written, or `None` with findings. Whether the dims are declared is not asked.
pub fn resolve_type(written: &ast::Type, sink: &mut Vec<Diagnostic>) -> Option<DeclaredType> {
    let name = written.scalar.text.as_str();
    let scalar = Scalar::from_name(name);
    if scalar.is_none() {
        sink.push(messages::unknown_scalar(written.scalar.span, name, &nearest(name, Scalar::NAMES)));
    }
    let mut dims: Vec<String> = Vec::new();
    let mut sizes = BTreeMap::new();
    let mut complete = true;
    for dim in &written.dims {
        let Some(name) = &dim.name else {
            sink.push(messages::nameless_axis(dim.span));
            complete = false;
            continue;
        };
        if dims.contains(&name.text) {
            sink.push(messages::axis_twice(name.span, &name.text));
            complete = false;
            continue;
        }
        if let Some(size) = dim.size.and_then(|(size, _)| usize::try_from(size).ok()) {
            sizes.insert(name.text.clone(), size);
        }
        dims.push(name.text.clone());
    }
    let ty = ValueType { scalar: scalar?, dims };
    complete.then_some(DeclaredType { ty, sizes })
}
