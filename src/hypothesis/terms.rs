//! Conditions on the terms of an attention sum: `where key == query - 1`.

use super::claim::{End, NodeIx, Terms};
use super::claims::Stating;
use super::model::Port;
use super::tabulate::{self, Axis};
use crate::data::Scalar;
use crate::diagnostics::messages::{claims as messages, types};
use crate::syntax::ast::{self, Expr, ExprKind};
use std::sync::Arc;

/// The port whose last two axes are those of an attention sum.
const PATTERN: &str = "pattern";
/// More pairs of a query and a key are not tabulated.
const MOST_PAIRS: usize = 1 << 26;

impl Stating<'_, '_> {
    pub fn terms(&mut self, arrow: &ast::Arrow, to: End, condition: &Expr) -> Option<Terms> {
        let (End::Node(node), [port]) = (to, arrow.ports.as_slice()) else {
            if condition.kind == ExprKind::Error {
                return None;
            }
            return self
                .fail(messages::terms_without_port(condition.span, (arrow.to.node.span, &arrow.to.node.name.text)));
        };
        if port.text == PATTERN {
            return self.fail(messages::terms_of_the_pattern(port.span));
        }
        let pattern = self.pattern(node, condition)?;
        let shape = self.context.model.shape(pattern.part.tensor);
        let rank = pattern.dims.len();
        let axis = |at: usize| -> Option<Axis> { Some((pattern.dims.get(at)?.clone(), *shape.get(at)?)) };
        let axes = [axis(rank.checked_sub(2)?)?, axis(rank - 1)?];
        if axes[0].1.saturating_mul(axes[1].1) > MOST_PAIRS {
            return self.fail(messages::terms_too_many(condition.span, axes[0].1, axes[1].1, MOST_PAIRS));
        }
        let typed = tabulate::check(condition, &axes, self.context.scope, self.sink)?;
        if typed.ty.scalar != Scalar::Bool {
            return self.fail(types::mismatch(typed.span, &typed.ty, "a bool"));
        }
        let claimed = match tabulate::tabulate(&typed, &axes) {
            Ok(values) => values.into_iter().map(|value| value != 0.0).collect::<Vec<bool>>(),
            Err(finding) => return self.fail(*finding),
        };
        if !claimed.contains(&true) {
            return self.fail(messages::terms_nowhere(condition.span, &axes[0].0, &axes[1].0));
        }
        if !claimed.contains(&false) {
            self.sink.push(messages::terms_everywhere(condition.span));
        }
        Some(Terms { pattern: pattern.part.tensor, query: rank - 2, key: rank - 1, claimed: Arc::new(claimed) })
    }

    /// The pattern of the target: all of its parts must share one tensor.
    fn pattern(&mut self, node: NodeIx, condition: &Expr) -> Option<Port> {
        let count = self.stated.components.get(node.0).map_or(0, Vec::len);
        let mut found: Option<Port> = None;
        for part in 0..count {
            let component = self.component(node, part)?;
            let Some(port) = component.port(PATTERN).filter(|port| port.dims.len() >= 3) else {
                return self.fail(messages::no_pattern(condition.span, &component.label(), component.span));
            };
            if found.as_ref().is_some_and(|found| found.part.tensor != port.part.tensor || found.dims != port.dims) {
                let name = self.stated.claims.node(node).name.clone();
                return self.fail(messages::several_patterns(condition.span, &name));
            }
            found = Some(port.clone());
        }
        found
    }
}
