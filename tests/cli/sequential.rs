//! Runs that stop by themselves: where they stop, that nothing else changes, and that they say why.

use super::program::{Folder, HEAD};
use ansatz::data::Array;
use serde_json::Value;
use std::fmt::Write;

/// More rows than two looks take.
const ROWS: usize = 2_600;

/// One is decided early, one is not far from its bound, one is a baseline with an expectation of its
/// own, and of one nothing is expected.
const HYPOTHESES: &str = r"
hypothesis sure explains loss {
    unclaimed exact
    node late = heads(1, 0)  computes opens_first

    late -> loss
}

hypothesis close explains loss {
    node late = heads(1, 0)  computes equal_count
    node next = heads(1, 1)  computes opens_first

    late -> loss
    next -> loss
}

hypothesis zero explains loss {
    node late = heads(1, 1)  computes opens_first

    late -> loss
}

hypothesis idle explains loss {
    node late = heads(1, 1)  computes equal_count

    late -> loss
}
";

/// With strings enough, of a generator of its own.
fn folder(expectations: &str) -> Folder {
    let folder = Folder::with("");
    let mut state = 1_u64;
    let mut below = |size: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % size
    };
    let mut lines = String::new();
    for _ in 0..ROWS {
        // By place in the vocabulary.
        let brackets: Vec<String> = (0..6).map(|_| (3 + below(2)).to_string()).collect();
        let label = below(2);
        let _ = writeln!(lines, "{{\"tokens\": [0, {}, 2], \"label\": {label}}}", brackets.join(", "));
    }
    folder.write("many.jsonl", lines);
    // A behaviour that the untouched model is perfect at.
    let head = HEAD
        .replace("npz(\"micro.npz\")", "jsonl(\"many.jsonl\")")
        .replace("cross_entropy(logits, label)", "kl(clean(logits), logits)");
    let first = "feature opens_first : bool = tokens[1] == \"(\"\n";
    folder.write("a.ansatz", format!("{head}{first}{HYPOTHESES}{expectations}"));
    folder
}

fn of<'j>(json: &'j Value, name: &str) -> &'j Value {
    let all = json["hypotheses"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name} is not in {json}"))
}

fn stop(json: &Value, name: &str) -> (u64, String) {
    let one = of(json, name);
    (one["n"].as_u64().unwrap(), one["stopped"].as_str().unwrap().to_owned())
}

const DECIDABLE: &str = "
expect sure {
    recovered(loss) > 0.5
}
expect close {
    recovered(loss, baseline = zero) > -1000
    clean(loss) < 100
}
";

