//! `explain`, `inspect`, `plan` and `dump`.

use super::program::{CLAIMS, Folder};
use ansatz::diagnostics::CODES;
use std::collections::BTreeSet;

#[test]
fn every_code_and_slug_is_explained() {
    let folder = Folder::with("");
    let list = folder.run("explain").ended(0).stdout;
    for code in CODES.iter().flat_map(|area| area.iter()) {
        assert!(list.contains(code.id) && list.contains(code.slug));
    }
    let codes = CODES.iter().map(|area| area.len()).sum::<usize>();
    assert_eq!(list.lines().count(), codes + 1, "the codes, and a page");
    let slugs: BTreeSet<&str> = CODES.iter().flat_map(|area| area.iter()).map(|code| code.slug).collect();
    assert_eq!(slugs.len(), codes, "no slug twice");
    for code in CODES.iter().filter_map(|area| area.first()) {
        let by_code = folder.run(&format!("explain {}", code.id)).ended(0);
        assert!(by_code.stdout.starts_with(&format!("# {} {}", code.id, code.slug)), "{by_code:?}");
        assert_eq!(folder.run(&format!("explain {}", code.slug)).ended(0).stdout, by_code.stdout);
        assert_eq!(folder.run(&format!("explain {}", code.id.to_lowercase())).ended(0).stdout, by_code.stdout);
    }
}

#[test]
fn an_unknown_code_is_2_with_what_is_near() {
    let folder = Folder::with("");
    for (name, near) in [("a3O01", "A3001"), ("unknown-cite", "unknown-site"), ("", "ansatz explain")] {
        let ran = super::program::finish(folder.command(["explain", name])).ended(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("A9202") && ran.stderr.contains(near), "{ran:?}");
    }
}

/// The page is listed, printed by its name, and suggested for a part of it or a slip.
#[test]
fn a_page_says_how_to_read_a_report() {
    let folder = Folder::with("");
    assert!(folder.run("explain").ended(0).stdout.contains("reading-a-report"));
    let page = folder.run("explain reading-a-report").ended(0).stdout;
    assert_eq!(page, include_str!("../../docs/reading-a-report.md"));
    for name in ["reading", "report", "reading-a-reprot", "Reading-Report"] {
        let ran = super::program::finish(folder.command(["explain", name])).ended(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("near: reading-a-report"), "{ran:?}");
    }
}

#[test]
fn inspect_lists_and_filters() {
    let folder = Folder::with("");
    let all = folder.run("inspect micro.onnx").ended(0).stdout;
    for wanted in ["input tokens [batch, 8]", "float32[batch, 2, 8, 4]", "blocks.1.attn.core/Softmax", "output"] {
        assert!(all.contains(wanted), "{wanted} in {all}");
    }
    let some = folder.run("inspect micro.onnx blocks.?.attn.core/Soft*").ended(0).stdout;
    assert_eq!(some.lines().filter(|line| line.contains("Softmax")).count(), 2, "{some}");
    assert_eq!(some.lines().count(), 4, "{some}");
    let none = folder.run("inspect micro.onnx nothing*").ended(0).stdout;
    assert!(none.contains("no tensor matches `nothing*`"), "{none}");
}

#[test]
fn inspect_gives_json() {
    let folder = Folder::with("");
    let all = folder.run("inspect micro.onnx --format json").ended(0).json();
    assert_eq!(all["schema"], "ansatz-model/1");
    assert_eq!(all["opset"], 18);
    let tensors = all["tensors"].as_array().unwrap();
    let of_kind = |kind: &str| tensors.iter().filter(|tensor| tensor["kind"] == kind).count();
    assert_eq!((of_kind("input"), of_kind("output")), (1, 1));
    let some = folder.run("inspect micro.onnx *Softmax --format json").ended(0).json();
    let names: Vec<&str> =
        some["tensors"].as_array().unwrap().iter().filter_map(|tensor| tensor["operator"].as_str()).collect();
    assert_eq!(names, ["Softmax", "Softmax"]);
    assert_eq!(folder.run("inspect micro.onnx no* --format json").ended(0).json()["tensors"], serde_json::json!([]));
}

#[test]
fn inspect_says_what_was_repaired_on_standard_error() {
    let folder = Folder::with("");
    let ran = folder.run("inspect micro-batch1.onnx --format json").ended(0);
    assert!(ran.stderr.contains("A3011") && ran.json()["schema"] == "ansatz-model/1", "{ran:?}");
}

#[test]
fn every_stage_can_be_dumped() {
    let folder = Folder::with(CLAIMS);
    for (stage, holds) in [
        ("tree", "Hypothesis"),
        ("ast", "name: Ident"),
        ("hypothesis", "first -> late"),
        ("program", "logits <- blocks.1.attn.core[:, 0, :, :] (direct)"),
        ("plan", "clean pass: 200 rows"),
    ] {
        let ran = folder.run(&format!("dump --stage {stage} a.ansatz --threads 2")).ended(0);
        assert!(ran.stdout.contains(holds) && ran.stderr.is_empty(), "{stage}: {ran:?}");
        assert_eq!(folder.run(&format!("dump --stage {stage} a.ansatz --threads 2")).stdout, ran.stdout);
    }
    // The syntax of a file that is wrong can be seen too.
    folder.write("wrong.ansatz", "feature f : int = 1 +\n");
    let ran = folder.run("dump --stage tree wrong.ansatz").ended(2);
    assert!(ran.stdout.contains("Feature") && ran.stderr.contains("[A0"), "{ran:?}");
}

#[test]
fn a_plan_counts_work_and_memory() {
    let folder = Folder::with(CLAIMS);
    let plan = folder.run("plan a.ansatz --format json --threads 1").ended(0).json();
    assert_eq!(plan["schema"], "ansatz-plan/1");
    let counts = &plan["groups"][0]["plan"]["hypotheses"][1];
    assert_eq!((counts["references"].as_u64(), counts["visits"].as_u64()), (Some(200), Some(10)));
    assert_eq!(plan["groups"][0]["plan"]["resident"], true);
    let small = folder.run("plan a.ansatz --format json --threads 1 --memory 208K").ended(0).json();
    assert!(small["groups"][0]["plan"]["memory_bytes"].as_u64() <= Some(208 << 10), "{small:#}");
}

#[test]
fn a_plan_tells_where_positions_mix_and_families_once() {
    let folder = Folder::with(
        "
feature is_open : bool[pos] = tokens == \"(\"

hypothesis nested explains loss {
    node late  = heads(1, 0)  computes exact
    node head  = heads(0, 0)  computes is_open
    node below = embed        computes is_open

    late  -> loss
    head  -> late
    below -> head
}

for l in 0..2, h in 0..2 {
    hypothesis alone(l, h) explains loss {
        node z = heads(l, h)  computes any

        z -> loss
    }
}
",
    );
    let plan = folder.run("plan a.ansatz --format json").ended(0).json();
    let of = |at: usize| plan["groups"][0]["plan"]["hypotheses"][at].clone();
    let factor = of(0)["expansions"][0]["factor"].as_f64().expect("positions mix in the attention of head 0.0");
    assert!(factor > 1.0, "{plan:#}");
    let text = folder.run("plan a.ansatz").ended(0).stdout;
    assert!(text.contains("positions mix in ") && text.contains(&format!("{factor:.1} times the rows")), "{text}");
    // What costs the same is told once.
    assert!(text.contains("hypothesis alone(0, 0), and ") && !text.contains("alone(0, 1)"), "{text}");
    assert!(text.contains("all 5 hypotheses: "), "{text}");
}
