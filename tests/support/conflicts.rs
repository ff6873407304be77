//! What arrows do to an end, found by disturbing values: whether an arrow is seen at all, whether
//! two claim one path. Whatever is found here is there, though not all that is there need be found.

use super::case::{Case, Values};
use super::contests::{Contest, contests};
use super::numbers::{boxed, zip};
use super::passage::{Meeting, Outcome, Stage, index};
use super::random::Random;
use super::scores::numbers;
use super::scrub::{DrawKey, Scrub, Visit};
use ansatz::engine::Value;
use ansatz::hypothesis::{End, Hypothesis, Part};
use ansatz::model::{Region, TensorId};
use std::collections::BTreeSet;

/// Pairs of arrows into an end, by their places, the smaller first.
pub type Pairs = BTreeSet<(usize, usize)>;

/// The draws do not matter here: any row will do.
fn any_row(_: &DrawKey, _: usize) -> Option<u32> {
    None
}

/// The pairs that conflict as far as whole tensors tell, and those that certainly do.
pub fn conflicts(case: &Case, hypothesis: &Hypothesis, end: End) -> (Pairs, Pairs) {
    let scrub = Scrub::new(case, hypothesis, &any_row);
    let passage = &scrub.passages[&end];
    let contests = contests(passage, &passage.start_tensors(hypothesis));
    let pair = |contest: &Contest| {
        let (one, other) = contest.arrows;
        (one.min(other), one.max(other))
    };
    let possible = contests.iter().map(pair).collect();
    let certain = contests.iter().filter(|contest| is_certain(&scrub, hypothesis, end, contest)).map(pair).collect();
    (possible, certain)
}

/// Whether the end's value depends on what an arrow brings.
pub fn is_seen(case: &Case, hypothesis: &Hypothesis, end: End, arrow: usize) -> bool {
    let scrub = Scrub::new(case, hypothesis, &any_row);
    let values = |seed: u64| {
        let visit = scrub.lone_visit(end, 0);
        for other in 0..scrub.passages[&end].arrows.len() {
            let noise = noisy(&scrub, end, other, if other == arrow { seed } else { 0 });
            visit.sources.borrow_mut().insert(other, noise);
        }
        own_numbers(&scrub, hypothesis, end, &visit)
    };
    let first = values(1);
    (2..4).any(|seed| values(seed) != first)
}

/// Whether each component that an end's arrows lead through depends on them in each of its
/// elements. Where it does only in some, it is not said whether a scheme fills the others.
pub fn is_clear(case: &Case, hypothesis: &Hypothesis, end: End) -> bool {
    let scrub = Scrub::new(case, hypothesis, &any_row);
    let passage = &scrub.passages[&end];
    let with_noise = |seed: u64| {
        let visit = scrub.lone_visit(end, 0);
        for arrow in 0..passage.arrows.len() {
            visit.sources.borrow_mut().insert(arrow, noisy(&scrub, end, arrow, seed));
        }
        visit
    };
    let (one, other) = (with_noise(1), with_noise(2));
    passage.everything(&passage.start_tensors(hypothesis)).iter().all(|(tensor, meeting, cells)| {
        cells.iter().all(|(outcome, places)| {
            let Outcome::Operator(state) = outcome else { return true };
            let alive = state.arrows.iter().any(|stage| *stage != Stage::Dead);
            if *meeting == Meeting::Start || !passage.fills(state.scheme) || !alive {
                return true;
            }
            let (one, other) = (numbers(&one.value(*tensor, meeting)), numbers(&other.value(*tensor, meeting)));
            let shape = case.shape(*tensor);
            let size: usize = shape.iter().skip(1).product();
            (0..size).all(|place| {
                let own = places.as_ref().is_none_or(|places| places[place]);
                !own || passage.component(*tensor, &index(&shape, place)).is_none() || one[place] != other[place]
            })
        })
    })
}

/// Whether the second arrow's source is seen at an element that the first one's paths lead to the
/// end from.
fn is_certain(scrub: &Scrub<'_>, hypothesis: &Hypothesis, end: End, contest: &Contest) -> bool {
    if !scrub.case.is_float(contest.tensor) {
        return false;
    }
    let Some(reached) = reached(scrub, end, contest) else { return false };
    let plain = scrub.lone_visit(end, 0);
    let mut disturbed = scrub.lone_visit(end, 0);
    disturbed.disturbed = Some((contest.tensor, contest.meeting.clone(), reached));
    own_numbers(scrub, hypothesis, end, &plain) != own_numbers(scrub, hypothesis, end, &disturbed)
}

/// The numbers of an end's own parts.
fn own_numbers(scrub: &Scrub<'_>, hypothesis: &Hypothesis, end: End, visit: &Visit<'_, '_>) -> Vec<f64> {
    let parts: Vec<Part> = match end {
        End::Node(node) => hypothesis.node(node).parts.clone(),
        End::Root => {
            let whole = |output: &TensorId| Region::whole(scrub.case.shape(*output).len());
            hypothesis.outputs.iter().map(|output| Part { tensor: *output, region: whole(output) }).collect()
        }
    };
    let own = |part: &Part| numbers(&boxed(&visit.value(part.tensor, &Meeting::Start), &part.region, 1));
    parts.iter().flat_map(own).collect()
}

/// The contested elements that the second arrow's source is seen at; `None` if there are none.
fn reached(scrub: &Scrub<'_>, end: End, contest: &Contest) -> Option<Vec<bool>> {
    let Some(above) = &contest.above else { return Some(contest.places.clone()) };
    let with_noise = |seed: u64| {
        let visit = scrub.lone_visit(end, 0);
        let noise = noisy(scrub, end, contest.arrows.1, seed);
        visit.sources.borrow_mut().insert(contest.arrows.1, noise);
        numbers(&visit.operator(contest.tensor, above))
    };
    let (one, other) = (with_noise(1), with_noise(2));
    let reached: Vec<bool> =
        contest.places.iter().enumerate().map(|(place, contested)| *contested && one[place] != other[place]).collect();
    reached.contains(&true).then_some(reached)
}

/// Values of an arrow's source that no datum has; whole numbers as they are on some row.
fn noisy(scrub: &Scrub<'_>, end: End, arrow: usize, seed: u64) -> Values {
    let mut random = Random::new(seed);
    let row = u32::try_from(random.below(scrub.case.rows())).expect("few rows");
    let mut noise = |value: &Value| match value {
        Value::F32(array) => {
            let noise = Value::F32(array.mapv(|_| random.unit() as f32 * 4.0 - 2.0));
            zip(value, &noise, |number, noise| number + noise)
        }
        other => other.clone(),
    };
    let tensors = scrub.passages[&end].arrows[arrow].source.iter().map(|part| part.tensor);
    tensors.map(|tensor| (tensor, noise(&scrub.case.clean(row)[&tensor]))).collect()
}
