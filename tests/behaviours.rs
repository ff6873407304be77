//! Behaviours: values for each position with masks, distances to the untouched model, and the
//! baseline `shuffled` against the mean over all pairs written plainly.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod expressions;
#[path = "support/random.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod random;

use ansatz::engine::Value;
use ansatz::estimate::{Point, ratio};
use ansatz::execute::{Score, Seen};
use ansatz::feature::{Data, Named, Output, Scalar, Scope, Source, ValueType, check_behaviour, clean_key, evaluate};
use ansatz::hypothesis::{Behaviour, Shuffled, shuffled};
use expressions::{LENGTH, behaviour, brackets, checked, int_column, scope, values_on, with_bracket_features};
use ndarray::{ArrayD, IxDyn};
use random::Random;
use std::collections::BTreeMap;

const CLASSES: usize = 5;

/// A language model's outputs: logits for each position, over the words; and a number for each example.
fn language() -> Scope {
    let mut scope = with_bracket_features();
    scope.dims.insert("word".to_string(), Some(CLASSES));
    let named = |scalar, dims: &[&str]| Some(Named::new(ValueType::new(scalar, dims)));
    scope.outputs.insert("scores".to_string(), named(Scalar::Real, &["pos", "word"]));
    scope.outputs.insert("best".to_string(), named(Scalar::Int, &[]));
    scope
}

fn logits(rows: usize, shape: &[usize], seed: u64) -> ArrayD<f32> {
    let mut random = Random::new(seed);
    let shape: Vec<usize> = std::iter::once(rows).chain(shape.iter().copied()).collect();
    ArrayD::from_shape_fn(IxDyn(&shape), |_| (random.unit() * 4.0 - 2.0) as f32)
}

fn softmax(logits: &[f32]) -> Vec<f64> {
    let all: Vec<f64> = logits.iter().map(|logit| f64::from(*logit).exp()).collect();
    let sum: f64 = all.iter().sum();
    all.iter().map(|value| value / sum).collect()
}

fn points(text: &str, scope: &Scope, outputs: &[(&str, Value)], clean: Option<&[Value]>, rows: &[u32]) -> Vec<Point> {
    let mut sink = Vec::new();
    let measured = check_behaviour(&behaviour(text), scope, &mut sink).unwrap_or_else(|| panic!("{sink:?}"));
    let data = brackets(&["(())", ")(", "()()()", "", "((("]);
    let names: Vec<String> = outputs.iter().map(|(name, _)| (*name).to_string()).collect();
    let values: Vec<Value> = outputs.iter().map(|(_, value)| value.clone()).collect();
    let score =
        Behaviour { measured: &measured, outputs: &names, dataset: &data, shuffled: None, slices: None, side: None };
    score.score(&Seen { outputs: &values, clean, rows, ordinals: &[] }).unwrap()
}

#[test]
fn losses_by_position_count_where_the_mask_is_true() {
    let scores = logits(3, &[LENGTH, CLASSES], 1);
    let text = "b : real[pos] where tokens != \"[pad]\" = cross_entropy(scores, shift(tokens, -1, \"[pad]\"))";
    let rows = [0, 3, 4];
    let found = points(text, &language(), &[("scores", Value::F32(scores.clone()))], None, &rows);
    let data = brackets(&["(())", ")(", "()()()", "", "((("]);
    let tokens = values_on("int(tokens)", &scope(), &data).unwrap();
    let Data::Int(tokens) = tokens.data else { panic!() };
    for (at, row) in rows.iter().enumerate() {
        let own = &tokens[*row as usize * LENGTH..][..LENGTH];
        let (mut sum, mut weight) = (0.0, 0.0);
        for position in (0..LENGTH).filter(|position| own[*position] != 1) {
            let target = own.get(position + 1).copied().unwrap_or(1) as usize;
            let here: Vec<f32> = (0..CLASSES).map(|word| scores[[at, position, word]]).collect();
            sum -= softmax(&here)[target].ln();
            weight += 1.0;
        }
        assert!((found[at].sum - sum).abs() < 1e-12 && found[at].weight == weight, "{:?}", found[at]);
    }
    // What does not count is not computed: an index outside of the classes, an infinity.
    let outside =
        "b : real[pos] where tokens == \"(\" = scores[word: int(tokens) + (if tokens == \"(\" then 0 else 9)]";
    assert_eq!(
        points(outside, &language(), &[("scores", Value::F32(logits(1, &[LENGTH, CLASSES], 1)))], None, &[3])[0],
        Point::NONE
    );
    let infinite = logits(1, &[LENGTH, CLASSES], 1).mapv(|score| if score > 0.0 { f32::INFINITY } else { score });
    let kept = "b : real[pos] where tokens == \"(\" = if scores[word: 0] < 9.0 then scores[word: 0] else 1.0";
    let found = points(kept, &language(), &[("scores", Value::F32(infinite))], None, &[4]);
    assert!(found[0].sum.is_finite() && found[0].weight == 3.0);
}

