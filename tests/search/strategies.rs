//! What searches try, with a scorer whose landscape is known.

use ansatz::hypothesis::{Move, Price, SearchMetric, SearchSpace, SearchedClaim, Start, Strategy, Unit};
use ansatz::search::{Candidate, Ended, Scored, Scorer, Written, frontier, objective, search, widened};
use ansatz::source::{FileId, Span};
use std::collections::BTreeSet;

fn space(strategy: Strategy, price: f64) -> SearchSpace {
    let span = Span::new(FileId(0), 0..0);
    let claim = |is_word| SearchedClaim { span, is_word };
    SearchSpace {
        name: "s".to_owned(),
        behaviour: "loss".to_owned(),
        model: 0,
        data: 0,
        span,
        challenges: Vec::new(),
        places: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
        claims: vec![claim(false), claim(false), claim(false)],
        ports: Vec::new(),
        metric: SearchMetric::Recovered,
        baseline: None,
        price: Price { each: price, per: Unit::Arrow },
        reward: 0.0,
        moves: Move::NAMES.iter().map(|(_, own)| *own).collect(),
        start: Start::Empty,
        strategy,
        depth: 1,
        train: 0.5,
        test: None,
        budget: 10_000,
        references: 100,
    }
}

/// Places 0 and 2 matter, if they compute claim 1; place 1 is worth a little with claim 2. Few
/// references see a little less. What stands at place 3 cannot be run.
#[derive(Default)]
struct Known {
    runs: usize,
    rounds: usize,
}

impl Known {
    fn value(candidate: &Candidate) -> f64 {
        let has = |place: usize, claim: usize| {
            let own = candidate.nodes.iter().find(|(chain, _)| chain[0].place == place);
            own.is_some_and(|(_, claims)| claims.contains(&claim))
        };
        let worth = [(0, 1, 0.5), (2, 1, 0.3), (1, 2, 0.05)];
        worth.iter().filter(|(place, claim, _)| has(*place, *claim)).map(|(_, _, worth)| worth).sum()
    }
}

impl Scorer for Known {
    fn score(&mut self, candidates: &[Candidate], references: usize) -> Vec<Option<Scored>> {
        self.runs += candidates.len();
        let one = |candidate: &Candidate| {
            let runs = candidate.nodes.keys().all(|chain| chain[0].place != 3);
            let value = Known::value(candidate) - 0.001 / references as f64;
            runs.then_some(Scored { value, error: 0.01, bits: candidate.nodes.len() as f64 })
        };
        candidates.iter().map(one).collect()
    }

    fn binds(&mut self, candidates: &[Candidate]) -> Vec<bool> {
        candidates.iter().map(|candidate| candidate.nodes.keys().all(|chain| chain[0].place != 3)).collect()
    }

    fn round(&mut self, _: usize, _: &(Candidate, Scored)) {
        self.rounds += 1;
    }
}

fn found(space: &SearchSpace) -> (Vec<(usize, BTreeSet<usize>)>, ansatz::search::Found) {
    let mut scorer = Known::default();
    let found = search(space, &mut scorer).expect("the start can be run");
    assert_eq!(scorer.rounds, found.rounds);
    let best = &found.scored[found.best].0;
    let nodes = best.nodes.iter().map(|(chain, claims)| (chain[0].place, claims.clone())).collect();
    (nodes, found)
}

#[test]
fn the_best_for_the_price_is_found() {
    let (one, two) = (BTreeSet::from([1]), BTreeSet::from([2]));
    for strategy in [Strategy::Greedy, Strategy::Beam(3)] {
        let (cheap, own) = found(&space(strategy, 0.01));
        assert_eq!(cheap, [(0, one.clone()), (1, two.clone()), (2, one.clone())], "{strategy:?}");
        assert_eq!(own.ended, Ended::AtTheTop);
        assert!(own.turned_down >= 3, "{own:?}");
        let (dear, _) = found(&space(strategy, 0.1));
        assert_eq!(dear, [(0, one.clone()), (2, one.clone())], "{strategy:?}");
        assert!(found(&space(strategy, 0.9)).0.is_empty(), "nothing is worth that");
    }
}

#[test]
fn pruning_ends_where_growing_does() {
    // Place 3 cannot be run, so that the full hypothesis must do without it.
    let (nodes, _) = found(&space(Strategy::Prune, 0.1));
    assert_eq!(nodes.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0, 2]);
}

#[test]
fn a_budget_bounds_the_runs() {
    for budget in [1, 5, 17] {
        let mut space = space(Strategy::Beam(2), 0.01);
        space.budget = budget;
        let (_, found) = found(&space);
        assert!(found.evaluations <= budget && found.ended == Ended::BudgetSpent, "{found:?}");
    }
}

#[test]
fn a_frontier_has_what_no_smaller_one_beats() {
    let space = space(Strategy::Beam(3), 0.1);
    let (_, found) = found(&space);
    let winners = frontier(&found, space.price);
    assert_eq!(winners.iter().filter(|winner| winner.is_best).count(), 1);
    for pair in winners.windows(2) {
        assert!(pair[0].candidate.arrows() <= pair[1].candidate.arrows());
        assert!(pair[0].searched.value < pair[1].searched.value || pair[1].is_best, "{pair:?}");
    }
    let best = winners.iter().find(|winner| winner.is_best).expect("it is there");
    for winner in &winners {
        let value = |winner: &ansatz::search::Winner| objective(&space, &winner.candidate, &winner.searched);
        assert!(value(winner) <= value(best));
    }
}

#[test]
fn intervals_of_several_are_wider() {
    let one = ansatz::estimate::Estimate { value: 0.5, low: 0.4, high: 0.6, error: 0.05 };
    assert_eq!(widened(one, 1), one);
    // 2.5 % in all, half of it on either side: the quantile of 0.99375 is 2.4977.
    let four = widened(one, 4);
    assert!((four.high - 0.5 - 0.1 * 2.497_705 / 1.959_964).abs() < 1e-6, "{four:?}");
}

#[test]
fn texts_say_what_candidates_are() {
    let mut space = space(Strategy::Greedy, 0.01);
    space.depth = 2;
    space.ports = vec!["k".to_owned()];
    let claims = ["f", "g", "h"].map(str::to_owned);
    let empty = Candidate::default();
    assert_eq!(empty.text("x", &space, &claims, ""), "hypothesis x explains loss {\n}\n");
    let first = empty.neighbours(&space, &[Move::Add]);
    assert_eq!(first.len(), 4 * 3);
    let second = first[0].neighbours(&space, &Move::NAMES.map(|(_, own)| own));
    // Three further places under the behaviour, and three under the node by the port or as a whole, with
    // three claims each; without it; and two finer.
    assert_eq!(second.len(), 3 * 3 + 3 * 2 * 3 + 1 + 2, "{second:?}");
    let deep = second.iter().find(|own| own.nodes.keys().any(|chain| chain.len() == 2)).expect("one is deeper");
    assert_eq!(
        deep.text("x", &space, &claims, " of m on d"),
        "hypothesis x explains loss of m on d {\n    node at_a = a computes f\n    node at_b = b computes f\n\n    \
         at_a -> loss\n    at_b -> at_a.k\n}\n"
    );
    let exact =
        first[0].reading(&space, first[0].nodes.keys().next().expect("one"), deep.nodes.keys().last().expect("two")[1]);
    assert!(exact.text("x", &space, &claims, "").contains("node at_b = b computes exact"));
    assert_eq!((exact.opened(), first[0].opened()), (1, 0));
}
