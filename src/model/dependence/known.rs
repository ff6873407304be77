//! What is known of a graph's values whatever the data: which elements are zero, hidden from a
//! softmax, true or false. It comes from constants, such as causal masks, and is followed forwards.
//!
//! Scores are taken to be finite and far smaller than what hides them.

use super::constants::Constants;
use super::mask::Mask;
use super::question::index;
use super::select::offsets;
use super::veiled;
use crate::engine::Value;
use crate::model::graph::{Graph, Node, TensorId};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// At most this, a score is hidden: its exponential is zero beside any other.
const HIDING: f64 = -1e30;
/// Factors that leave a hidden score hidden.
const SCALES: std::ops::RangeInclusive<f64> = 1e-6..=1e6;

/// Something that an element may be for all data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    Zero,
    /// So low that a softmax gives zero for it; adding a score to it changes nothing.
    Hidden,
    True,
    False,
}

type Marks = Option<Rc<Mask>>;

/// The properties of all tensors of a graph.
#[derive(Debug, Default)]
pub struct Known {
    /// Whether zeros and hidden scores count.
    masks: bool,
    live: BTreeMap<(TensorId, Property), Rc<Mask>>,
    /// Tensors that may hide scores at places that are not known.
    veiled: BTreeSet<TensorId>,
    constant: RefCell<BTreeMap<(TensorId, Property), Marks>>,
}

impl Known {
    /// Follows the properties through a graph. Tensors that may be `replaced` have none. Without
    /// `masks` nothing is known to be zero or hidden.
    pub fn new(graph: &Graph, constants: &Constants<'_>, replaced: &BTreeSet<TensorId>, masks: bool) -> Self {
        let mut known = Known { masks, veiled: veiled::inputs(graph).collect(), ..Known::default() };
        for node in &graph.nodes {
            let outputs: Vec<TensorId> = node.outputs.iter().flatten().copied().collect();
            if !outputs.iter().any(|output| constants.live(*output)) {
                continue;
            }
            let first = node.outputs.first().copied().flatten();
            let found = first.map(|output| Step { graph, node, constants, known: &known, output }.properties());
            let found = found.unwrap_or_default();
            let hides = found.iter().any(|(property, _)| *property == Property::Hidden);
            if veiled::result(node, constants, &known, hides) {
                known.veiled.extend(&outputs);
            }
            if let Some(output) = first.filter(|output| !replaced.contains(output)) {
                known.live.extend(found.into_iter().map(|(property, mask)| ((output, property), mask)));
            }
        }
        known
    }

    /// True if a tensor may hide scores at places that are not known.
    pub fn veiled(&self, tensor: TensorId) -> bool {
        self.veiled.contains(&tensor)
    }

    /// Where a tensor has a property; `None` where it is nowhere known to have it.
    pub fn of(&self, constants: &Constants<'_>, tensor: TensorId, property: Property) -> Marks {
        if !self.masks && matches!(property, Property::Zero | Property::Hidden) {
            return None;
        }
        if constants.live(tensor) {
            return self.live.get(&(tensor, property)).cloned();
        }
        if let Some(marks) = self.constant.borrow().get(&(tensor, property)) {
            return marks.clone();
        }
        let marks = constants.value(tensor).and_then(|value| of_value(&value, property)).map(Rc::new);
        self.constant.borrow_mut().insert((tensor, property), marks.clone());
        marks
    }
}

/// Which elements of a constant have a property.
fn of_value(value: &Value, property: Property) -> Option<Mask> {
    match property {
        Property::True => marked(value, |_| false, |truth| truth),
        Property::False => marked(value, |_| false, |truth| !truth),
        Property::Zero => marked(value, |number| number == 0.0, |_| false),
        Property::Hidden => marked(value, |number| number <= HIDING, |_| false),
    }
}

/// Marks numbers or truth values; an integer counts as the number that it is.
fn marked(value: &Value, number: impl Fn(f64) -> bool, truth: impl Fn(bool) -> bool) -> Option<Mask> {
    Mask::new(match value {
        Value::F32(array) => array.mapv(|x| number(f64::from(x))),
        Value::F64(array) => array.mapv(number),
        Value::I64(array) => array.mapv(|x| number(x as f64)),
        Value::I32(array) => array.mapv(|x| number(f64::from(x))),
        Value::Bool(array) => array.mapv(truth),
    })
}

/// One operator whose result is live.
struct Step<'a> {
    graph: &'a Graph,
    node: &'a Node,
    constants: &'a Constants<'a>,
    known: &'a Known,
    output: TensorId,
}