#[test]
fn without_a_mask_every_position_counts_and_masks_spread_over_axes() {
    let scores = logits(1, &[LENGTH, CLASSES], 2);
    let outputs = [("scores", Value::F32(scores.clone()))];
    let all = points("b : real[pos, word] = scores", &language(), &outputs, None, &[0]);
    assert_eq!(all[0].weight, (LENGTH * CLASSES) as f64);
    let expected: f64 = scores.iter().map(|score| f64::from(*score)).sum();
    assert!((all[0].sum - expected).abs() < 1e-9);
    let some = points("b : real[pos, word] where tokens == \"(\" = scores", &language(), &outputs, None, &[0]);
    assert_eq!(some[0].weight, (2 * CLASSES) as f64, "two brackets open, each with all words");
    let hits =
        points("b : real[pos] where position(pos) > 0 = accuracy(scores, tokens)", &language(), &outputs, None, &[0]);
    assert_eq!(hits[0].weight, (LENGTH - 1) as f64);
}

#[test]
fn distances_to_the_untouched_model() {
    let (own, clean) = (logits(2, &[LENGTH, CLASSES], 3), logits(2, &[LENGTH, CLASSES], 4));
    let values = [Value::F32(clean.clone())];
    let scope = language();
    let run = |text: &str| points(text, &scope, &[("scores", Value::F32(own.clone()))], Some(&values), &[1, 0]);
    let kl = run("b : real[pos] = kl(clean(scores), scores, word)");
    let total = run("b : real[pos] = total_variation(scores, clean(scores), word)");
    for example in 0..2 {
        let (mut by_hand, mut variation) = (0.0, 0.0);
        for position in 0..LENGTH {
            let row = |array: &ArrayD<f32>| -> Vec<f32> {
                (0..CLASSES).map(|word| array[[example, position, word]]).collect()
            };
            let (p, q) = (softmax(&row(&clean)), softmax(&row(&own)));
            by_hand += p.iter().zip(&q).map(|(p, q)| p * (p / q).ln()).sum::<f64>();
            variation += p.iter().zip(&q).map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0;
        }
        assert!((kl[example].sum - by_hand).abs() < 1e-12, "{} {by_hand}", kl[example].sum);
        assert!((total[example].sum - variation).abs() < 1e-12);
        assert!(kl[example].weight == LENGTH as f64);
    }
    // A word that the first distribution excludes adds nothing; the same distributions are 0 apart.
    let scope = with_bracket_features();
    let masked = Value::F32(ArrayD::from_shape_vec(IxDyn(&[1, 2]), vec![0.0, f32::NEG_INFINITY]).unwrap());
    let even = Value::F32(ArrayD::from_shape_vec(IxDyn(&[1, 2]), vec![3.0, 3.0]).unwrap());
    let one = |text: &str| {
        points(text, &scope, &[("logits", even.clone())], Some(std::slice::from_ref(&masked)), &[0])[0].sum
    };
    assert!((one("b = kl(clean(logits), logits)") - 2.0_f64.ln()).abs() < 1e-15);
    assert!((one("b = total_variation(clean(logits), logits)") - 0.5).abs() < 1e-15);
    assert_eq!(one("b = kl(logits, logits)"), 0.0);
    assert_eq!(one("b = kl(logits, clean(logits))"), f64::INFINITY);
}

