//! What a challenge that fools expects: bounds on its rate, and on the ratios to its controls.

use super::check::Checker;
use super::expect::bound;
use super::fooling::{Control, RateBound, of_one_label};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::messages::{foolings as messages, structure};
use crate::feature::Measured;
use crate::syntax::ast::{self, Comparison, ExprKind};

const MEASURES: [&str; 5] = ["rate", "ratio(random)", "ratio(matched)", "ratio(confidence)", "ratio(permuted)"];

impl Checker<'_> {
    /// The bounds of a challenge; `measured` is the behaviour of its hypothesis, where that is known.
    pub(super) fn expected_rates(
        &mut self,
        (item, fools): (&ast::Challenge, &ast::Fools),
        measured: Option<&Measured>,
    ) -> Vec<RateBound> {
        let mut found = Vec::new();
        for item in item.expected.iter().filter(|item| !item.measure.text.is_empty()) {
            let of = match control(item, fools, measured) {
                Ok(of) => of,
                Err(finding) => {
                    self.sink.push(*finding);
                    continue;
                }
            };
            if matches!(item.comparison, Comparison::Equal | Comparison::NotEqual) {
                self.sink.push(structure::equality(item.sign));
                continue;
            }
            match bound(&item.bound) {
                Some(bound) => found.push(RateBound { of, comparison: item.comparison, bound, span: item.span }),
                None if item.bound.kind == ExprKind::Error => {}
                None => self.sink.push(structure::bound_not_a_number(item.bound.span)),
            }
        }
        found
    }
}

/// The control whose ratio is bounded; `None` for the rate itself.
fn control(
    item: &ast::Expected,
    fools: &ast::Fools,
    measured: Option<&Measured>,
) -> Result<Option<Control>, Box<Diagnostic>> {
    match (item.measure.text.as_str(), &item.of, &item.setting) {
        (_, _, Some(setting)) => Err(Box::new(messages::unknown_measure(setting.span, &setting.text, &MEASURES))),
        ("rate", None, None) => Ok(None),
        ("ratio", Some(of), None) => match Control::from_name(&of.text) {
            None => Err(Box::new(messages::unknown_measure(of.span, &of.text, &Control::NAMES))),
            Some(Control::Matched) if fools.matched.is_empty() => {
                Err(Box::new(messages::control_absent(of.span, &of.text)))
            }
            Some(Control::Confidence) if measured.is_some_and(|own| of_one_label(own).is_none()) => {
                Err(Box::new(messages::control_absent(of.span, &of.text)))
            }
            Some(control) => Ok(Some(control)),
        },
        _ => Err(Box::new(messages::unknown_measure(item.measure.span, &item.measure.text, &MEASURES))),
    }
}
