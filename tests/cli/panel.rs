//! The panel against a plain computation from the numbers of each example.

use super::program::{CLAIMS, Folder};
use ansatz::data::Array;
use serde_json::Value;

fn reals(array: &Array) -> Vec<f64> {
    match array {
        Array::Real(array) => array.iter().copied().collect(),
        Array::F32(array) => array.iter().map(|number| f64::from(*number)).collect(),
        Array::Int(array) => array.iter().map(|number| *number as f64).collect(),
        other => panic!("{other:?}"),
    }
}

fn mean(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

fn cross_entropy(logits: &[f64], label: f64) -> f64 {
    let chosen = if label == 0.0 { logits[0] } else { logits[1] };
    logits.iter().map(|logit| (logit - chosen).exp()).sum::<f64>().ln()
}

/// A number, or an interval with its value.
fn close(told: &Value, expected: f64, of: &str) {
    let told = told
        .get("value")
        .unwrap_or(told)
        .as_f64()
        .unwrap_or_else(|| panic!("{of}: {told} is no number, but {expected}"));
    assert!((told - expected).abs() < 1e-8, "{of}: {told} is not {expected}");
}

/// Of a panel: how examples move, from their values and the baseline.
fn changes_hold(change: &Value, model: &[f64], scrubbed: &[f64], baseline: f64) {
    let gap = mean(model.iter().copied()) - baseline;
    let moved: Vec<f64> = model.iter().zip(scrubbed).map(|(model, scrubbed)| scrubbed - model).collect();
    close(&change["mean"]["value"], mean(moved.iter().map(|change| change.abs())), "the mean change");
    if change["share"].is_null() {
        return;
    }
    let toward: Vec<f64> = moved.iter().map(|change| change / gap).collect();
    let share = |is: &dyn Fn(f64) -> bool| mean(toward.iter().map(|change| f64::from(u8::from(is(*change)))));
    close(&change["share"]["value"], mean(toward.iter().map(|change| change.abs())), "the share");
    close(&change["gained"]["value"], mean(toward.iter().map(|change| change.max(0.0))), "gained");
    close(&change["lost"]["value"], mean(toward.iter().map(|change| (-change).max(0.0))), "lost");
    close(&change["better"]["value"], share(&|change| change > 1e-5), "better");
    close(&change["worse"]["value"], share(&|change| change < -1e-5), "worse");
    close(&change["same"]["value"], share(&|change| change.abs() <= 1e-5), "the same");
}

/// The class of the largest logit, the first of equal ones.
fn best(logits: &[f64]) -> usize {
    (0..logits.len()).fold(0, |best, class| if logits[class] > logits[best] { class } else { best })
}

fn hit(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// Of the model's distribution to another, in nats.
fn divergence(model: &[f64], other: &[f64]) -> f64 {
    let log_total = |logits: &[f64]| logits.iter().map(|logit| logit.exp()).sum::<f64>().ln();
    let (of_model, of_other) = (log_total(model), log_total(other));
    let one = |(p, q): (&f64, &f64)| (p - of_model).exp() * ((p - of_model) - (q - of_other));
    model.iter().zip(other).map(one).sum()
}

/// A metric, from what it is of the model, of the scrubbed outputs and by chance.
fn metric_holds(told: &Value, (model, scrubbed, chance): (f64, f64, f64), of: &str) {
    close(&told["model"], model, of);
    close(&told["scrubbed"]["value"], scrubbed, of);
    close(&told["baseline"], chance, of);
    if !told["recovered"].is_null() {
        close(&told["recovered"]["value"], (scrubbed - chance) / (model - chance), of);
    }
}

/// What a classifier says, where every row is a reference.
fn classes_hold(classes: &Value, clean: &[f64], scrubbed: &[f64], labels: &[f64]) {
    let [clean, scrubbed] = [clean, scrubbed].map(|logits| logits.chunks(2).collect::<Vec<_>>());
    let [said, now] = [&clean, &scrubbed].map(|logits| logits.iter().map(|logits| best(logits)).collect::<Vec<_>>());
    let right = |said: &[usize]| mean(said.iter().zip(labels).map(|(said, label)| hit(*said as f64 == *label)));
    let by_chance =
        |wanted: &[usize]| mean(said.iter().flat_map(|said| wanted.iter().map(move |wanted| hit(said == wanted))));
    let wanted: Vec<usize> = labels.iter().map(|label| *label as usize).collect();
    metric_holds(&classes["accuracy"], (right(&said), right(&now), by_chance(&wanted)), "accuracy");
    let same = mean(said.iter().zip(&now).map(|(one, other)| hit(one == other)));
    metric_holds(&classes["agreement"], (1.0, same, by_chance(&said)), "agreement");
    let far = mean(clean.iter().zip(&scrubbed).map(|(clean, scrubbed)| divergence(clean, scrubbed)));
    close(&classes["kl"]["value"], far, "kl");
    // Only the difference of two logits matters: half of it is how far each is from their mean.
    let half = |logits: &[&[f64]]| logits.iter().map(|logits| (logits[1] - logits[0]) / 2.0).collect::<Vec<f64>>();
    let (model, other) = (half(&clean), half(&scrubbed));
    let middle = mean(model.iter().copied());
    let apart = mean(model.iter().zip(&other).map(|(one, other)| (one - other).powi(2)));
    let spread = mean(model.iter().map(|one| (one - middle).powi(2)));
    close(&classes["logit_r2"]["value"], 1.0 - apart / spread, "logit R2");
}

/// Some features more: one with a class of few rows, one with many values.
const FEATURES: &str = "
feature many  : int  = 16 * count(tokens[pos: 4..8] == \"(\") + count(tokens == \"(\")
feature rare  : bool = count(tokens == \"(\") == 0
";

#[test]
fn examples_and_slices_are_what_a_plain_computation_gives() {
    let folder = Folder::with(&format!("{FEATURES}{CLAIMS}"));
    let report = folder.run("run a.ansatz --seed 3 --per-example p.npz --format json").ended(0).json();
    super::formats::report_holds(&report);
    let (each, data) = (folder.arrays("p.npz"), folder.arrays("micro.npz"));
    let (labels, tokens) = (reals(&data["label"]), reals(&data["tokens"]));
    let opens = |row: usize| tokens[8 * row..8 * row + 8].iter().filter(|token| **token == 3.0).count();
    let closes = |row: usize| tokens[8 * row..8 * row + 8].iter().filter(|token| **token == 4.0).count();
    for found in report["hypotheses"].as_array().unwrap() {
        let name = found["name"].as_str().unwrap();
        let rows: Vec<usize> = reals(&each[&format!("{name}/row")]).iter().map(|row| *row as usize).collect();
        assert_eq!(rows.len(), labels.len(), "every row is a reference");
        let [model, scrubbed] = ["clean", "scrubbed"].map(|which| reals(&each[&format!("{name}/loss/{which}")]));
        let outputs = reals(&each[&format!("{name}/outputs/logits/clean")]);
        // Outputs of every row with the labels of some.
        let zero = |is_of: &dyn Fn(usize) -> bool| {
            let own: Vec<f64> = (0..labels.len()).filter(|row| is_of(*row)).map(|row| labels[row]).collect();
            mean(outputs.chunks(2).flat_map(|logits| own.iter().map(|label| cross_entropy(logits, *label))))
        };
        let panel = &found["panel"];
        let now = reals(&each[&format!("{name}/outputs/logits/scrubbed")]);
        let wanted: Vec<f64> = rows.iter().map(|row| labels[*row]).collect();
        classes_hold(&panel["classes"], &outputs, &now, &wanted);
        changes_hold(&panel["change"], &model, &scrubbed, zero(&|_| true));
        let slices = panel["slices"].as_array().unwrap();
        for slice in slices {
            let value = slice["value"].as_str().unwrap();
            let is_of = |row: usize| match slice["by"].as_str().unwrap() {
                "label" => labels[row].to_string() == value,
                "equal_count" => (opens(row) == closes(row)).to_string() == value,
                "rare" => (opens(row) == 0).to_string() == value,
                "many" => {
                    let late = tokens[8 * row + 4..8 * row + 8].iter().filter(|token| **token == 3.0).count();
                    let mut ends = value.split(" to ").map(|end| end.parse::<usize>().unwrap());
                    let first = ends.next().unwrap();
                    (first..=ends.next().unwrap_or(first)).contains(&(16 * late + opens(row)))
                }
                other => panic!("{other}"),
            };
            let own: Vec<usize> = (0..rows.len()).filter(|at| is_of(rows[*at])).collect();
            assert_eq!((slice["n"].as_u64(), slice["rows"].as_u64()), (Some(own.len() as u64), Some(own.len() as u64)));
            if own.len() < 30 {
                assert!(slice["model"].is_null() && slice["recovered"].is_null(), "{slice}");
                continue;
            }
            let [model, scrubbed] = [&model, &scrubbed].map(|values| mean(own.iter().map(|at| values[*at])));
            let baseline = zero(&is_of);
            close(&slice["model"], model, value);
            close(&slice["scrubbed"], scrubbed, value);
            close(&slice["baseline"], baseline, value);
            let said = |logits: &[f64], at: usize| best(&logits[2 * at..2 * at + 2]) as f64;
            let right = |logits: &[f64]| mean(own.iter().map(|at| hit(said(logits, *at) == wanted[*at])));
            let pairs = (0..rows.len()).flat_map(|one| own.iter().map(move |other| (one, *other)));
            let chance = mean(pairs.map(|(one, other)| hit(said(&outputs, one) == wanted[other])));
            metric_holds(&slice["accuracy"], (right(&outputs), right(&now), chance), value);
            if !slice["recovered"].is_null() {
                close(&slice["recovered"]["value"], (scrubbed - baseline) / (model - baseline), value);
            }
        }
        // Each row is of one slice of each kind.
        for by in ["label", "equal_count", "rare", "many"] {
            let own = slices.iter().filter(|slice| slice["by"] == by);
            assert_eq!(own.map(|slice| slice["n"].as_u64().unwrap()).sum::<u64>(), labels.len() as u64, "{by}");
        }
        let ranges = slices.iter().filter(|slice| slice["by"] == "many").count();
        assert!((2..=5).contains(&ranges), "{ranges}");
    }
}

/// Where the baseline is sampled, that of a slice has the references that were paired with its labels.
#[test]
fn the_sampled_baseline_of_a_slice_is_that_of_its_labels() {
    let claims = CLAIMS.replace("explains loss", "explains far").replace("-> loss", "-> far");
    let far = "behaviour far = kl(clean(logits), logits)\n";
    let folder = Folder::with(&format!("{far}{claims}"));
    let run = "run a.ansatz --n 300 --draws d.npz --per-example p.npz --format json";
    let report = folder.run(run).ended(0).json();
    let (each, draws, data) = (folder.arrays("p.npz"), folder.arrays("d.npz"), folder.arrays("micro.npz"));
    let tokens = reals(&data["tokens"]);
    let equal = |row: f64| {
        let own = &tokens[8 * row as usize..8 * row as usize + 8];
        [3.0, 4.0].map(|token| own.iter().filter(|own| **own == token).count()).windows(2).all(|two| two[0] == two[1])
    };
    let rows = reals(&each["nothing/row"]);
    let paired = draws.iter().find(|(name, _)| name.starts_with("nothing/baseline")).expect("a sampled baseline");
    let paired = reals(paired.1);
    let outputs = reals(&each["nothing/outputs/logits/clean"]);
    let of_row = |row: f64| rows.iter().position(|own| *own == row).map(|at| &outputs[2 * at..2 * at + 2]);
    let probabilities = |logits: &[f64]| [0.0, 1.0].map(|label| (-cross_entropy(logits, label)).exp());
    let slices = report["hypotheses"][0]["panel"]["slices"].as_array().unwrap();
    for slice in slices.iter().filter(|slice| slice["by"] == "equal_count") {
        let is_of = |row: f64| equal(row).to_string() == slice["value"].as_str().unwrap();
        let mut told = Vec::new();
        for (at, other) in paired.iter().enumerate().filter(|(_, other)| is_of(**other)) {
            // Only where the other row is a reference too, its outputs are known here.
            let clean = of_row(*other).map(probabilities).expect("every row is a reference");
            let own = probabilities(&outputs[2 * at..2 * at + 2]);
            told.push(clean.iter().zip(own).map(|(p, q)| p * (p / q).ln()).sum::<f64>());
        }
        close(&slice["baseline"], mean(told), "the baseline");
    }
}

#[test]
fn the_text_has_the_panel_on_request() {
    let folder = Folder::with(CLAIMS);
    let (without, with) = (folder.run("run a.ansatz --n 200"), folder.run("run a.ansatz --n 200 --panel"));
    assert!(!without.stdout.contains("mean |scrubbed - model|"));
    assert_eq!(with.stdout.matches("mean |scrubbed - model|").count(), 2, "{}", with.stdout);
    assert!(with.stdout.contains("equal_count = true"), "{}", with.stdout);
    for line in with.stdout.lines() {
        assert!(line.chars().count() <= 100 && line.trim_end() == line, "{line}");
    }
}

/// Of a loss by position, only positions that count are compared.
#[test]
fn classes_by_position_are_those_of_positions_that_count() {
    const N: usize = 12;
    const VOCAB: usize = 1024;
    let folder = Folder::with("");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/induction");
    let run = format!("run {examples}/induction.ansatz --n {N} --panel --per-example p.npz --format json");
    let report = folder.run(&run).json();
    super::formats::report_holds(&report);
    #[expect(clippy::disallowed_methods, reason = "tests read files themselves")]
    let read = |name: &str| {
        let bytes = std::fs::read(format!("{examples}/{name}")).expect("the file is there");
        ansatz::data::read_npz(&bytes, name).unwrap_or_else(|finding| panic!("{name}: {finding:?}"))
    };
    let (tokens, good) = (reals(&read("tokens.npz")["tokens"]), read("good.npz"));
    let ansatz::data::Array::Bool(good) = &good["good"] else { panic!("bools") };
    let good: Vec<bool> = good.iter().copied().collect();
    let each = folder.arrays("p.npz");
    let mut compared = 0;
    for found in report["hypotheses"].as_array().unwrap() {
        let name = found["name"].as_str().unwrap();
        let rows: Vec<usize> = reals(&each[&format!("{name}/row")]).iter().map(|row| *row as usize).collect();
        let [clean, scrubbed] =
            ["clean", "scrubbed"].map(|which| reals(&each[&format!("{name}/outputs/logits/{which}")]));
        let positions = clean.len() / VOCAB / N;
        let mut seen = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
        for (at, row) in rows.iter().enumerate() {
            for position in 0..positions - 1 {
                let token = |position: usize| tokens[row * positions + position] as usize;
                if !good[token(position)] {
                    continue;
                }
                let from = (at * positions + position) * VOCAB;
                let (model, other) = (&clean[from..from + VOCAB], &scrubbed[from..from + VOCAB]);
                seen[0].push(hit(best(model) == token(position + 1)));
                seen[1].push(hit(best(other) == token(position + 1)));
                seen[2].push(hit(best(model) == best(other)));
                seen[3].push(divergence(model, other));
            }
        }
        let [model, now, same, far] = seen.map(mean);
        let classes = &found["panel"]["classes"];
        close(&classes["accuracy"]["model"], model, "accuracy of the model");
        close(&classes["accuracy"]["scrubbed"]["value"], now, "accuracy");
        close(&classes["agreement"]["scrubbed"]["value"], same, "agreement");
        close(&classes["kl"]["value"], far, "kl");
        compared += 1;
    }
    assert!(compared >= 3, "{compared}");
}
