//! What searches report is what `ansatz run` says of their texts, and what they are told to do is done.

use super::program::{Folder, HEAD};
use super::{schema_holds, searching};
use ansatz::data::Array;
use ndarray::Axis;
use serde_json::Value;
use std::collections::BTreeMap;

/// The rows that were searched on, by the rule of the documentation.
fn searched_rows(folder: &Folder, share: f64) -> Vec<usize> {
    let tokens = match &folder.arrays("micro.npz")["tokens"] {
        Array::Int(tokens) => tokens.clone(),
        other => panic!("{other:?}"),
    };
    let mut first: BTreeMap<Vec<i64>, u32> = BTreeMap::new();
    let rows: Vec<Vec<i64>> = tokens.axis_iter(Axis(0)).map(|row| row.iter().copied().collect()).collect();
    let groups: Vec<u32> =
        rows.iter().enumerate().map(|(at, row)| *first.entry(row.clone()).or_insert(at as u32)).collect();
    ansatz::search::split(&groups, share, 0).train.iter().map(|row| *row as usize).collect()
}

fn selected(array: &Array, rows: &[usize]) -> Array {
    match array {
        Array::Bool(own) => Array::Bool(own.select(Axis(0), rows)),
        Array::Int(own) => Array::Int(own.select(Axis(0), rows)),
        Array::F32(own) => Array::F32(own.select(Axis(0), rows)),
        Array::Real(own) => Array::Real(own.select(Axis(0), rows)),
    }
}

/// Every winner of a search gives, as a file of its own on the rows that were searched, what was reported.
fn runs_as_reported(search: &str, references: usize) -> Value {
    let folder = searching(search);
    let found = folder.run("search a.ansatz -o found --format json").ended(0).json();
    schema_holds(&found);
    let rows = searched_rows(&folder, 0.5);
    let arrays = folder.arrays("micro.npz");
    let few = arrays.iter().map(|(name, array)| (name.clone(), selected(array, &rows))).collect();
    folder.write_arrays("micro.npz", few);
    let one = &found["searches"][0];
    let measure = if one["metric"] == "mean" { "scrubbed" } else { "recovered" };
    for winner in one["winners"].as_array().unwrap() {
        let name = winner["name"].as_str().unwrap();
        let ran = folder.run(&format!("run found/{name}.ansatz --n {references} --format json")).ended(0).json();
        let (own, told) = (&ran["hypotheses"][0][measure]["value"], &winner["searched"]);
        let apart = (own.as_f64().unwrap() - told.as_f64().unwrap()).abs();
        assert!(apart < 1e-9, "{name}: {told} was reported, {own} is what its text gives\n{winner}");
    }
    found
}

fn best(found: &Value) -> &Value {
    found["searches"][0]["winners"].as_array().unwrap().iter().find(|winner| winner["best"] == true).unwrap()
}

#[test]
fn circuits_run_as_reported() {
    let search = "
search edges explains loss {
    over tokens, embed, heads
    minimise mean(loss)
    strategy acdc(0.002)
    references 60
    train 0.5
}
";
    let found = runs_as_reported(search, 60);
    let edges = found["searches"][0]["edges"].as_array().unwrap();
    let kept: Vec<&Value> = edges.iter().filter(|edge| edge["kept"] == true).collect();
    assert!(!kept.is_empty() && kept.len() < edges.len(), "{found}");
    assert_eq!(kept.len() as u64, best(&found)["arrows"].as_u64().unwrap());
    // All removals together cost less than the threshold each.
    let full = found["searches"][0]["full"]["searched"].as_f64().unwrap();
    let removed = (edges.len() - kept.len()) as f64;
    assert!(best(&found)["searched"].as_f64().unwrap() - full < 0.002 * removed, "{found}");
    // Its places are all that the behaviour is computed from: the graph of all edges is the model itself.
    assert!(full.abs() < 1e-6, "{found}");
    for edge in &kept {
        assert!(edge["effect"].as_f64().unwrap() >= 0.002, "{edge}");
    }
}

#[test]
fn a_threshold_decides_how_much_is_left() {
    let search = |threshold: &str| {
        let text = format!(
            "\nsearch edges explains loss {{\n    strategy acdc({threshold})\n    references 60\n    train 0.5\n    \
             minimise mean(loss)\n}}\n"
        );
        let found = searching(&text).run("search a.ansatz --format json").ended(0).json();
        best(&found)["arrows"].as_u64().unwrap()
    };
    assert_eq!(search("1000"), 0);
    assert!(search("0.0001") > search("0.01"));
}

