//! Direct paths, found without looking at the graph: a region has a direct path to another if
//! disturbing it, with every component held at its clean value, changes the other.

use super::case::{Case, Override, Values};
use super::random::Random;
use super::scores::numbers;
use ansatz::engine::Value;
use ansatz::execute::Inputs;
use ansatz::model::{Region, TensorId};
use ndarray::Axis;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A region of a tensor.
pub type Part = (TensorId, Region);

/// Answers, each worked out once.
pub struct Paths<'a> {
    case: &'a Case,
    known: RefCell<BTreeMap<(Part, Vec<Part>), bool>>,
}

impl<'a> Paths<'a> {
    pub fn new(case: &'a Case) -> Paths<'a> {
        Paths { case, known: RefCell::default() }
    }

    /// Whether a direct path leads from a region to any of some others.
    pub fn direct(&self, from: &Part, to: &[Part]) -> bool {
        let key = (from.clone(), to.to_vec());
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let apart = to.iter().all(|(tensor, _)| *tensor != from.0);
        let found = apart && (0..4).any(|attempt| self.disturbed(from, to, attempt));
        self.known.borrow_mut().insert(key, found);
        found
    }

    fn disturbed(&self, from: &Part, to: &[Part], attempt: usize) -> bool {
        let case = self.case;
        let mut random = Random::new(attempt as u64);
        let row = u32::try_from(random.below(case.rows())).expect("few rows");
        let clean = case.forward(row, &[]);
        let own =
            |tensor: TensorId, region: &Region| to.iter().any(|(at, part)| *at == tensor && part.overlaps(region));
        let mut overrides: Vec<Override> = Vec::new();
        for component in case.components.iter().filter(|component| !own(component.tensor, &component.region)) {
            let Some(value) = clean.get(&component.tensor) else { continue };
            overrides.push(Override {
                tensor: component.tensor,
                region: component.region.clone(),
                value: value.clone(),
            });
        }
        let (tensor, region) = from.clone();
        let Some(value) = clean.get(&tensor) else { return false };
        let value = disturb(case, tensor, value, &mut random);
        overrides.push(Override { tensor, region, value });
        let changed = case.forward(row, &overrides);
        to.iter().any(|part| differs(&clean, &changed, part))
    }
}

/// Noise on floats; whole numbers as they are on other rows of the dataset.
fn disturb(case: &Case, tensor: TensorId, value: &Value, random: &mut Random) -> Value {
    match value {
        Value::F32(array) => Value::F32(array.mapv(|number| number + (random.unit() as f32 - 0.5) * 4.0)),
        Value::F64(array) => Value::F64(array.mapv(|number| number + (random.unit() - 0.5) * 4.0)),
        Value::I64(_) | Value::I32(_) | Value::Bool(_) => {
            let other = u32::try_from(random.below(case.data.rows())).expect("few rows");
            case.forward(other, &[])[&tensor].clone()
        }
    }
}

fn differs(one: &Values, other: &Values, (tensor, region): &Part) -> bool {
    let (Some(one), Some(other)) = (one.get(tensor), other.get(tensor)) else { return false };
    boxed(one, region) != boxed(other, region)
}

/// The numbers of a box of a tensor.
pub fn boxed(value: &Value, region: &Region) -> Vec<f64> {
    let mut value = value.clone();
    for axis in 1..region.rank() {
        let (start, end) = region.range(axis, value.shape()[axis]);
        let keep: Vec<usize> = (start..end).collect();
        value = ansatz::map_array!(&value, array => array.select(Axis(axis), &keep));
    }
    numbers(&value)
}
