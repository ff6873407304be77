use super::*;

fn ones(values: &[f64]) -> Vec<Point> {
    values.iter().map(|value| Point::one(*value)).collect()
}

fn paired(model: &[f64], scrubbed: &[f64], baseline: f64, rows: usize) -> Estimates {
    let (model, scrubbed) = (ones(model), ones(scrubbed));
    let baseline = Baseline::Exact(baseline);
    estimate(Inputs {
        model: &model,
        scrubbed: &scrubbed,
        baseline,
        rows,
        cluster: 1,
        looks: Looks::Once,
        varies: Varies::Draws,
    })
}

#[test]
fn the_ratio_and_its_error_by_hand() {
    let found = paired(&[0.0, 0.0, 1.0, 1.0], &[1.0, 2.0, 2.0, 3.0], 4.5, 1_000_000_000);
    let recovered = found.recovered.unwrap();
    assert!((recovered.value - (2.0 - 4.5) / (0.5 - 4.5)).abs() < 1e-12);
    // var(model) = 1/3, var(scrubbed) = 2/3, cov = 1/3, each over 4; ratio 0.625, gap -4.
    let variance = (2.0 / 3.0 - 2.0 * 0.625 / 3.0 + 0.625 * 0.625 / 3.0) / 4.0 / 16.0;
    assert!((recovered.error - f64::sqrt(variance)).abs() < 1e-6);
    assert!((recovered.high - recovered.value - 3.182_446_3 * recovered.error).abs() < 1e-5);
}

#[test]
fn nothing_to_recover_is_undefined() {
    assert_eq!(paired(&[0.0, 1.0], &[0.0, 1.0], 0.5, 100).recovered, None);
    assert_eq!(paired(&[0.1, 0.2, 0.3], &[0.1, 0.2, 0.3], 0.2, 3).recovered, None);
}

#[test]
fn a_census_leaves_the_model_no_error() {
    let found = paired(&[0.0, 1.0, 2.0], &[0.0, 2.0, 1.0], 5.0, 3);
    assert_eq!(found.model.error, 0.0);
    assert!(found.scrubbed.error > 0.0);
    let exact = paired(&[0.0, 1.0, 2.0], &[0.0, 1.0, 2.0], 5.0, 3);
    assert!(exact.recovered.unwrap().error < 1e-8);
}

/// Positions of one reference count together: they are not independent.
#[test]
fn a_weighted_mean_and_its_error_by_hand() {
    let points = [(6.0, 3.0), (2.0, 1.0), (0.0, 0.0), (8.0, 2.0)].map(|(sum, weight)| Point { sum, weight });
    let baseline = Baseline::Exact(0.0);
    let inputs = Inputs {
        model: &points,
        scrubbed: &points,
        baseline,
        rows: 1_000_000_000,
        cluster: 1,
        looks: Looks::Once,
        varies: Varies::Draws,
    };
    let found = estimate(inputs);
    let ratio = 16.0 / 6.0;
    let residuals = [6.0 - 3.0 * ratio, 2.0 - ratio, 0.0, 8.0 - 2.0 * ratio].map(|number: f64| number / 1.5);
    let variance = residuals.iter().map(|number| number * number).sum::<f64>() / 3.0 / 4.0;
    assert!((found.model.value - ratio).abs() < 1e-12);
    assert!((found.model.error - variance.sqrt()).abs() < 1e-6);
    // Three references count: two degrees of freedom.
    assert!((found.model.high - found.model.value - 4.302_652_7 * found.model.error).abs() < 1e-5);
}

/// Twice the same reference in a cluster tells no more than once.
#[test]
fn references_of_a_cluster_count_once() {
    let values = [0.3, 1.4, 0.2, 2.2, 0.9];
    let model = [0.1, 0.3, 0.2, 0.2, 0.0];
    let alone = paired(&model, &values, 4.0, 1_000_000_000);
    let double = |values: &[f64]| ones(&values.iter().flat_map(|value| [*value; 2]).collect::<Vec<f64>>());
    let (model, scrubbed) = (double(&model), double(&values));
    let inputs = Inputs {
        model: &model,
        scrubbed: &scrubbed,
        baseline: Baseline::Exact(4.0),
        rows: 1_000_000_000,
        cluster: 2,
        looks: Looks::Once,
        varies: Varies::Draws,
    };
    let (one, two) = (alone.recovered.unwrap(), estimate(inputs).recovered.unwrap());
    assert!((one.value - two.value).abs() < 1e-12);
    assert!((one.error - two.error).abs() < 1e-6 && (one.high - two.high).abs() < 1e-6, "{one:?} {two:?}");
    let apart = estimate(Inputs { cluster: 1, ..inputs }).recovered.unwrap();
    assert!(apart.error < 0.8 * two.error);
}