#[test]
fn a_run_stops_where_it_is_decided_with_the_numbers_of_that_many_references() {
    let folder = folder(DECIDABLE);
    let found = folder.run("run a.ansatz --format json --draws few.npz").ended(0).json();
    super::formats::report_holds(&found);
    assert_eq!(stop(&found, "sure"), (1_000, "decided".to_owned()));
    // Of this one nothing is expected: it is run to the end, on all rows.
    assert_eq!(stop(&found, "idle"), (ROWS as u64, "all rows".to_owned()));
    assert_eq!((&of(&found, "sure")["anytime"], &of(&found, "idle")["anytime"]), (&true.into(), &false.into()));
    let asked = folder.run("run a.ansatz --n 1000 --format json --draws asked.npz").ended(0).json();
    assert_eq!(stop(&asked, "sure"), (1_000, "as asked".to_owned()));
    for mean in ["model", "scrubbed"] {
        let value = |json: &Value| of(json, "sure")[mean]["value"].clone();
        assert_eq!(value(&found), value(&asked), "to the last bit");
    }
    let value = |json: &Value, at: &str| of(json, "sure")["recovered"][at].as_f64().unwrap();
    assert_eq!(value(&found, "value").to_bits(), value(&asked, "value").to_bits());
    // The price of peeking.
    let widths = [&found, &asked].map(|json| value(json, "high") - value(json, "low"));
    assert!((1.4..1.8).contains(&(widths[0] / widths[1])), "{widths:?}");
    // The draws that were made are those of the references that were run.
    let (few, asked) = (folder.arrays("few.npz"), folder.arrays("asked.npz"));
    assert_eq!(few.keys().collect::<Vec<_>>(), asked.keys().collect::<Vec<_>>());
    for (name, own) in few.iter().filter(|(name, _)| name.starts_with("sure/")) {
        match (own, &asked[name]) {
            (Array::Int(own), Array::Int(asked)) => assert_eq!(own, asked, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// A baseline goes as far as what is measured from it, and no further where nothing is expected of it.
#[test]
fn baselines_have_the_references_of_their_users() {
    let folder = folder("expect close {\n    recovered(loss, baseline = zero) > -1000\n    precision 1000\n}\n");
    let found = folder.run("run a.ansatz --format json").ended(0).json();
    let reached = (1_000, "precision reached".to_owned());
    assert_eq!((stop(&found, "close"), stop(&found, "zero")), (reached.clone(), reached));
    let folder = self::folder(
        "expect close {\n    recovered(loss, baseline = zero) > -1000\n    precision 0.0000001\n}\n\
         expect zero {\n    scrubbed(loss) < 100\n}\n",
    );
    let found = folder.run("run a.ansatz --format json --budget 2500").ended(0).json();
    assert_eq!(stop(&found, "close"), (2_500, "budget spent".to_owned()));
    // It was decided at once, and is still.
    assert_eq!(stop(&found, "zero"), (2_500, "decided".to_owned()));
}

#[test]
fn neither_threads_nor_memory_change_where_a_run_stops() {
    let folder = folder(DECIDABLE);
    let with = |more: &str| {
        let files = "--draws d.npz --per-example p.npz";
        let ran = folder.run(&format!("run a.ansatz --blame --format json {files} {more}")).ended(0);
        (ran.stdout, folder.read("d.npz"), folder.read("p.npz"))
    };
    let first = with("");
    for more in ["--threads 1", "--threads 3 --memory 8M", "--threads 1 --memory 2M"] {
        assert!(with(more) == first, "`{more}` changes something");
    }
}

/// A replay runs the references of its file: the same means, and intervals of one look.
#[test]
fn what_was_run_is_replayed() {
    let folder = folder(DECIDABLE);
    let found = folder.run("run a.ansatz --format json --draws d.npz --per-example p.npz").ended(0).json();
    let each = folder.read("p.npz");
    let again = folder.run("run a.ansatz --format json --replay d.npz --per-example p.npz").ended(0).json();
    assert_eq!(folder.read("p.npz"), each);
    for name in ["sure", "close", "zero", "idle"] {
        assert_eq!(stop(&again, name), (stop(&found, name).0, "as asked".to_owned()));
        assert_eq!(of(&again, name)["scrubbed"]["value"], of(&found, name)["scrubbed"]["value"]);
    }
    assert_eq!(found["provenance"]["draws"], again["provenance"]["draws"]);
}

#[test]
fn a_precision_that_is_not_reached_spends_the_budget() {
    let folder = folder("expect sure {\n    precision 0.0000001\n}\n");
    let found = folder.run("run a.ansatz --format json").ended(0).json();
    assert_eq!(stop(&found, "sure"), (ROWS as u64, "all rows".to_owned()));
    assert_eq!(of(&found, "sure")["verdict"], "none");
    let found = folder.run("run a.ansatz --format json --budget 1500").ended(0).json();
    assert_eq!(stop(&found, "sure"), (1_500, "budget spent".to_owned()));
    // One look is no peeking.
    let found = folder.run("run a.ansatz --format json --budget 1000").ended(0).json();
    assert_eq!(stop(&found, "sure"), (1_000, "budget spent".to_owned()));
    assert_eq!(of(&found, "sure")["anytime"], false);
    folder.run("run a.ansatz --budget 1000 --n 1000").ended(2);
}

#[test]
fn the_text_says_what_stopped_where() {
    let folder = folder(DECIDABLE);
    let text = folder.run("run a.ansatz").ended(0).stdout;
    assert!(text.contains("n = 1000 to 2600 references"), "{text}");
    assert!(text.contains("\nn = 1000, decided: sure, close, zero\n"), "{text}");
    assert!(text.contains("\nn = 2600, all rows: idle\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let text = folder.run("run a.ansatz --n 40").ended(0).stdout;
    assert!(text.contains("n = 40 references (as asked)"), "{text}");
}

/// What a pilot foresees is what a run then takes.
#[test]
fn a_pilot_foresees_the_references_of_a_precision() {
    let folder = folder("expect sure {\n    scrubbed(loss) < 100\n    precision 0.02\n}\n");
    let plan = folder.run("plan a.ansatz --pilot --precision 0.3 --format json").ended(0).json();
    let all = plan["pilot"].as_array().unwrap();
    assert_eq!(all.len(), 4);
    let sure = all.iter().find(|one| one["name"] == "sure").unwrap();
    assert_eq!((sure["references"].as_u64(), sure["rows"].as_u64()), (Some(500), Some(ROWS as u64)));
    // Its own precision, and that of the command line for those without one.
    let idle = all.iter().find(|one| one["name"] == "idle").unwrap();
    assert_eq!((&sure["precision"]["half_width"], &idle["precision"]["half_width"]), (&0.02.into(), &0.3.into()));
    let decides = &sure["expectations"][0];
    assert_eq!((&decides["metric"], &decides["needed"]["look"]), (&"scrubbed".into(), &1_000.into()));
    // The half-width of the foreseen number is what was asked for.
    let needed = sure["precision"]["needed"]["n"].as_u64().unwrap();
    let run = folder.run(&format!("run a.ansatz --n {needed} --format json")).ended(0).json();
    let found = &of(&run, "sure")["recovered"];
    let half = (found["high"].as_f64().unwrap() - found["low"].as_f64().unwrap()) / 2.0;
    assert!(needed > 500 && (half / 0.02 - 1.0).abs() < 0.25, "{half} at {needed}");
    let text = folder.run("plan a.ansatz --pilot 300").ended(0).stdout;
    assert!(text.contains("pilot of 300 references"), "{text}");
    assert!(text.contains("scrubbed < 100: ") && text.contains("precision 0.02: "), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    folder.run("plan a.ansatz --precision 0.1").ended(2);
    folder.run("plan a.ansatz --pilot --precision 0").ended(2);
}

/// A claim that goes wrong on three rows of 3,000: the first look seldom sees one of them.
#[test]
fn errors_that_are_rare_are_not_taken_for_none() {
    let folder = Folder::with("");
    let mut lines = String::new();
    for row in 0..3_000 {
        let any_y = row % 2 == 0;
        // First is x where any is y, but for three rows.
        let first = if any_y == (row >= 3) { 1 } else { 3 };
        let middle: Vec<&str> = (1..8).map(|bit| if row >> bit & 1 == 0 { "1" } else { "3" }).collect();
        let tokens = format!("0, {first}, {}, {}", middle.join(", "), if any_y { 2 } else { 3 });
        let _ = writeln!(lines, "{{\"tokens\": [{tokens}], \"label\": {}}}", u8::from(any_y));
    }
    folder.write("rare.jsonl", lines);
    let truth = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/truth");
    let read = |name: &str| ansatz::files::read(&truth.join(name), ansatz::files::SOURCE_LIMIT).unwrap();
    folder.write("redundant.onnx", read("redundant.onnx"));
    let text = String::from_utf8(read("redundant.ansatz")).unwrap();
    let head = text.split("// ----").next().unwrap().replace("npz(\"redundant.npz\")", "jsonl(\"rare.jsonl\")");
    let nearly = "hypothesis nearly explains loss {\n    node gate = mlp(0)  computes first_x\n\n    gate -> loss\n}\n";
    let expected = "expect nearly {\n    recovered(loss) >= 0.9999\n}\n";
    folder.write("a.ansatz", format!("{head}{nearly}{expected}"));
    for seed in 0..6 {
        let ran = folder.run(&format!("run a.ansatz --seed {seed} --format json"));
        let told = ran.stderr.clone();
        let found = ran.json();
        super::formats::report_holds(&found);
        let own = of(&found, "nearly");
        assert_ne!(own["verdict"], "confirmed", "{own}");
        if let Some(few) = own["few_differ"].as_u64() {
            assert!(few < 20 && told.contains("A7008") && own["stopped"] == "all rows", "{told}\n{own}");
        }
    }
}