impl Step<'_> {
    fn properties(&self) -> Vec<(Property, Rc<Mask>)> {
        let all: &[Property] = match self.known.masks {
            true => &[Property::Zero, Property::Hidden, Property::True, Property::False],
            false => &[Property::True, Property::False],
        };
        all.iter().copied().filter_map(|property| Some((property, self.property(property)?))).collect()
    }

    fn property(&self, property: Property) -> Marks {
        use Property::{False, Hidden, True, Zero};
        match (self.node.op.as_str(), property) {
            ("Identity" | "Dropout", _) => self.of(0, property),
            ("Cast", _) => self.cast(property),
            (
                "Relu" | "Neg" | "Abs" | "Sqrt" | "LeakyRelu" | "Tanh" | "Gelu" | "Sin" | "Erf" | "Sign" | "Floor"
                | "Ceil" | "CastLike",
                Zero,
            ) => self.of(0, Zero),
            ("Exp", Zero) => self.of(0, Hidden),
            ("Softmax", Zero) => self.softmax(),
            ("Add" | "Sum" | "Sub" | "Mean" | "Max", Zero) | ("Max", Hidden) => self.every(property),
            ("Add" | "Sum" | "Min", Hidden) | ("Mul", Zero) => self.any(property),
            ("Sub", Hidden) => self.difference(),
            ("Div", Zero) => self.quotient(),
            ("Mul" | "Div", Hidden) => self.scaled(),
            ("And", False) | ("Or", True) => self.any(property),
            ("And", True) | ("Or", False) => self.every(property),
            ("Not", True) => self.of(0, False),
            ("Not", False) => self.of(0, True),
            ("Where", _) => self.chosen(property),
            _ => self.moved(property),
        }
    }

    /// A property of an input.
    fn of(&self, at: usize, property: Property) -> Marks {
        self.known.of(self.constants, self.node.input(at)?, property)
    }

    fn rank(&self) -> Option<usize> {
        Some(self.constants.shape(self.output)?.len())
    }

    fn either(&self, one: Marks, other: Marks) -> Marks {
        match (one, other) {
            (Some(one), Some(other)) => one.combined(&other, self.rank()?, |a, b| a || b).map(Rc::new),
            (one, other) => self.lifted(one.or(other)?),
        }
    }

    fn both(&self, one: Marks, other: Marks) -> Marks {
        one?.combined(other?.as_ref(), self.rank()?, |a, b| a && b).map(Rc::new)
    }

    fn lifted(&self, mask: Rc<Mask>) -> Marks {
        let rank = self.rank()?;
        if mask.shape().len() == rank { Some(mask) } else { mask.lifted(rank).map(Rc::new) }
    }

    /// Where one of the inputs has the property.
    fn any(&self, property: Property) -> Marks {
        (0..self.node.inputs.len()).fold(None, |marks, at| self.either(marks, self.of(at, property)))
    }

    /// Where all of the inputs have the property.
    fn every(&self, property: Property) -> Marks {
        let first = self.lifted(self.of(0, property)?);
        (1..self.node.inputs.len()).fold(first, |marks, at| self.both(marks, self.of(at, property)))
    }

    /// Where a constant input has values of a kind.
    fn constant(&self, at: usize, kind: impl Fn(f64) -> bool) -> Marks {
        let value = self.constants.value(self.node.input(at)?)?;
        marked(&value, kind, |_| false).map(Rc::new)
    }

    fn difference(&self) -> Marks {
        let low = if self.of(1, Property::Hidden).is_none() { self.of(0, Property::Hidden) } else { None };
        let subtracted = self.constant(1, |number| number >= -HIDING);
        self.either(low, subtracted)
    }

    fn quotient(&self) -> Marks {
        self.both(self.of(0, Property::Zero), self.constant(1, |number| number != 0.0))
    }

    /// A hidden score times a positive constant of ordinary size, or divided by one.
    fn scaled(&self) -> Marks {
        let ordinary = |number: f64| SCALES.contains(&number);
        let left = self.both(self.of(0, Property::Hidden), self.constant(1, ordinary));
        if self.node.op == "Div" {
            return left;
        }
        self.either(left, self.both(self.constant(0, ordinary), self.of(1, Property::Hidden)))
    }

    /// Where the branch that is taken has the property, or both have it.
    fn chosen(&self, property: Property) -> Marks {
        let first = self.both(self.of(0, Property::True), self.of(1, property));
        let second = self.both(self.of(0, Property::False), self.of(2, property));
        let always = self.both(self.of(1, property), self.of(2, property));
        let known = self.either(first, second);
        self.either(known, always)
    }

    fn cast(&self, property: Property) -> Marks {
        let to = self.node.int("to")?;
        match property {
            Property::Zero if to != 9 => self.of(0, Property::Zero).or_else(|| self.of(0, Property::False)),
            Property::False if to == 9 => self.of(0, Property::False).or_else(|| self.of(0, Property::Zero)),
            Property::True if to == 9 => self.of(0, Property::True),
            // Only these two carry what hides a score.
            Property::Hidden if matches!(to, 1 | 11) => self.of(0, Property::Hidden),
            _ => None,
        }
    }

    /// Hidden scores become zero, but not in a row where all are hidden.
    fn softmax(&self) -> Marks {
        let shape = self.constants.shape(self.output)?;
        let otherwise = if self.graph.opset < 13 { 1 } else { -1 };
        let axis = index(self.node.int("axis").unwrap_or(otherwise), shape.len())?;
        if self.graph.opset < 13 && axis + 1 != shape.len() {
            return None;
        }
        let hidden =
            self.of(0, Property::Hidden).filter(|_| !self.node.input(0).is_some_and(|id| self.known.veiled(id)))?;
        hidden.without_full_rows(axis, shape.get(axis).copied()?).map(Rc::new)
    }

    /// Operators that only lay elements out in another way.
    fn moved(&self, property: Property) -> Marks {
        let mask = self.of(0, property)?;
        let (from, to) = (self.constants.shape(self.node.input(0)?)?, self.constants.shape(self.output)?);
        match self.node.op.as_str() {
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => mask.reshaped(&from, &to).map(Rc::new),
            "Expand" => self.lifted(mask),
            "Transpose" => {
                let order = match self.node.ints("perm") {
                    Some(order) => order.iter().map(|axis| index(*axis, from.len())).collect::<Option<Vec<_>>>()?,
                    None => (0..from.len()).rev().collect(),
                };
                mask.permuted(&order).map(Rc::new)
            }
            "Slice" => {
                let cuts = offsets(self.node, &from, |at| Some(self.constants.integers(self.node.input(at)?)?.0))?;
                if cuts.iter().any(|(_, step)| *step != 1) {
                    return None;
                }
                let range = |((start, _), size): (&(usize, i64), &usize)| (*start, start.saturating_add(*size));
                mask.cut(&cuts.iter().zip(&to).map(range).collect::<Vec<_>>()).map(Rc::new)
            }
            _ => None,
        }
    }
}
