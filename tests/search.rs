//! Searches: what they try, what they find where the truth is known, and that they go on where they
//! were stopped.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test writes its own files")]

#[path = "support/program.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod program;

#[path = "search/strategies.rs"]
mod strategies;
#[path = "search/texts.rs"]
mod texts;
#[path = "search/trained.rs"]
mod trained;
#[path = "search/truth.rs"]
mod truth;

use program::{Folder, HEAD};
use serde_json::Value;

const SEARCH: &str = "
search parts explains loss {
    over heads, embed
    computes opens, equal_count
    references 60
    train 0.5
    price 0.001 per bit
}
";

/// About a behaviour that the untouched model is perfect at.
fn searching(search: &str) -> Folder {
    let folder = Folder::with("");
    let head = HEAD.replace("cross_entropy(logits, label)", "kl(clean(logits), logits)");
    folder.write("a.ansatz", format!("{head}{search}"));
    folder
}

fn schema_holds(found: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../docs/search.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(found).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn what_is_found_is_written_as_files_that_run_and_say_the_same() {
    let folder = searching(SEARCH);
    let found = folder.run("search a.ansatz -o found --format json").ended(0).json();
    schema_holds(&found);
    let search = &found["searches"][0];
    assert_eq!(search["rows"]["searched"].as_u64().unwrap() + search["rows"]["held_out"].as_u64().unwrap(), 200);
    let winners = search["winners"].as_array().unwrap();
    assert!(!winners.is_empty() && winners.iter().filter(|winner| winner["best"] == true).count() == 1, "{search}");
    for winner in winners {
        let name = winner["name"].as_str().unwrap();
        let file = String::from_utf8(folder.read(&format!("found/{name}.ansatz"))).unwrap();
        assert!(file.contains("use \"../a.ansatz\"") && file.contains(winner["text"].as_str().unwrap()), "{file}");
        let ran = folder.run(&format!("run found/{name}.ansatz --n 50 --format json")).ended(0).json();
        assert_eq!(ran["hypotheses"].as_array().unwrap().len(), 1, "only what was found is run");
        assert_eq!(ran["hypotheses"][0]["name"], winner["name"]);
    }
}

#[test]
fn every_line_of_the_documentation_is_taken() {
    let all = "
search all explains loss of micro on strings {
    over heads(1, 0), heads(0, 1)[pos: 1], embed
    computes opens, equal_count, exact, any
    maximise recovered(loss, baseline = unclaimed)
    price 0.01 per place
    reward 0.02
    depth 2
    allow add, remove, coarsen, refine, open
    start full
    strategy beam(2)
    train 0.6
    references 20 * 2
    budget 60
}
";
    for (from, to) in [("beam(2)", "beam(2)"), ("beam(2)", "prune"), ("beam(2)", "greedy"), ("full", "empty")] {
        let text = all.replace(from, to);
        let found = searching(&text).run("search a.ansatz --format json").ended(0).json();
        schema_holds(&found);
        assert_eq!(found["searches"][0]["references"], 40, "{found}");
        assert!(found["searches"][0]["evaluations"].as_u64().unwrap() <= 60, "{found}");
    }
    let accuracy = all.replace("recovered(loss, baseline = unclaimed)", "accuracy(loss)");
    let ran = Folder::with(&accuracy).run("search a.ansatz");
    assert!(ran.stderr.is_empty() || ran.stderr.contains("A4606") || ran.code == Some(0), "{ran:?}");
}

#[test]
fn threads_and_memory_change_nothing() {
    let folder = searching(SEARCH);
    let first = folder.run("search a.ansatz --threads 1").ended(0).stdout;
    assert_eq!(first, folder.run("search a.ansatz --threads 3 --memory 8M").ended(0).stdout);
    assert_ne!(first, folder.run("search a.ansatz --seed 1").ended(0).stdout, "another seed splits otherwise");
    assert!(first.lines().all(|line| line.chars().count() <= 100), "{first}");
}

#[test]
fn a_search_goes_on_where_it_was_stopped() {
    let folder = searching(SEARCH);
    let whole = folder.run("search a.ansatz -o found --format json").ended(0).stdout;
    let progress: Value = serde_json::from_slice(&folder.read("found/parts.progress.json")).unwrap();
    // As if it had been stopped in the middle: half of the runs are kept, one of them with another value,
    // so that it can be seen that they are not run again.
    let mut half = progress.clone();
    let runs = half["runs"].as_array_mut().unwrap();
    let kept = runs.len() / 2;
    assert!(kept > 3, "{progress}");
    runs.truncate(kept);
    folder.write("found/parts.progress.json", serde_json::to_vec(&half).unwrap());
    assert_eq!(folder.run("search a.ansatz -o found --format json").ended(0).stdout, whole);
    for run in half["runs"].as_array_mut().unwrap() {
        run["found"] = serde_json::json!([0.125, 0.1, 0.15, 0.01, 1.0]);
    }
    folder.write("found/parts.progress.json", serde_json::to_vec(&half).unwrap());
    assert_ne!(folder.run("search a.ansatz -o found --format json").ended(0).stdout, whole, "what is kept is used");
    // Of another search, or none at all.
    for other in [serde_json::to_vec(&half).unwrap(), b"{\"schema\": 1".to_vec()] {
        folder.write("found/parts.progress.json", other);
        let again = folder.run("search a.ansatz -o found --seed 7 --format json").ended(0).stdout;
        assert_eq!(again, folder.run("search a.ansatz --seed 7 --format json").ended(0).stdout);
    }
}

#[test]
fn rows_that_are_the_same_to_the_model_are_on_one_side() {
    let rows: Vec<u32> = (0..300).map(|row| row / 3 * 3).collect();
    let split = ansatz::search::split(&rows, 0.7, 5);
    let mut all: Vec<u32> = split.train.iter().chain(&split.held_out).copied().collect();
    all.sort_unstable();
    assert_eq!(all, (0..300).collect::<Vec<u32>>());
    assert_eq!(split.train.len(), 210);
    for group in (0..300).step_by(3) {
        let inside = (group..group + 3).filter(|row| split.train.contains(row)).count();
        assert!(inside == 0 || inside == 3, "{group}");
    }
}

#[test]
fn mistakes_are_told_before_anything_is_run() {
    let folder = Folder::with(
        "search parts explains loss {\n    over mlps\n    computes opens_firts\n    budget 0\n    beam 4\n}\n",
    );
    let ran = folder.run("check a.ansatz").ended(2);
    for (code, told) in [("A1001", "mlps"), ("A1001", "opens_firts"), ("A4602", "from 1 on"), ("A4601", "beam")] {
        assert!(ran.stderr.contains(code) && ran.stderr.contains(told), "{code} {told}: {ran:?}");
    }
    let none = Folder::with("");
    assert!(none.run("search a.ansatz").ended(2).stderr.contains("A4607"));
    let other = searching(SEARCH);
    let ran = other.run("search a.ansatz --only part").ended(2);
    assert!(ran.stderr.contains("A4607") && ran.stderr.contains("`parts` might be meant"), "{ran:?}");
    // A behaviour that cannot be told from its baseline.
    let random = Folder::with(SEARCH);
    let ran = random.run("search a.ansatz").ended(2);
    assert!(ran.stderr.contains("A4606") && ran.stderr.contains("is undefined"), "{ran:?}");
    let few = searching(&SEARCH.replace("train 0.5", "train 0.95"));
    assert!(few.run("search a.ansatz").ended(2).stderr.contains("A4605"));
}

#[test]
fn a_search_on_all_rows_is_measured_on_other_data() {
    let longer = "
data longer for micro = generate(60) {
    tokens = \"[start]\"  any { \"(\" \")\" } * 7
    label  : category = if sum(int(tokens == \"(\")) == 3 then 1 else 0
}
";
    let other = SEARCH.replace("explains loss", "explains loss on strings").replace("train 0.5", "test longer");
    let folder = searching(&format!("{longer}{other}"));
    let found = folder.run("search a.ansatz -o found --format json").ended(0).json();
    schema_holds(&found);
    let search = &found["searches"][0];
    assert_eq!((&search["rows"]["searched"], &search["rows"]["held_out"]), (&200.into(), &60.into()));
    assert_eq!(search["test"], "longer");
    let winner = search["winners"].as_array().unwrap().last().unwrap();
    // What is said of the rows held out is what a run on them gives.
    let of_it = winner["text"].as_str().unwrap().replace(" on strings", " on longer");
    folder.write("b.ansatz", format!("use \"a.ansatz\"\n{of_it}"));
    let ran = folder.run("run b.ansatz --n 60 --format json").ended(0).json();
    assert_eq!(ran["hypotheses"][0]["recovered"]["value"], winner["held_out"]["value"]);
    let text = folder.run("search a.ansatz").ended(0);
    assert!(text.stdout.contains("measured on 60 rows of longer"), "{}", text.stdout);
}

#[test]
fn what_is_kept_is_of_these_files_only() {
    let folder = searching(SEARCH);
    folder.write(
        "b.ansatz",
        "use \"a.ansatz\"\nsearch more explains loss on strings {\n over heads\n computes later\n references 20\n budget 5\n}\n",
    );
    let feature = |which: &str| format!("feature later : bool = tokens[2] == \"{which}\"\n");
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    let of = |which: &str, output: &str| {
        folder.write("a.ansatz", format!("{text}{}", feature(which)));
        folder.run(&format!("search b.ansatz --format json{output}")).ended(0).json()["searches"].clone()
    };
    let kept = of("(", " -o found");
    let other = of("[end]", "");
    assert_ne!(kept, other);
    assert_eq!(of("[end]", " -o found"), other);
}
