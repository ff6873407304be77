//! Weighted references that share draws and come from few rows: what the delta method gives by hand in
//! numpy with scipy's quantiles, and scipy's bootstrap of whole clusters
//! (tests/fixtures/intervals/clusters.py).

use ansatz::estimate::{Baseline, Estimate, Inputs, Looks, Point, Varies, estimate, gain};
use serde_json::Value;

/// Ends of the bootstrap's interval and ours are this part of its width apart, at most: 0.15 for the gain
/// over 41 skewed clusters, 0.08 for all others.
const BOOTSTRAP: f64 = 0.15;

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn whole(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a count")).expect("small")
}

/// The points of one column of a sample.
fn points(sample: &Value, name: &str) -> Vec<Point> {
    let list = |value: &Value| -> Vec<f64> { value.as_array().expect("a list").iter().map(number).collect() };
    let pairs = list(&sample["sums"][name]).into_iter().zip(list(&sample["weights"]));
    pairs.map(|(sum, weight)| Point { sum, weight }).collect()
}

fn agrees(told: &str, ours: Estimate, theirs: &Value, within: f64) {
    let [value, low, high] = ["value", "low", "high"].map(|key| number(&theirs[key]));
    let most = within * (high - low);
    assert!((ours.value - value).abs() < 1e-9, "{told}: {ours:?}, not {theirs}");
    let apart = (ours.low - low).abs().max((ours.high - high).abs());
    assert!(apart <= most + 1e-9, "{told}: {ours:?}, not {theirs}");
}

#[test]
fn clusters_and_few_rows_are_those_of_numpy_and_scipy() {
    let found: Value =
        serde_json::from_str(include_str!("../fixtures/intervals/clusters.json")).expect("the fixture is JSON");
    for sample in found["samples"].as_array().expect("a list") {
        let [model, scrubbed, baseline, other] =
            ["model", "scrubbed", "baseline", "other"].map(|name| points(sample, name));
        let inputs = Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline: Baseline::Sampled(&baseline),
            rows: whole(&sample["rows"]),
            cluster: whole(&sample["cluster"]),
            looks: Looks::Once,
            varies: Varies::Draws,
        };
        let estimates = estimate(inputs);
        let ours = [
            ("model", estimates.model),
            ("scrubbed", estimates.scrubbed),
            ("recovered", estimates.recovered.expect("far from the baseline")),
            ("gain", gain(inputs, &other).expect("far from the baseline")),
        ];
        for (what, ours) in ours {
            let told = format!("{what} of {}", sample["name"]);
            agrees(&told, ours, &sample["delta"][what], 1e-6);
            if let Some(theirs) = sample["bca"].get(what) {
                agrees(&format!("{told}, bootstrap"), ours, theirs, BOOTSTRAP);
            }
        }
    }
}
