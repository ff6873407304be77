//! Generated hypotheses of the whole language of claims. Every arrow is seen by its end, no two
//! arrows claim one path.

use super::case::Case;
use super::choices::Choices;
use super::growth::Growth;
use super::random::Random;
use super::traits::visits;
use ansatz::hypothesis::{Hypothesis, Scheme};
use ansatz::lower::Ground;
use ansatz::model::{Dependence, TensorId};

/// Makes hypotheses about a case.
pub struct Generator<'a> {
    case: &'a Case,
    pub choices: Choices<'a>,
}

impl<'a> Generator<'a> {
    pub fn new(case: &'a Case) -> Generator<'a> {
        Generator { case, choices: Choices::new(case) }
    }

    /// A random hypothesis of at most `most` visits, position by position.
    pub fn generate(&self, seed: u64, most: usize) -> Hypothesis {
        let case = self.case;
        let shape = |tensor: TensorId| Some(case.shape(tensor));
        let dependence = Dependence::new(&case.graph, &shape);
        let ground = Ground { map: case.map(), dependence: &dependence };
        for attempt in 0..1000 {
            let mut random = Random::new(seed.wrapping_mul(1000).wrapping_add(attempt));
            let hypothesis = Hypothesis::new("generated", self.outputs(&mut random), Scheme::Any);
            let mut growth = Growth { case, ground, choices: &self.choices, random, hypothesis, second: false };
            growth.grow();
            if (2..=most).contains(&visits(case, &growth.hypothesis)) {
                return growth.hypothesis;
            }
        }
        unreachable!("one of a thousand hypotheses is small enough")
    }

    /// The outputs that the behaviour reads, in some order.
    fn outputs(&self, random: &mut Random) -> Vec<TensorId> {
        let all = &self.case.outputs;
        match (all.len(), random.below(4)) {
            (0 | 1, _) | (_, 0 | 1) => all.clone(),
            (_, 2) => all.iter().rev().copied().collect(),
            _ => vec![*random.pick(all)],
        }
    }
}
