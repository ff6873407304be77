//! Transformers whose mechanism was put there (`examples/truth`): a search finds it.

use super::schema_holds;
use serde_json::Value;
use std::process::Command;

/// Runs a search over all features of a truth model, from nothing.
fn searched(name: &str, settings: &str) -> Value {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/examples/truth/{name}.ansatz");
    let text = std::fs::read_to_string(&path).unwrap();
    let features = text.lines().filter_map(|line| line.strip_prefix("feature ")?.split_whitespace().next());
    let features: Vec<&str> = features.collect();
    let folder = tempfile::tempdir().unwrap();
    let computes = features.join(", ");
    let search = format!(
        "use \"{path}\"\n\nsearch found explains loss {{\n    computes {computes}, tokens\n    references 200\n    \
         price 0.004 per bit\n    {settings}\n}}\n"
    );
    std::fs::write(folder.path().join("find.ansatz"), search).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_ansatz"))
        .current_dir(root)
        .args(["search", "--quiet", "--format", "json"])
        .arg(folder.path().join("find.ansatz"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{name}: {ran:?}");
    let found = serde_json::from_slice(&ran.stdout).unwrap();
    schema_holds(&found);
    found
}

fn best(found: &Value) -> &Value {
    found["searches"][0]["winners"].as_array().unwrap().iter().find(|winner| winner["best"] == true).unwrap()
}

fn lines(winner: &Value) -> Vec<String> {
    let text = winner["text"].as_str().unwrap();
    let squeezed = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    squeezed.filter(|line| line.starts_with("node") || line.contains("->")).collect()
}

/// The shortest of the claims that are true of each model.
#[test]
fn what_is_true_is_found_from_nothing() {
    let known: [(&str, &[&str]); 9] = [
        ("both", &["node at_mlp_0 = mlp(0) computes both"]),
        ("count", &["node at_mlp_0 = mlp(0) computes equal"]),
        ("induction", &["node at_head_1_0 = head(1, 0) computes answer"]),
        ("largest", &["node at_head_0_0 = head(0, 0) computes largest"]),
        ("majority", &["node at_mlp_0 = mlp(0) computes any_y"]),
        ("redundant", &["node at_mlp_0 = mlp(0) computes any_y"]),
        ("repeat", &["node at_mlp_0 = mlp(0) computes same"]),
        (
            "reverse",
            &["node at_head_0_0 = head(0, 0) computes mirrored", "node at_head_0_1 = head(0, 1) computes mirrored"],
        ),
        ("sorted", &["node at_mlp_1 = mlp(1) computes sorted"]),
    ];
    for (name, nodes) in known {
        let found = searched(name, "");
        let best = best(&found);
        assert_eq!(lines(best)[..nodes.len()], nodes.to_vec(), "{name}");
        assert_eq!(best["arrows"], nodes.len(), "{name}");
        assert!(best["held_out"]["value"].as_f64().unwrap() > 0.999, "{name}: {best}");
    }
}

/// With a reward for saying how: what the mechanism is made of.
#[test]
fn how_it_comes_about_is_found_from_nothing() {
    let known: [(&str, &[&str]); 6] = [
        ("both", &["head(0, 0) computes first_x -> mlp(0)", "head(0, 1) computes any_y -> mlp(0)"]),
        ("count", &["head(0, 0) computes equal -> mlp(0)"]),
        ("largest", &["embed computes tokens -> head(0, 0)"]),
        ("repeat", &["head(0, 0) computes previous -> mlp(0)", "embed computes tokens -> mlp(0)"]),
        ("reverse", &["embed computes tokens -> head(0, 0)", "embed computes tokens -> head(0, 1)"]),
        ("sorted", &["head(1, 0) computes sorted -> mlp(1)", "mlp(0) computes falls -> head(1, 0)"]),
    ];
    for (name, arrows) in known {
        let found = searched(name, "depth 3\n    port q, k, v\n    reward 0.05");
        let best = best(&found);
        let lines = lines(best);
        let node = |name: &str| lines.iter().find_map(|line| line.strip_prefix(&format!("node {name} = ")));
        let arrow = |line: &String| {
            let (source, target) = line.split_once(" -> ")?;
            let component = node(target)?.split(" computes ").next()?;
            Some(format!("{} -> {component}", node(source)?))
        };
        let said: Vec<String> = lines.iter().filter_map(arrow).collect();
        for arrow in arrows {
            assert!(said.iter().any(|own| own == arrow), "{name}: {arrow} is not among {said:?}");
        }
        assert!(best["held_out"]["value"].as_f64().unwrap() > 0.999, "{name}: {best}");
    }
}

/// With a reward for opening nodes, down to the letters: the head that looks at the previous token is what
/// the induction head's keys are computed from.
#[test]
fn induction_is_found_down_to_the_letters() {
    let found = searched("induction", "depth 3\n    port q, k, v\n    reward 0.05");
    let found = lines(best(&found));
    let claims = [
        "node at_head_1_0 = head(1, 0) computes answer",
        "node at_head_0_0 = head(0, 0) computes previous",
        "at_head_1_0 -> loss",
        "at_head_0_0 -> at_head_1_0.k",
    ];
    for claim in claims {
        assert!(found.iter().any(|line| line == claim), "{claim}: {found:?}");
    }
    let of_letters = |port: &str| {
        let arrow = found.iter().find(|line| line.ends_with(port));
        let node = arrow.and_then(|arrow| arrow.split(' ').next());
        node.is_some_and(|node| found.contains(&format!("node {node} = embed computes tokens")))
    };
    assert!(of_letters("-> at_head_1_0.q") && of_letters("-> at_head_1_0.v"), "{found:?}");
    // Its queries and keys are positions, which are the same for all rows.
    assert!(of_letters("-> at_head_0_0.v") || of_letters("-> at_head_0_0"), "{found:?}");
}
