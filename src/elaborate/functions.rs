//! Features and behaviours with parameters.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{elaborate as messages, names};
use crate::source::FileId;
use crate::syntax::ast::{self, Expr, Ident};
use std::collections::BTreeMap;

/// A function: what a call of it stands for.
#[derive(Debug, Clone, Copy)]
pub struct Function<'a> {
    pub name: &'a Ident,
    pub parameters: &'a [Ident],
    pub ty: Option<&'a ast::Type>,
    pub mask: Option<&'a Expr>,
    pub expr: &'a Expr,
    pub is_behaviour: bool,
}

impl Function<'_> {
    /// The file that it stands in.
    pub fn file(&self) -> FileId {
        self.name.span.file
    }

    /// `previous(x, fill)`
    pub fn usage(&self) -> String {
        let parameters: Vec<&str> = self.parameters.iter().map(|parameter| parameter.text.as_str()).collect();
        format!("{}({})", self.name.text, parameters.join(", "))
    }
}

/// The functions of a file.
pub fn of(file: &ast::File) -> impl Iterator<Item = Function<'_>> {
    let features = file.features.iter().filter_map(|item| {
        let parameters = item.parameters.as_deref()?;
        let (name, ty, expr) = (&item.name, item.ty.as_ref(), &item.expr);
        Some(Function { name, parameters, ty, mask: None, expr, is_behaviour: false })
    });
    let behaviours = file.behaviours.iter().filter_map(|item| {
        let parameters = item.parameters.as_deref()?;
        let (name, ty, mask, expr) = (&item.name, item.ty.as_ref(), item.mask.as_ref(), &item.expr);
        Some(Function { name, parameters, ty, mask, expr, is_behaviour: true })
    });
    features.chain(behaviours)
}

/// Whether a function can be called at all.
pub fn is_sound(function: &Function<'_>, sink: &mut Vec<Diagnostic>) -> bool {
    let mut known: BTreeMap<&str, &Ident> = BTreeMap::new();
    for parameter in function.parameters {
        if let Some(first) = known.insert(&parameter.text, parameter) {
            sink.push(names::declared_twice(parameter.span, "parameter", &parameter.text, first.span));
            return false;
        }
    }
    if crate::feature::FUNCTION_NAMES.contains(&function.name.text.as_str()) {
        sink.push(messages::name_of_a_built_in(function.name.span, &function.name.text));
        return false;
    }
    match function.ty {
        Some(ty) if !function.is_behaviour => {
            sink.push(messages::function_with_type(ty.span));
            false
        }
        _ => true,
    }
}