#[test]
fn circuits_are_the_same_whatever_the_threads() {
    let folder = searching("\nsearch edges explains loss {\n    strategy acdc\n    references 60\n}\n");
    let first = folder.run("search a.ansatz --threads 1").ended(0).stdout;
    assert_eq!(first, folder.run("search a.ansatz --threads 3 --memory 8M").ended(0).stdout);
    assert!(first.lines().all(|line| line.chars().count() <= 100), "{first}");
    assert!(first.contains("every edge had been tried") && first.contains("unclaimed other"), "{first}");
}

const KNOWN: &str = "
hypothesis known explains loss {
    node late  = heads(1, 0)  computes equal_count
    node early = embed        computes exact
    node other = heads(0, 1)  computes (opens_first, equal_count)

    late  -> loss
    early -> late
    other -> loss
}

feature opens_first : bool = tokens[1] == \"(\"
";

#[test]
fn a_search_begins_with_a_hypothesis_of_the_file() {
    let search = format!(
        "{KNOWN}
search parts explains loss {{
    computes equal_count, opens_first
    depth 2
    start known
    allow remove
    price 0
    budget 1
    references 60
    train 0.5
}}
"
    );
    let found = runs_as_reported(&search, 60);
    let text = best(&found)["text"].as_str().unwrap();
    for claim in ["= heads(1, 0) computes equal_count", "= embed       computes exact", "(equal_count, opens_first)"] {
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(squeezed(text).contains(&squeezed(claim)), "{claim}: {text}");
    }
    // It is what the hypothesis itself gives, with the same draws.
    let folder = searching(&search);
    let rows = searched_rows(&folder, 0.5);
    let few = folder.arrays("micro.npz").iter().map(|(name, own)| (name.clone(), selected(own, &rows))).collect();
    folder.write_arrays("micro.npz", few);
    let ran = folder.run("run a.ansatz --n 60 --format json").ended(0).json();
    let own = ran["hypotheses"][0]["recovered"]["value"].as_f64().unwrap();
    assert!((own - best(&found)["searched"].as_f64().unwrap()).abs() < 1e-9, "{ran}");
}

#[test]
fn what_a_search_could_not_write_is_no_start() {
    let search =
        "search parts explains loss {\n    computes equal_count, opens_first\n    depth 2\n    start known\n}\n";
    let obstacles = [
        ("late  -> loss", "late  ~> loss", "are direct"),
        ("computes equal_count\n", "computes equal_count and opens_first\n", "no claim of the search"),
        ("{\n    node late", "{\n    unclaimed exact\n    node late", "leaves what is unclaimed"),
        ("early -> late", "early -> late.q", "no port of the search"),
        ("heads(0, 1)  ", "heads(0, 1) + heads(0, 0)", "stands at one place"),
    ];
    for (from, to, told) in obstacles {
        let text = KNOWN.replacen(from, to, 1);
        assert_ne!(text, KNOWN, "{from}");
        let ran = Folder::with(&format!("{text}{search}")).run("check a.ansatz");
        let is_told = ran.stderr.contains("A4608") && ran.stderr.contains(told);
        assert!(is_told || to.contains(".q") && ran.code == Some(2), "{told}: {ran:?}");
    }
    let ran = Folder::with(&format!("{KNOWN}{}", search.replace("start known", "start knwon"))).run("check a.ansatz");
    assert!(ran.stderr.contains("A4602") && ran.stderr.contains("`known` might be meant"), "{ran:?}");
}

#[test]
fn each_stands_for_every_position() {
    let search = "
feature opens_first : bool = tokens[1] == \"(\"

search parts explains loss {
    over embed[pos: each], heads(1, 1)[pos: 0..2]
    computes exact
    references 60
    train 0.5
    price 0 per bit
}
";
    let full = search.replace("train 0.5", "train 0.5\n    start full\n    budget 1");
    let found = runs_as_reported(&full, 60);
    let text = best(&found)["text"].as_str().unwrap();
    assert!(text.contains("= embed[pos: ") && text.contains("= heads(1, 1)[pos: 0..2]  computes exact"), "{text}");
    // One round from nothing: nine places, one claim.
    let once = search.replace("train 0.5", "train 0.5\n    budget 10");
    let found = searching(&once).run("search a.ansatz --format json").ended(0).json();
    assert_eq!(found["searches"][0]["evaluations"], 10);
    for (from, told) in [("pos: each]", "A3"), ("[pos: 0..2]", "A3")] {
        let to = if from.contains("each") { "poss: each]" } else { "[pos: 1..30]" };
        let ran = searching(&search.replace(from, to)).run("check a.ansatz").ended(2);
        assert!(ran.stderr.contains(told), "{ran:?}");
    }
}

