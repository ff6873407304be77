//! The structure of each export and the map that is written of it.

use crate::checking;
use crate::models::{EXPORTS, declared, fixtures};
use std::path::Path;

/// `UPDATE_EXPECT=1` writes the maps anew.
#[test]
fn every_export_gives_the_expected_map() {
    let update = std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1");
    let mut failures = Vec::new();
    for model in &EXPORTS {
        for export in model.exports {
            let Some(made) = model.made(export) else { continue };
            let path = Path::new("tests/init/maps").join(format!("{}.ansatz", model.name(export)));
            if update {
                std::fs::write(&path, &made.written.text).unwrap();
            }
            let expected = std::fs::read_to_string(&path).unwrap_or_default();
            if expected != made.written.text {
                failures.push(format!("{}:\n{}", path.display(), made.written.text));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_part_has_its_name() {
    let mut failures = Vec::new();
    for model in &EXPORTS {
        for (at, export) in model.exports.iter().enumerate() {
            let Some(made) = model.made(export) else { continue };
            let unnamed = model.unnamed.get(at).or(model.unnamed.last()).unwrap();
            let (name, names) = (model.name(export), declared(&made.written.text).join(" "));
            if names != model.names {
                failures.push(format!("{name}: {names}"));
            }
            if made.written.unnamed.len() != *unnamed {
                failures.push(format!("{name}: {:?}", made.written.left));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_number_of_layers_and_heads_is_that_of_the_model() {
    for model in EXPORTS.iter().filter(|model| model.files != "init/perceptron" && model.files != "micro") {
        for export in model.exports {
            let Some(made) = model.made(export) else { continue };
            let bound = made.written.bound.as_ref().unwrap();
            let members = |family: &str| {
                let own = bound.components.iter().filter(|component| component.family == family);
                own.map(|component| component.arguments.clone()).collect::<Vec<_>>()
            };
            let heads: Vec<Vec<i64>> = (0..2).flat_map(|layer| (0..4).map(move |head| vec![layer, head])).collect();
            assert_eq!(members("heads"), heads, "{}", model.name(export));
            assert_eq!(members("resid_post"), [[0], [1]], "{}", model.name(export));
        }
    }
}

/// What a map says of how to go on is a claim that checks, with data.
#[test]
fn the_first_claim_checks() {
    for (model, rows) in
        [("gpt2", "gpt2.npz"), ("llama", "llama.npz"), ("bert", "bert.npz"), ("attention-only", "attention-only.npz")]
    {
        let export = EXPORTS.iter().find(|export| export.files == format!("architectures/{model}")).unwrap();
        let text = export.made("dynamo").unwrap().written.text;
        let (map, claim) = text.split_once("\n// How to go on").unwrap();
        let lines = claim.lines().skip(1).map(|line| line.trim_start_matches("//").strip_prefix(' ').unwrap_or(""));
        let whole = format!("{map}\n{}\n", lines.collect::<Vec<_>>().join("\n").replace("rows.npz", rows));
        let found = checking::check("map.ansatz", &whole, &fixtures().join("architectures"));
        assert!(found.codes().is_empty(), "{model}: {:?}\n{whole}", found.codes());
        let hypothesis = whole.split_once("hypothesis first").unwrap();
        assert!(hypothesis.1.contains("heads(1, 0)"), "{whole}");
    }
}

/// Written twice, the same.
#[test]
fn maps_are_the_same_every_time() {
    for model in EXPORTS.iter().take(4) {
        let Some((one, other)) = model.made(model.exports[0]).zip(model.made(model.exports[0])) else { continue };
        assert_eq!(one.written.text, other.written.text);
    }
}