/// A sampled baseline that happens to be constant is an exact one, and one that is the model is
/// nothing to recover from.
#[test]
fn sampled_baselines() {
    let (model, scrubbed) = (ones(&[0.1, 0.3, 0.2, 0.4]), ones(&[0.5, 0.2, 0.4, 0.3]));
    let constant = ones(&[2.0; 4]);
    let with = |baseline| {
        estimate(Inputs {
            model: &model,
            scrubbed: &scrubbed,
            baseline,
            rows: 100,
            cluster: 1,
            looks: Looks::Once,
            varies: Varies::Draws,
        })
    };
    let (sampled, exact) = (with(Baseline::Sampled(&constant)), with(Baseline::Exact(2.0)));
    // But for what four references may have missed.
    let baseline = Estimate { low: 2.0, high: 2.0, ..sampled.baseline };
    let recovered = sampled.recovered.map(|found| Estimate { low: 0.0, high: 0.0, ..found });
    assert_eq!(Estimates { baseline, recovered, ..sampled }, Estimates { recovered, ..exact });
    assert!(sampled.baseline.low < 2.0 && sampled.baseline.high > 2.0);
    assert_eq!(recovered, exact.recovered.map(|found| Estimate { low: 0.0, high: 0.0, ..found }));
    assert_eq!(with(Baseline::Sampled(&model)).recovered, None);
    let scrubbed_itself = with(Baseline::Sampled(&scrubbed));
    assert!(scrubbed_itself.recovered.is_none_or(|found| found.value == 0.0 && found.error < 1e-12));
}

#[test]
fn a_gain_is_the_difference_of_two_shares_paired() {
    let (model, scrubbed) = (ones(&[0.0, 0.0, 1.0, 1.0]), ones(&[1.0, 2.0, 2.0, 3.0]));
    let inputs = Inputs {
        model: &model,
        scrubbed: &scrubbed,
        baseline: Baseline::Exact(4.5),
        rows: 1_000_000_000,
        cluster: 1,
        looks: Looks::Once,
        varies: Varies::Draws,
    };
    // Each example a half better: the difference does not vary, the gap does.
    let other = ones(&[0.5, 1.5, 1.5, 2.5]);
    let found = gain(inputs, &other).unwrap();
    assert!((found.value - 0.125).abs() < 1e-12);
    let shares = [&other, &scrubbed].map(|of| estimate(Inputs { scrubbed: of, ..inputs }).recovered.unwrap());
    assert!((shares[0].value - shares[1].value - found.value).abs() < 1e-12);
    // var(model) = 1/3 over 4, times (0.125 / 4)^2.
    assert!((found.error - (1.0_f64 / 12.0).sqrt() * 0.125 / 4.0).abs() < 1e-9);
    let none = gain(inputs, &scrubbed).unwrap();
    assert_eq!((none.value, none.error), (0.0, 0.0));
    assert_eq!(gain(Inputs { baseline: Baseline::Exact(0.5), ..inputs }, &other), None);
}

/// From tables of other software.
#[test]
fn quantiles_are_those_of_student() {
    let known = [(2, 12.706_204_7), (11, 2.228_138_9), (201, 1.971_896_2), (202, 1.971_836_5), (1_001, 1.962_339_1)];
    let many = [(10_001, 1.960_201_2), (1_000_001, 1.959_966_4), (1 << 40, 1.959_964), (usize::MAX, 1.959_964)];
    for (n, expected) in known.into_iter().chain(many) {
        assert!((quantile(n) - expected).abs() < 1e-6, "{n}: {} is not {expected}", quantile(n));
    }
}
