//! `over REGIONS`: where nodes of a search may stand.

use super::check::Checker;
use super::model::{BoundModel, Component};
use crate::diagnostics::messages::{names, search as messages};
use crate::diagnostics::nearest;
use crate::elaborate::print;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, Part};

/// The index that stands for all.
const EACH: &str = "each";
/// Places of a search, at most.
const MOST_PLACES: usize = 10_000;

impl Checker<'_> {
    /// The regions with their texts; a family without arguments stands for all of its members, and
    /// `pos: each` for a place at each position.
    pub(super) fn places(&mut self, item: &ast::Search, model: usize) -> Option<Vec<(ast::Region, String)>> {
        let bound = self.models[model].as_ref()?;
        let mut found: Vec<ast::Region> = Vec::new();
        for region in &item.over {
            let members: Vec<_> =
                bound.components.iter().filter(|known| known.family == region.component.text).collect();
            if members.is_empty() {
                let all = bound.components.iter().map(|known| known.family.as_str());
                let near = nearest(&region.component.text, all);
                self.sink.push(names::unknown(region.component.span, "component", &region.component.text, &near));
            }
            for member in members {
                let is_family = region.arguments.is_empty();
                if !is_family && print::region(&whole(region)) != member.label() {
                    continue;
                }
                let own = if is_family { with_arguments(region, member, region.span) } else { region.clone() };
                found.extend(at_each(&own, member, bound));
                if found.len() > MOST_PLACES {
                    self.sink.push(messages::too_many_places(region.span, MOST_PLACES));
                    return None;
                }
            }
            let is_member = found.iter().any(|own| own.span == region.span);
            // The checker of regions says what is wrong with it.
            found.extend((!is_member).then(|| region.clone()));
        }
        if item.over.is_empty() {
            let inputs: Vec<&str> = bound.inputs.iter().map(|input| input.name.as_str()).collect();
            let own = bound.components.iter().filter(|known| known.cuts && !inputs.contains(&known.family.as_str()));
            for member in own {
                let name = ast::Ident { text: member.family.clone(), span: item.name.span };
                let region =
                    ast::Region { component: name, arguments: Vec::new(), parts: Vec::new(), span: item.name.span };
                found.push(with_arguments(&region, member, item.name.span));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        let found = found.into_iter().map(|region| (region.clone(), print::region(&region)));
        Some(found.filter(|(_, text)| seen.insert(text.clone())).collect())
    }
}

/// Without its parts.
pub(super) fn whole(region: &ast::Region) -> ast::Region {
    ast::Region { parts: Vec::new(), ..region.clone() }
}

fn with_arguments(region: &ast::Region, member: &Component, span: Span) -> ast::Region {
    ast::Region { arguments: member.arguments.iter().map(|value| int(*value, span)).collect(), ..region.clone() }
}

fn int(value: i64, span: Span) -> ast::Expr {
    ast::Expr { kind: ExprKind::Int(value), span }
}

/// A region for each index along each axis that says `each`.
fn at_each(region: &ast::Region, member: &Component, bound: &BoundModel) -> Vec<ast::Region> {
    let is_each = |at: &ast::At| matches!(&at.part, Part::One(index) if index.kind == ExprKind::Name(EACH.to_owned()));
    let Some(place) = region.parts.iter().position(is_each) else { return vec![region.clone()] };
    let shape = bound.shape(member.tensor);
    let axis = member.dims.iter().skip(1).position(|dim| *dim == region.parts[place].dim.text).map(|at| at + 1);
    let Some(axis) = axis else { return vec![region.clone()] };
    let (low, high) = member.region.range(axis, shape.get(axis).copied().unwrap_or(0));
    let of = |index: usize| {
        let mut own = region.clone();
        let index = int(i64::try_from(index).unwrap_or(i64::MAX), region.span);
        own.parts[place].part = Part::One(index);
        own
    };
    (low..high).flat_map(|index| at_each(&of(index), member, bound)).take(MOST_PLACES + 1).collect()
}
