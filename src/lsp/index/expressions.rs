//! Names in expressions and types.

use super::{Builder, Here, Owner, Space};
use crate::feature::{FUNCTION_NAMES, axes_of};
use crate::syntax::ast::{self, Expr, ExprKind, Ident, Part};

/// What a name in an expression can mean, the first of them first. A feature hides a column.
const VALUES: [Space; 5] = [Space::Constant, Space::Function, Space::Feature, Space::Value, Space::Table];
/// The same of the library.
const OF_LIBRARY: [Space; 3] = [Space::Constant, Space::Function, Space::Feature];

impl Builder<'_> {
    pub(super) fn types(&mut self, here: &Here<'_>, ty: Option<&ast::Type>) {
        let dims = ty.into_iter().flat_map(|ty| &ty.dims).filter_map(|dim| dim.name.as_ref());
        dims.for_each(|name| self.dim(here, name));
    }

    pub(super) fn dim(&mut self, here: &Here<'_>, name: &Ident) {
        let local = here.locals.iter().rev().find(|(own, _)| *own == name.text).map(|(_, symbol)| *symbol);
        if let Some(symbol) = local.or_else(|| self.known(&Owner::User, Space::Dim, &name.text)) {
            self.place(here, name, symbol, false, None);
        }
    }

    pub(super) fn range(&mut self, here: &Here<'_>, range: &ast::Range) {
        self.expr(here, &range.start);
        self.expr(here, &range.end);
    }

    pub(super) fn part(&mut self, here: &Here<'_>, part: &Part) {
        match part {
            Part::One(index) => self.expr(here, index),
            Part::Many(range) => self.range(here, range),
        }
    }

    pub(super) fn parts(&mut self, here: &Here<'_>, parts: &[ast::At]) {
        for at in parts {
            self.dim(here, &at.dim);
            self.part(here, &at.part);
        }
    }

    pub(super) fn expr(&mut self, here: &Here<'_>, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => {
                let name = Ident { text: name.clone(), span: expr.span };
                if let Some(symbol) = self.meant(here, &name.text) {
                    self.place(here, &name, symbol, false, None);
                }
            }
            ExprKind::Call { function, arguments } => self.call(here, function, arguments),
            ExprKind::Index { base, dim, part } => {
                self.expr(here, base);
                dim.iter().for_each(|dim| self.dim(here, dim));
                self.part(here, part);
            }
            ExprKind::Negate(inner) | ExprKind::Not(inner) => self.expr(here, inner),
            ExprKind::Arithmetic { left, right, .. }
            | ExprKind::Compare { left, right, .. }
            | ExprKind::Logic { left, right, .. } => {
                self.expr(here, left);
                self.expr(here, right);
            }
            ExprKind::If { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|part| self.expr(here, part));
            }
            ExprKind::Tuple(parts) => parts.iter().for_each(|part| self.expr(here, part)),
            ExprKind::Int(_) | ExprKind::Real(_) | ExprKind::Bool(_) | ExprKind::Text(_) | ExprKind::Error => {}
        }
    }

    fn meant(&self, here: &Here<'_>, name: &str) -> Option<usize> {
        if let Some((_, symbol)) = here.locals.iter().rev().find(|(own, _)| own == name) {
            return Some(*symbol);
        }
        let dim = || self.known(&Owner::User, Space::Dim, name);
        if here.means_axes && dim().is_some() {
            return dim();
        }
        let own = self.first_of(&here.owner, &VALUES, name).or_else(|| self.in_library(here, &OF_LIBRARY, name));
        // Challenges rank by behaviours; functions of one's own take axes.
        own.or_else(dim).or_else(|| self.known(&here.owner, Space::Behaviour, name))
    }

    fn call(&mut self, here: &Here<'_>, function: &Ident, arguments: &[Expr]) {
        let own = self.known(&here.owner, Space::Function, &function.text);
        let declared = own.or_else(|| self.in_library(here, &[Space::Function], &function.text));
        if let Some(symbol) = declared {
            self.place(here, function, symbol, false, None);
        }
        let is_builtin = declared.is_none() && FUNCTION_NAMES.contains(&function.text.as_str());
        let axes = if is_builtin { axes_of(&function.text) } else { 0..0 };
        let of_axes = here.of_axes();
        for (at, argument) in arguments.iter().enumerate() {
            self.expr(if axes.contains(&at) { &of_axes } else { here }, argument);
        }
    }
}
