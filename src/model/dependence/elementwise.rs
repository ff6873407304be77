//! Operators that read, for each element, the elements in its place.

use super::known::Property;
use super::mask::Mask;
use super::question::{Part, Question, Rule, aligned};
use std::rc::Rc;

pub const RULES: &[(&str, Rule)] = &[
    ("Abs", spread),
    ("Add", sum),
    ("And", |question| other_decides(question, Property::False)),
    ("Cast", spread),
    ("CastLike", |question| if question.at == 0 { spread(question) } else { Some(Part::Nothing) }),
    ("Ceil", spread),
    ("Clip", data_and_settings),
    ("Cos", spread),
    ("Div", spread),
    ("Dropout", dropout),
    ("Equal", spread),
    ("Erf", spread),
    ("Exp", spread),
    ("Expand", data_and_settings),
    ("Floor", spread),
    ("Gelu", spread),
    ("Greater", spread),
    ("GreaterOrEqual", spread),
    ("Identity", spread),
    ("IsNaN", spread),
    ("LeakyRelu", spread),
    ("Less", spread),
    ("LessOrEqual", spread),
    ("Log", spread),
    ("Max", spread),
    ("Mean", spread),
    ("Min", spread),
    ("Mod", spread),
    ("Mul", spread),
    ("Neg", spread),
    ("Not", spread),
    ("Or", |question| other_decides(question, Property::True)),
    ("Pow", spread),
    ("Reciprocal", spread),
    ("Relu", spread),
    ("Sigmoid", spread),
    ("Sign", spread),
    ("Sin", spread),
    ("Softplus", spread),
    ("Sqrt", spread),
    ("Sub", sum),
    ("Sum", sum),
    ("Tanh", spread),
    ("Where", choice),
    ("Xor", spread),
];

/// Operands are spread to the shape of the result.
fn spread(question: &Question<'_>) -> Option<Part> {
    Some(Part::Box(aligned(&question.input, &question.out, &question.want)?))
}

/// The first input in its place; the others, bounds or a shape, are read as they are.
fn data_and_settings(question: &Question<'_>) -> Option<Part> {
    if question.at == 0 { spread(question) } else { Some(Part::Everything) }
}

/// The second output says what was dropped: nothing, after training.
fn dropout(question: &Question<'_>) -> Option<Part> {
    if question.slot == 0 { data_and_settings(question) } else { Some(Part::Nothing) }
}

/// A sum is the same for all scores where another operand hides them.
fn sum(question: &Question<'_>) -> Option<Part> {
    let input = question.node.input(question.at)?;
    if question.known.veiled(input) { spread(question) } else { other_decides(question, Property::Hidden) }
}

/// Elements whose result another operand decides alone are not read.
fn other_decides(question: &Question<'_>, property: Property) -> Option<Part> {
    let others = (0..question.node.inputs.len()).filter(|at| *at != question.at);
    outside(question, others.filter_map(|at| question.property(at, property)))
}

/// A branch is read where a condition that is known takes it.
fn choice(question: &Question<'_>) -> Option<Part> {
    let elsewhere = match question.at {
        1 => question.property(0, Property::False),
        2 => question.property(0, Property::True),
        _ => None,
    };
    outside(question, elsewhere.into_iter())
}

/// As [`spread`], for those elements of the result that no mask marks.
fn outside(question: &Question<'_>, masks: impl Iterator<Item = Rc<Mask>>) -> Option<Part> {
    let mut want = question.want.clone();
    for mask in masks {
        match mask.lifted(question.out.len())?.hull_of_others(&want) {
            Some(rest) => want = rest,
            None => return Some(Part::Nothing),
        }
    }
    Some(Part::Box(aligned(&question.input, &question.out, &want)?))
}