/// Challenges with what was found in the place of their hypothesis: what `ansatz validate` says of it.
#[test]
fn what_is_found_takes_challenges() {
    let text = "
feature opens_first : bool = tokens[1] == \"(\"
feature n_open      : int  = sum(int(opens))

hypothesis known explains loss {
    node late = heads(1, 0)  computes equal_count

    late -> loss
}

challenge crowded of known fools {
    from strings
    rank by scrubbed(loss) + real(n_open)
    success n_open > 2
    draws 2
    budget 20
    match opens_first
    expect rate >= 0
}

challenge first of known distinguishes {
    trusted   where opens_first
    anomalous where not opens_first
    draws 2
    scores direct, effect
}

search parts explains loss {
    over heads
    computes equal_count, opens_first
    challenge crowded, first
    references 60
    train 0.2
    price 0.001 per bit
}
";
    let folder = searching(text);
    let found = folder.run("search a.ansatz -o found --format json").ended(0).json();
    schema_holds(&found);
    let winners = found["searches"][0]["winners"].as_array().unwrap();
    for winner in winners {
        let own = winner["challenges"].as_array().unwrap();
        assert_eq!((own[0]["name"].as_str(), own[1]["name"].as_str()), (Some("crowded"), Some("first")));
        assert!(own[0]["rate"]["value"].is_number() && own[0]["ratios"]["random"]["value"].is_number(), "{winner}");
        assert!(own[1]["auroc"]["effect"]["value"].is_number(), "{winner}");
    }
    let told = folder.run("search a.ansatz").ended(0).stdout;
    for line in ["challenge crowded (fools)", "challenge first (distinguishes)", "ratio(matched)", "auroc(effect)"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(told.lines().all(|line| line.chars().count() <= 100), "{told}");
    // On the rows that were held out, with the hypothesis that was found.
    let winner = best(&found);
    let rows = searched_rows(&folder, 0.2);
    let all = folder.arrays("micro.npz");
    let others: Vec<usize> = (0..200).filter(|row| !rows.contains(row)).collect();
    folder.write_arrays("micro.npz", all.iter().map(|(name, own)| (name.clone(), selected(own, &others))).collect());
    let head = HEAD.replace("cross_entropy(logits, label)", "kl(clean(logits), logits)");
    let name = winner["name"].as_str().unwrap();
    let own = text.replace("of known", &format!("of {name}")).replace("    challenge crowded, first\n", "");
    folder.write("a.ansatz", format!("{head}{own}\n{}", winner["text"].as_str().unwrap()));
    let validated = folder.run("validate a.ansatz --format json").ended(0).json();
    let pairs = [(&validated["challenges"][0]["rate"]["value"], &winner["challenges"][0]["rate"]["value"])];
    for (own, told) in pairs {
        assert!(own.is_number() && own == told, "{validated}\n{winner}");
    }
    let ran = searching(&text.replace("challenge crowded, first", "challenge crowdd")).run("check a.ansatz").ended(2);
    assert!(ran.stderr.contains("A4602") && ran.stderr.contains("`crowded` might be meant"), "{ran:?}");
}

#[test]
fn settings_that_do_not_fit_are_told() {
    let settings = [
        ("strategy acdc(0.01)\n    computes opens", "claim `exact`, and nothing else"),
        ("computes opens\n    strategy greedy(3)", "acdc(0.01)"),
        ("computes opens\n    minimise recovered(loss)", "metric to minimise"),
        ("computes opens\n    minimise mean(los)", "another behaviour"),
        ("computes opens\n    maximise mean(loss)\n    minimise mean(loss)", "one objective"),
        ("strategy acdc(-1)", "from 0 on"),
    ];
    for (lines, told) in settings {
        let text = format!("search parts explains loss {{\n    {lines}\n}}\n");
        let ran = Folder::with(&text).run("check a.ansatz").ended(2);
        assert!(ran.stderr.contains(told), "{told}: {ran:?}");
    }
    let fine = "search parts explains loss {\n    computes opens\n    maximise mean(loss)\n}\n";
    Folder::with(fine).run("check a.ansatz").ended(0);
}
