//! Where two arrows into one end claim the same path, as far as whole tensors tell.

use super::passage::{Meeting, Outcome, Passage, Stage, State, index};
use ansatz::hypothesis::End;
use ansatz::model::TensorId;
use std::collections::BTreeSet;

/// Elements that two arrows claim: one matches there, and the other does too, or goes on above.
#[derive(Debug, Clone)]
pub struct Contest {
    pub tensor: TensorId,
    pub meeting: Meeting,
    /// The arrows, by their places among those into the end.
    pub arrows: (usize, usize),
    /// The state in which the second goes on alone; `None` if it matches too.
    pub above: Option<State>,
    pub places: Vec<bool>,
}

/// All contests on the walk from some tensors.
pub fn contests(passage: &Passage<'_>, start: &BTreeSet<TensorId>) -> Vec<Contest> {
    let mut found: Vec<Contest> = Vec::new();
    for (tensor, meeting, _) in passage.everything(start) {
        let shape = passage.case.shape(tensor);
        let size: usize = shape.iter().skip(1).product();
        for place in (0..size).filter(|_| passage.case.is_by_row(tensor)) {
            for (arrows, above) in contested(passage, tensor, &index(&shape, place), &meeting) {
                let same = |known: &&mut Contest| {
                    (known.tensor, &known.meeting, known.arrows, &known.above) == (tensor, &meeting, arrows, &above)
                };
                if let Some(known) = found.iter_mut().find(same) {
                    known.places[place] = true;
                    continue;
                }
                let mut places = vec![false; size];
                places[place] = true;
                found.push(Contest { tensor, meeting: meeting.clone(), arrows, above, places });
            }
        }
    }
    found
}

/// Pairs of arrows that an element is claimed by, with the state in which the second goes on.
fn contested(
    passage: &Passage<'_>,
    tensor: TensorId,
    at: &[usize],
    meeting: &Meeting,
) -> Vec<((usize, usize), Option<State>)> {
    let state = match (meeting, passage.end) {
        (Meeting::Start, End::Node(_)) => return Vec::new(),
        (Meeting::Start, End::Root) => passage.first_state(tensor, at),
        (Meeting::Above(state), _) => state.clone(),
    };
    let state = passage.gated(tensor, at, &state);
    let matched = passage.matched(tensor, at, &state);
    let Some(first) = matched.first() else { return Vec::new() };
    let mut found: Vec<_> = matched.iter().skip(1).map(|other| ((*first, *other), None)).collect();
    let state = match meeting {
        Meeting::Start => state,
        Meeting::Above(_) => passage.entered(tensor, at, state),
    };
    for other in (0..passage.arrows.len()).filter(|other| !matched.contains(other)) {
        let mut alone = State { arrows: vec![Stage::Dead; passage.arrows.len()], scheme: state.scheme };
        alone.arrows[other] = state.arrows[other];
        if alone.arrows[other] != Stage::Dead && can_match(passage, tensor, &alone) {
            found.push(((*first, other), Some(alone)));
        }
    }
    found
}

/// Whether an arrow that is alive in a state matches above a tensor.
fn can_match(passage: &Passage<'_>, tensor: TensorId, state: &State) -> bool {
    let Some(node) = passage.case.graph.tensor(tensor).producer else { return false };
    passage.read(node, state).into_iter().any(|(input, state)| {
        passage.cells(input, &Meeting::Above(state)).iter().any(|(outcome, _)| match outcome {
            Outcome::Source(_) => true,
            Outcome::Operator(above) => {
                above.arrows.iter().any(|stage| *stage != Stage::Dead) && can_match(passage, input, above)
            }
            Outcome::Component(..) | Outcome::Replaced => false,
        })
    })
}
