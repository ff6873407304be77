//! What docs/tutorial.md shows is what the program prints. On ONNX Runtime, where it is found: the model is
//! trained, and its numbers are not round.

use super::reading::{Keep, TABLE, is_real_of};
use super::{files_of, runtime};
use std::path::Path;

const PAGE: &str = "docs/tutorial.md";

fn is_real(command: &str, code: i32, keep: &[Keep]) {
    if runtime::onnxruntime().is_some() {
        is_real_of((PAGE, command, code), keep);
    }
}

#[test]
fn the_idea() {
    is_real(
        "run examples/tutorial/idea.ansatz --n 2000 --panel",
        0,
        &[TABLE, Keep::Lines("counts: single", &["slice ", "equal_count", "never_below"])],
    );
}

#[test]
fn the_second_try() {
    is_real(
        "run examples/tutorial/second.ansatz --n 2000 --blame",
        0,
        &[TABLE, Keep::Lines("counts_and_nests: recovered", &["->", "unclaimed any for loss (line"])],
    );
}

#[test]
fn what_it_is_good_for() {
    is_real("validate examples/tutorial/third.ansatz", 0, &[Keep::Until("nearly_violated:", "  and ")]);
}

#[test]
fn the_refutation() {
    is_real(
        "run examples/tutorial/third.ansatz --blame",
        1,
        &[TABLE, Keep::Lines("nests_from_letters: recovered", &["(line"])],
    );
}

/// What the page shows of files stands in them.
#[test]
fn its_blocks_are_of_its_files() {
    let files = files_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/tutorial"));
    let page = include_str!("../../docs/tutorial.md");
    let blocks: Vec<&str> =
        page.split("```ansatz,fragment\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        for item in block.split("\n\n").filter(|item| !item.trim_start().starts_with("node")) {
            assert!(files.iter().any(|file| file.contains(item.trim_end())), "no file has\n{item}");
        }
    }
}
