//! Datasets that do not fit what the file says.

use super::program::{CLAIMS, Folder};
use super::{refused, refused_by_all};
use ansatz::data::Array;

fn changed(change: impl FnOnce(&mut Vec<i64>)) -> Folder {
    let folder = Folder::with(CLAIMS);
    let mut arrays = folder.arrays("micro.npz");
    let Some(Array::Int(tokens)) = arrays.get_mut("tokens") else { panic!("tokens are ints") };
    let shape = tokens.shape().to_vec();
    let mut flat: Vec<i64> = tokens.iter().copied().collect();
    change(&mut flat);
    *tokens = ndarray::ArrayD::from_shape_vec(shape, flat).unwrap();
    folder.write_arrays("micro.npz", arrays);
    folder
}

#[test]
fn tokens_outside_the_vocabulary() {
    for token in [5, -1, i64::MAX, i64::MIN] {
        let folder = changed(|tokens| tokens[8 * 17 + 3] = token);
        let found = refused_by_all(&folder, "a.ansatz", "A2206");
        assert!(found.stderr.contains("17"), "the row is named: {found:?}");
    }
}

#[test]
fn a_class_with_one_member() {
    let lonely = changed(|tokens| tokens[8 * 17..8 * 18].copy_from_slice(&[0, 3, 3, 3, 3, 3, 3, 3]));
    let text = String::from_utf8(lonely.read("a.ansatz")).unwrap();
    lonely.write("a.ansatz", text.replace("bool      = sum(step) == 0", "int       = sum(step)"));
    let found = refused_by_all(&lonely, "a.ansatz", "A7001");
    assert!(found.stderr.contains("7"), "the value is named: {found:?}");
    lonely.run("run a.ansatz --allow A7001").ended(0);
}

#[test]
fn columns_that_are_not_there_or_of_another_length() {
    let folder = Folder::with(CLAIMS);
    let mut arrays = folder.arrays("micro.npz");
    let label = arrays.remove("label").unwrap();
    folder.write_arrays("micro.npz", arrays.clone());
    let found = folder.run("run a.ansatz --draws d.npz").ended(2);
    assert!(found.stderr.contains("[A22"), "{found:?}");
    let Array::Int(label) = label else { panic!("labels are ints") };
    let short = label.slice_axis(ndarray::Axis(0), (..150).into()).to_owned();
    arrays.insert("label".to_owned(), Array::Int(short));
    folder.write_arrays("micro.npz", arrays);
    let found = folder.run("run a.ansatz --draws d.npz").ended(2);
    assert!(found.stderr.contains("[A22"), "{found:?}");
    assert!(!folder.names().contains(&"d.npz".to_owned()));
}

#[test]
fn too_little_memory_and_too_few_references() {
    let folder = Folder::with(CLAIMS);
    refused(&folder, "run a.ansatz --memory 1K --draws d.npz --per-example p.npz", "A5001");
    refused(&folder, "plan a.ansatz --memory 1K", "A5001");
    refused(&folder, "run a.ansatz --memory 64K --threads 1024 --draws d.npz", "A5001");
    refused(&folder, "run a.ansatz --n 1 --draws d.npz --per-example p.npz", "A7005");
}

#[test]
fn lines_that_are_not_rows() {
    let folder = Folder::with(CLAIMS);
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    folder.write("a.ansatz", text.replace("npz(\"micro.npz\")", "jsonl(\"micro.jsonl\")"));
    folder.run("run a.ansatz").ended(0);
    for (lines, code) in [
        ("{\"tokens\": [1", "A9110"),
        ("[1]\n", "A9110"),
        (&*format!("{{\"tokens\": {}", "[".repeat(100_000)), "A9110"),
        ("{\"tokens\": [0,3,4,2,1,1,1,1]}\n", "A2201"),
        ("{\"tokens\": [0,3,4,2,1,1,1,1], \"label\": 1}\n{\"label\": 1}\n", "A9112"),
        ("{\"tokens\": [0,3,4,2,1,1,1,1], \"label\": {}}\n", "A9114"),
    ] {
        folder.write("micro.jsonl", lines);
        refused_by_all(&folder, "a.ansatz", code);
    }
}
