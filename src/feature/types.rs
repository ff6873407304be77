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

/// The type that is written, or `None` with findings. An empty name is a hole that the parser has
/// reported. Whether the dims are declared is not asked.
pub fn resolve_type(written: &ast::Type, sink: &mut Vec<Diagnostic>) -> Option<DeclaredType> {
    let name = written.scalar.text.as_str();
    let scalar = Scalar::from_name(name);
    if scalar.is_none() && !name.is_empty() {
        let known = elsewhere(name);
        let near = known.map_or_else(|| nearest(name, Scalar::NAMES), |known| vec![known]);
        sink.push(messages::unknown_scalar(written.scalar.span, name, &near));
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
        complete &= !name.text.is_empty();
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

/// What a type is called here that has this name in other languages.
fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "integer" | "long" | "i64" | "int64" | "int32" => "int",
        "float" | "double" | "f32" | "f64" | "float32" | "float64" | "number" => "real",
        "boolean" | "logical" => "bool",
        "str" | "string" | "char" | "word" => "token",
        "class" | "label" | "enum" => "category",
        _ => return None,
    })
}
