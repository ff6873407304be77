//! Parts of expressions put in the place of others.

use crate::syntax::ast::{Expr, ExprKind, Part, Range};

/// The same expression with other parts: `act` is asked at every part before what it holds, and says
/// what stands there instead, if anything does.
pub fn replaced(expr: &Expr, act: &mut dyn FnMut(&Expr) -> Option<ExprKind>) -> Expr {
    if let Some(kind) = act(expr) {
        return Expr { kind, span: expr.span };
    }
    let mut one = |inner: &Expr| Box::new(replaced(inner, act));
    let kind = match &expr.kind {
        ExprKind::Negate(inner) => ExprKind::Negate(one(inner)),
        ExprKind::Not(inner) => ExprKind::Not(one(inner)),
        ExprKind::Arithmetic { operator, left, right } => {
            ExprKind::Arithmetic { operator: *operator, left: one(left), right: one(right) }
        }
        ExprKind::Compare { comparison, left, right } => {
            ExprKind::Compare { comparison: *comparison, left: one(left), right: one(right) }
        }
        ExprKind::Logic { operator, left, right } => {
            ExprKind::Logic { operator: *operator, left: one(left), right: one(right) }
        }
        ExprKind::If { condition, then, otherwise } => {
            ExprKind::If { condition: one(condition), then: one(then), otherwise: one(otherwise) }
        }
        ExprKind::Tuple(parts) => ExprKind::Tuple(parts.iter().map(|part| *one(part)).collect()),
        ExprKind::Call { function, arguments } => ExprKind::Call {
            function: function.clone(),
            arguments: arguments.iter().map(|argument| *one(argument)).collect(),
        },
        ExprKind::Index { base, dim, part } => {
            let base = one(base);
            let part = match part.as_ref() {
                Part::One(index) => Part::One(*one(index)),
                Part::Many(range) => {
                    Part::Many(Range { start: *one(&range.start), end: *one(&range.end), span: range.span })
                }
            };
            ExprKind::Index { base, dim: dim.clone(), part: Box::new(part) }
        }
        ExprKind::Int(_)
        | ExprKind::Real(_)
        | ExprKind::Bool(_)
        | ExprKind::Text(_)
        | ExprKind::Name(_)
        | ExprKind::Error => expr.kind.clone(),
    };
    Expr { kind, span: expr.span }
}