#[test]
fn mistakes_in_behaviours_are_coded() {
    for (text, code) in [
        ("b : real[pos] where scores[word: 0] > 0.0 = scores[word: 1]", "A2015"),
        ("b : real[pos] where best == 1 = scores[word: 1]", "A2015"),
        ("b : real[pos] where clean(scores)[word: 0] > 0.0 = scores[word: 1]", "A2015"),
        ("b : real where label == 1 = cross_entropy(logits, label)", "A2016"),
        ("b : real[pos] where size = scores[word: 1]", "A2001"),
        ("b : real[pos] where exp(weight) > 1.0 = scores[word: 1]", "A2002"),
        ("b : real[pos] where grid > 1 = scores[word: 1]", "A2004"),
        ("b : real[pos] = scores", "A2001"),
        ("b = scores[word: 1]", "A2008"),
        ("b = kl(logits, scores)", "A2013"),
        ("b = kl(scores, logits)", "A2013"),
        ("b = kl(clean(label), logits)", "A2003"),
        ("b = kl(clean(logit), logits)", "A1001"),
        ("b = kl(clean(logits + 1), logits)", "A2003"),
        ("b = real(best) + sum(rename(tokens, pos, class))", "A2004"),
    ] {
        let mut sink = Vec::new();
        assert!(check_behaviour(&behaviour(text), &language(), &mut sink).is_none(), "{text}");
        let codes: Vec<&str> = sink.iter().map(|finding| finding.code.id).collect();
        assert_eq!(codes, [code], "{text}: {sink:?}");
    }
}

#[test]
fn an_axis_can_take_another_name() {
    let data = brackets(&["(())", "()"]);
    let mut scope = with_bracket_features();
    scope.dims.insert("key".to_string(), Some(LENGTH));
    let pairs = "count(rename(tokens, pos, key) == spread(tokens, position(key)) and spread(position(key), position(pos)) < position(pos), key)";
    let found = values_on(pairs, &scope, &data).unwrap();
    assert_eq!(found.data, Data::Int(vec![0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3]));
    // A name that is used for nothing else is an axis of its own.
    let own = "max(if rename(tokens, elsewhere) == spread(tokens, rename(tokens, elsewhere)) then prefix_sum(rename(int(tokens), elsewhere) * 0 + 1) else 0, elsewhere)";
    assert_eq!(values_on(own, &scope, &data).unwrap().data.len(), 2 * LENGTH);
    assert_eq!(checked("rename(tokens, key)", &scope).ty.to_string(), "token[key]");
    assert_eq!(
        values_on("rename(tokens, key)[0] == \"[start]\"", &scope, &data).unwrap().data,
        Data::Bool(vec![true; 2])
    );
}

/// The mean over all ordered pairs of rows, plainly.
fn over_all_pairs(text: &str, outputs: &[(&str, Value)], data: &ansatz::data::Dataset) -> f64 {
    let mut sink = Vec::new();
    let measured = check_behaviour(&behaviour(text), &language(), &mut sink).unwrap();
    let names: Vec<String> = outputs.iter().map(|(name, _)| (*name).to_string()).collect();
    let values: Vec<Value> = outputs.iter().map(|(_, value)| value.clone()).collect();
    let score =
        Behaviour { measured: &measured, outputs: &names, dataset: data, shuffled: None, slices: None, side: None };
    let mut all = Vec::new();
    for row in 0..u32::try_from(data.rows).unwrap() {
        let rows = vec![row; data.rows];
        all.extend(score.score(&Seen { outputs: &values, clean: None, rows: &rows, ordinals: &[] }).unwrap());
    }
    ratio(&all)
}

