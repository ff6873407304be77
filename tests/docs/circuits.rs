//! The table of docs/search-and-acdc.md: edges that searches find in transformers whose mechanism was
//! put there (`examples/truth`).

use super::shown;
use ansatz::estimate::ranking;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::Command;

/// From, to, port.
type Edge = (String, String, String);

/// Arrows from the behaviour to the deepest node that the mechanism has.
const MODELS: [(&str, usize); 9] = [
    ("both", 3),
    ("count", 3),
    ("induction", 3),
    ("largest", 2),
    ("majority", 3),
    ("redundant", 3),
    ("repeat", 3),
    ("reverse", 2),
    ("sorted", 5),
];
/// What removing an edge costs, if it is no more than this, is rounding.
const NOTHING: f64 = 1e-6;

/// The edges of claims: lines `node NAME = PLACE ... computes ...` (`node` can be left out) and arrows.
fn edges<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> BTreeSet<Edge> {
    let named = |line: &'a str| {
        let (name, rest) = line.trim().trim_start_matches("node ").split_once(" = ")?;
        let place = rest.split(" computes ").next()?.split('[').next()?;
        Some((name.trim(), place.trim().to_owned()))
    };
    let places: BTreeMap<&str, String> = lines.clone().filter_map(named).collect();
    let place = |name: &str| places.get(name.trim()).cloned().unwrap_or_else(|| "behaviour".to_owned());
    let arrows = lines.filter_map(|line| line.split_once("->"));
    let found = arrows.flat_map(|(from, to)| {
        let (to, ports) = to.trim().split_once('.').unwrap_or((to.trim(), ""));
        let ports: Vec<&str> = ports.trim_matches(['{', '}']).split(',').map(str::trim).collect();
        ports.into_iter().map(|port| (place(from), place(to), port.to_owned())).collect::<Vec<Edge>>()
    });
    found.collect()
}

/// The deepest true claim of `mechanisms.json`, with what it leaves to its features.
fn mechanism(all: &Value, model: &str) -> BTreeSet<Edge> {
    let claim = all[model]["true"].as_array().and_then(|claims| claims.last()).expect("there are true claims");
    let lines = claim["lines"].as_array().expect("lines").iter().filter_map(Value::as_str);
    let mut found = edges(lines);
    if model == "sorted" {
        found.insert(("embed".to_owned(), "head(0, 0)".to_owned(), "v".to_owned()));
    }
    found
}

/// Both searches on one model.
fn searched(model: &str, depth: usize) -> Value {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/examples/truth/{model}.ansatz");
    #[expect(clippy::disallowed_methods, reason = "tests read files themselves")]
    let text = std::fs::read_to_string(&path).expect("the file is there");
    let features: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("feature ")?.split_whitespace().next()).collect();
    let computes = features.join(", ");
    let loss = text.lines().find(|line| line.starts_with("behaviour loss")).expect("a loss");
    let divergence = loss
        .replacen("behaviour loss", "behaviour divergence", 1)
        .replace("cross_entropy(logits, label", "kl(clean(logits), logits");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let search = format!(
        "use \"{path}\"\n\n{divergence}\n\n\
         search acdc explains divergence {{\n    port q, k, v\n    minimise mean(divergence)\n    \
         strategy acdc(0.01)\n    references 32\n}}\n\n\
         search greedy explains loss {{\n    computes {computes}, tokens\n    port q, k, v\n    depth {depth}\n    \
         references 64\n    budget 600\n    price 0.004 per bit\n    reward 0.05\n}}\n"
    );
    let file = folder.path().join("find.ansatz");
    #[expect(clippy::disallowed_methods, reason = "tests write their own files")]
    std::fs::write(&file, search).expect("the folder is writable");
    let ran = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .current_dir(root)
        .args(["search", "--quiet", "--format", "json"])
        .arg(&file)
        .output()
        .expect("the program starts");
    assert!(ran.status.success(), "{model}: {ran:?}");
    serde_json::from_slice(&ran.stdout).expect("JSON")
}

/// How many are found, how many of them are true.
fn precision(found: &BTreeSet<Edge>, known: &BTreeSet<Edge>) -> String {
    format!("{} of {}", found.intersection(known).count(), found.len())
}

#[test]
fn acdc_is_compared_on_the_truth_models() {
    let text = include_str!("../../examples/truth/mechanisms.json");
    let all: Value = serde_json::from_str(text).expect("mechanisms.json is JSON");
    let mut table = String::from("model      edges  true   AUROC   acdc: true of kept   greedy: true of found\n");
    let rule = "-".repeat(table.len() - 1);
    let _ = writeln!(table, "{rule}");
    for (model, depth) in MODELS {
        let known = mechanism(&all, model);
        let found = searched(model, depth);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut scores: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
        let mut kept = BTreeSet::new();
        let tested = found["searches"][0]["edges"].as_array().expect("edges");
        for edge in tested {
            let to = if edge["to"] == "divergence" { "behaviour".to_owned() } else { text(&edge["to"]) };
            let own: Edge = (text(&edge["from"]), to, text(&edge["port"]));
            // What was not tried carried nothing that could matter.
            let effect = edge["effect"].as_f64().filter(|effect| *effect > NOTHING).unwrap_or(0.0);
            scores[usize::from(known.contains(&own))].push(effect);
            if edge["kept"] == true {
                kept.insert(own);
            }
        }
        assert_eq!(scores[1].len(), known.len(), "{model}: every true edge is an edge of the graph: {known:?}");
        let auroc = ranking(&scores[1], &scores[0]).expect("edges of both kinds").auroc.value;
        let winners = found["searches"][1]["winners"].as_array().expect("winners");
        let best = winners.iter().find(|winner| winner["best"] == true).expect("one is best");
        let greedy = edges(best["text"].as_str().expect("a text").lines());
        let _ = writeln!(
            table,
            "{model:<9} {:>6} {:>5} {auroc:>7.3}   {:>18}   {:>21}",
            tested.len(),
            known.len(),
            precision(&kept, &known),
            precision(&greedy, &known)
        );
    }
    shown("docs/search-and-acdc.md", "model      edges", &table);
}
