//! Opening a leaf: from all that it could be computed from to what matters.

use super::candidate::{Candidate, Chain};
use super::strategy::{Scorer, objective};
use crate::hypothesis::SearchSpace;

/// From a candidate whose node at the end of a chain reads everything exactly, arrow by arrow to coarser
/// claims and fewer arrows, as long as the objective on so many references grows; with the hypotheses
/// that were run for it, no more than are left.
pub fn opened(
    space: &SearchSpace,
    scorer: &mut dyn Scorer,
    (mut own, chain): (Candidate, &Chain),
    (references, left): (usize, usize),
) -> (Candidate, usize) {
    let mut evaluations = 0;
    let mut run = |candidates: &[Candidate], evaluations: &mut usize| -> Vec<Option<f64>> {
        *evaluations += candidates.len();
        let scored = scorer.score(candidates, references);
        let value = |(candidate, scored): (&Candidate, Option<_>)| Some(objective(space, candidate, &scored?));
        candidates.iter().zip(scored).map(value).collect()
    };
    let first = run(std::slice::from_ref(&own), &mut evaluations);
    let Some(mut value) = first.first().copied().flatten() else { return (own, evaluations) };
    loop {
        let read: Vec<Chain> = own
            .nodes
            .keys()
            .filter(|other| other.len() == chain.len() + 1 && other.starts_with(chain))
            .cloned()
            .collect();
        // Without any arrow the node would be a leaf again.
        let options: Vec<(usize, Candidate)> = read
            .iter()
            .enumerate()
            .flat_map(|(at, read)| own.instead(space, read).into_iter().map(move |other| (at, other)))
            .filter(|(_, other)| other.opened() == own.opened())
            .collect();
        if evaluations + options.len() + 2 > left {
            return (own, left);
        }
        let candidates: Vec<Candidate> = options.iter().map(|(_, other)| other.clone()).collect();
        let values = run(&candidates, &mut evaluations);
        // By node the best that can be done to it alone.
        let mut best: Vec<Option<(f64, usize)>> = vec![None; read.len()];
        for (option, (at, _)) in options.iter().enumerate() {
            if let Some(found) = values[option].filter(|found| *found > value)
                && best[*at].is_none_or(|(known, _)| found > known)
            {
                best[*at] = Some((found, option));
            }
        }
        let Some(single) =
            best.iter().flatten().copied().reduce(|one, other| if other.0 > one.0 { other } else { one })
        else {
            return (own, evaluations);
        };
        // All at once, if that is better still.
        let mut all = own.clone();
        for (read, (_, option)) in read.iter().zip(&best).filter_map(|(read, best)| Some((read, best.as_ref()?))) {
            match options[*option].1.nodes.get(read) {
                Some(claims) => {
                    all.nodes.insert(read.clone(), claims.clone());
                }
                None => all.nodes.retain(|other, _| !other.starts_with(read)),
            }
        }
        let together =
            if all.opened() == own.opened() { run(std::slice::from_ref(&all), &mut evaluations)[0] } else { None };
        (own, value) = match together {
            Some(together) if together >= single.0 => (all, together),
            _ => (options[single.1].1.clone(), single.0),
        };
    }
}