#[test]
fn the_exact_baseline_is_the_mean_over_all_pairs() {
    let mut data = brackets(&["(())", ")(", "()()()", "", "(((", "()", ")(", "())", "(()))", "))(("]);
    let label = (0..10).map(|row| row % 3 % 2).collect();
    data.columns.insert("label".to_string(), int_column(Scalar::Category, &[], &[10], label));
    let outputs =
        [("logits", Value::F32(logits(10, &[2], 5))), ("scores", Value::F32(logits(10, &[LENGTH, CLASSES], 6)))];
    for text in [
        "b = cross_entropy(logits, label)",
        "b = if equal_count then logits[0] else logits[1] - logits[0]",
        "b = logit_difference(logits, label, 1 - int(label)) + real(never_below)",
        "b : real[pos] where tokens != \"[pad]\" = cross_entropy(scores, shift(tokens, -1, \"[pad]\"))",
        "b : real[pos] = accuracy(scores, tokens)",
        "b : real[pos] where position(pos) > 2 = accuracy(scores, tokens)",
        "b : real[pos] where tokens == \"(\" = if label == 1 then scores[word: 1] else scores[word: 2]",
        "b : real[pos] where tokens == \"(\" = prefix_sum(scores[word: 1] * int(tokens))",
        "b : real[pos, word] where tokens == \"(\" = scores * int(tokens)",
        "b = sum(scores[word: 1] * int(tokens))",
        "b : real[pos] where tokens != \"[pad]\" = sum(scores * weight, word)",
    ] {
        let mut sink = Vec::new();
        let scope = language();
        let measured =
            check_behaviour(&behaviour(text), &scope, &mut sink).unwrap_or_else(|| panic!("{text} {sink:?}"));
        let read: Vec<(&str, Value)> =
            outputs.iter().filter(|(name, _)| measured.reads().contains(*name)).cloned().collect();
        let Shuffled::Exact(exact) = shuffled(&measured, &data, &scope.dims).unwrap() else { panic!("{text}") };
        let names: Vec<String> = read.iter().map(|(name, _)| (*name).to_string()).collect();
        let values: Vec<Value> = read.iter().map(|(_, value)| value.clone()).collect();
        let rows: Vec<u32> = (0..10).collect();
        let score = Behaviour {
            measured: &measured,
            outputs: &names,
            dataset: &data,
            shuffled: Some(exact.as_ref()),
            slices: None,
            side: None,
        };
        let seen = Seen { outputs: &values, clean: None, rows: &rows, ordinals: &[] };
        let found = ratio(&score.shuffled(&seen).unwrap().unwrap());
        let expected = over_all_pairs(text, &read, &data);
        assert!((found - expected).abs() < 1e-12, "{text}: {found} is not {expected}");
        assert!((ratio(&score.score(&seen).unwrap()) - expected).abs() > 1e-6, "{text}: shuffling matters");
    }
}

#[test]
fn what_cannot_be_exact_is_sampled_and_nothing_to_shuffle_is_told() {
    let data = brackets(&["(())", ")(", "()()()"]);
    let how = |text: &str, data: &ansatz::data::Dataset| {
        let mut sink = Vec::new();
        let measured = check_behaviour(&behaviour(text), &language(), &mut sink).unwrap_or_else(|| panic!("{sink:?}"));
        shuffled(&measured, data, &language().dims).unwrap()
    };
    assert!(matches!(how("b = kl(clean(logits), logits)", &data), Shuffled::Sampled));
    let Shuffled::Nothing(why) = how("b = logits[1] - logits[0]", &data) else { panic!() };
    assert_eq!(why, "it reads nothing but outputs");
    let Shuffled::Nothing(why) = how("b = if tokens[0] == \"[start]\" then logits[1] else logits[0]", &data) else {
        panic!()
    };
    assert_eq!(why, "tokens is the same on every row");
    // More different values than evaluations that are worth it.
    let strings: Vec<String> = (0..70_u32).map(|at| format!("{at:06b}").replace('0', "(").replace('1', ")")).collect();
    let strings: Vec<&str> = strings.iter().map(|string| &string[..6.min(string.len())]).collect();
    let mut many = brackets(&strings);
    many.rows = 20_000_000;
    many.columns.insert("size".to_string(), int_column(Scalar::Int, &[], &[20_000_000], (0..20_000_000).collect()));
    assert!(matches!(how("b = logits[0] * size", &many), Shuffled::Sampled));
}

/// Outputs of the untouched model have their own names.
#[test]
fn clean_outputs_are_told_from_others() {
    let data = brackets(&["()"]);
    let mut sink = Vec::new();
    let measured = check_behaviour(&behaviour("b = clean(logits)[0] - logits[0]"), &with_bracket_features(), &mut sink);
    let (own, clean) = (logits(1, &[2], 7), logits(1, &[2], 8));
    let key = clean_key("logits");
    let outputs = BTreeMap::from([("logits", Output::F32(own.view())), (key.as_str(), Output::F32(clean.view()))]);
    let found = evaluate(&measured.unwrap().value, &Source { dataset: &data, outputs }, &[0]).unwrap();
    assert_eq!(found.reals().unwrap(), [f64::from(clean[[0, 0]]) - f64::from(own[[0, 0]])]);
}
