//! What may change numbers and what may not; draws written, replayed and tampered with.

use super::program::{CLAIMS, Folder};
use ansatz::data::Array;
use ndarray::{ArrayD, IxDyn};
use std::collections::BTreeMap;

const CLAIM: &str = "counts/claim/logits <- blocks.1.attn.core[:, 0, :, :] (direct)";

fn ints(numbers: &[i64]) -> Array {
    Array::Int(ArrayD::from_shape_vec(IxDyn(&[numbers.len()]), numbers.to_vec()).unwrap())
}

fn numbers(array: &Array) -> Vec<i64> {
    match array {
        Array::Int(array) => array.iter().copied().collect(),
        other => panic!("not ints: {other:?}"),
    }
}

#[test]
fn neither_threads_nor_memory_nor_time_change_a_byte() {
    let folder = Folder::with(CLAIMS);
    let with = |more: &str| {
        let files = "--draws d.npz --per-example p.npz";
        let ran = folder.run(&format!("run a.ansatz --n 150 --format json {files} {more}")).ended(0);
        (ran.stdout, folder.read("d.npz"), folder.read("p.npz"))
    };
    let first = with("");
    for more in ["", "--threads 1", "--threads 3", "--memory 256K --threads 1", "--memory 2M --threads 3"] {
        assert!(with(more) == first, "`{more}` changes something");
    }
    assert!(with("--seed 1") != first);
}

#[test]
fn fewer_references_are_a_prefix() {
    let folder = Folder::with(CLAIMS);
    folder.run("run a.ansatz --n 120 --draws many.npz --per-example many-each.npz").ended(0);
    folder.run("run a.ansatz --n 50 --draws few.npz --per-example few-each.npz").ended(0);
    let (many, few) = (folder.arrays("many.npz"), folder.arrays("few.npz"));
    assert_eq!(many.keys().collect::<Vec<_>>(), few.keys().collect::<Vec<_>>());
    for (name, few) in &few {
        assert_eq!(numbers(few), numbers(&many[name])[..50], "{name}");
    }
    let (many, few) = (folder.arrays("many-each.npz"), folder.arrays("few-each.npz"));
    match (&many["counts/loss/scrubbed"], &few["counts/loss/scrubbed"]) {
        (Array::Real(many), Array::Real(few)) => {
            assert_eq!(few.as_slice().unwrap(), &many.as_slice().unwrap()[..50]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_seed_decides_every_draw() {
    let folder = Folder::with(CLAIMS);
    let draws = |seed: u64| {
        folder.run(&format!("run a.ansatz --seed {seed} --draws d.npz")).ended(0);
        folder.arrays("d.npz")
    };
    let (one, other) = (draws(0), draws(1));
    for (name, rows) in &one {
        assert_ne!(numbers(rows), numbers(&other[name]), "{name}");
    }
    // All references are there, each once.
    let mut references = numbers(&one["nothing/reference"]);
    references.sort_unstable();
    assert_eq!(references, (0..200).collect::<Vec<i64>>());
    assert_eq!(numbers(&one["nothing/reference"]), numbers(&one["counts/reference"]));
}

#[test]
fn replayed_draws_give_the_same_numbers() {
    for model in ["micro.onnx", "micro-legacy.onnx"] {
        let folder = Folder::with(CLAIMS);
        if model == "micro-legacy.onnx" {
            let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
            let text = text.replace("micro.onnx", model).replace("embed/Add", "/embed/Add_output_0");
            folder.write("a.ansatz", text.replace("blocks.{l}.attn.core", "/blocks.{l}/attn/core/MatMul_1_output_0"));
        }
        let told = "--format json --draws d.npz --per-example p.npz";
        let drawn = folder.run(&format!("run a.ansatz --n 90 --seed 7 {told}")).ended(0).json();
        let each = folder.read("p.npz");
        let told = "--format json --draws again.npz --per-example p.npz";
        let replayed = folder.run(&format!("run a.ansatz --replay d.npz {told}")).ended(0).json();
        assert_eq!(folder.read("d.npz"), folder.read("again.npz"));
        assert_eq!(each, folder.read("p.npz"));
        assert_eq!(drawn["provenance"]["draws"], replayed["provenance"]["draws"]);
        for (drawn, replayed) in
            drawn["hypotheses"].as_array().unwrap().iter().zip(replayed["hypotheses"].as_array().unwrap())
        {
            for key in ["recovered", "baseline", "model", "scrubbed", "n", "identity_error"] {
                assert_eq!(drawn[key], replayed[key], "{key}");
            }
        }
    }
}

type Tamper = fn(&mut BTreeMap<String, Array>);

#[test]
fn tampered_draws_are_refused() {
    let folder = Folder::with(CLAIMS);
    folder.run("run a.ansatz --n 60 --draws d.npz").ended(0);
    let draws = folder.arrays("d.npz");
    let before = folder.names();
    let cases: [(&str, &str, Tamper); 9] = [
        ("a row outside", "A6012", |draws| {
            draws.insert("nothing/reference".to_owned(), ints(&[200; 60]));
        }),
        ("a negative row", "A6012", |draws| {
            draws.insert("nothing/reference".to_owned(), ints(&[-1; 60]));
        }),
        ("a row of another class", "A6012", |draws| {
            draws.insert(CLAIM.to_owned(), ints(&[0; 60]));
        }),
        ("an array that is missing", "A6011", |draws| {
            assert!(draws.remove(CLAIM).is_some());
        }),
        ("an array too many", "A6011", |draws| {
            draws.insert("counts/claim/more".to_owned(), ints(&[0; 60]));
        }),
        ("too few draws", "A6011", |draws| {
            draws.insert("nothing/unclaimed/logits".to_owned(), ints(&[0; 59]));
        }),
        ("two axes", "A6011", |draws| {
            draws.insert(CLAIM.to_owned(), Array::Int(ArrayD::zeros(IxDyn(&[60, 1]))));
        }),
        ("floats", "A6011", |draws| {
            draws.insert(CLAIM.to_owned(), Array::Real(ArrayD::zeros(IxDyn(&[60]))));
        }),
        ("one reference", "A7005", |draws| {
            for rows in draws.values_mut() {
                *rows = ints(&numbers(rows)[..1]);
            }
        }),
    ];
    for (what, code, tamper) in cases {
        let mut arrays = draws.clone();
        tamper(&mut arrays);
        folder.write_arrays("t.npz", arrays);
        let ran = folder.run("run a.ansatz --replay t.npz --draws x.npz --per-example y.npz").ended(2);
        assert!(ran.stderr.contains(code) && ran.stdout.is_empty(), "{what}: {ran:?}");
    }
    folder.write("t.npz", "not an archive");
    assert!(folder.run("run a.ansatz --replay t.npz").ended(2).stderr.contains("A9101"));
    assert!(folder.run("run a.ansatz --replay none.npz").ended(2).stderr.contains("A9001"));
    let after = folder.names();
    assert_eq!(after.iter().filter(|name| *name != "t.npz").collect::<Vec<_>>(), before.iter().collect::<Vec<_>>());
}

#[test]
fn draws_of_another_file_are_refused() {
    let folder = Folder::with(CLAIMS);
    folder.run("run a.ansatz --n 60 --draws d.npz").ended(0);
    let text = String::from_utf8(folder.read("a.ansatz")).unwrap();
    folder.write("b.ansatz", text.replace("heads(1, 0)", "heads(1, 1)"));
    let ran = folder.run("run b.ansatz --replay d.npz").ended(2);
    assert!(ran.stderr.contains("A6011"), "{ran:?}");
}

#[test]
fn results_are_never_written_over_inputs_or_each_other() {
    let folder = Folder::with(CLAIMS);
    let before: Vec<Vec<u8>> = folder.names().iter().map(|name| folder.read(name)).collect();
    for (files, code) in [
        ("--draws micro.npz", "A9204"),
        ("--draws ./micro.onnx", "A9204"),
        ("--per-example a.ansatz", "A9204"),
        ("--draws x.npz --per-example ./x.npz", "A9204"),
        ("--draws .", "A9004"),
        ("--draws none/x.npz", "A9004"),
        ("--draws a.ansatz/x.npz", "A9004"),
        ("--per-example none/x.npz", "A9004"),
        ("--draws x.npz --per-example none/y.npz", "A9004"),
        ("--draws /dev/null", "A9004"),
    ] {
        let ran = folder.run(&format!("run a.ansatz {files}")).ended(2);
        assert!(ran.stderr.contains(code) && ran.stdout.is_empty(), "{files}: {ran:?}");
        let after: Vec<Vec<u8>> = folder.names().iter().map(|name| folder.read(name)).collect();
        assert!(before == after, "{files} wrote something");
    }
}

#[cfg(unix)]
#[test]
fn others_may_read_results_as_the_mask_of_the_user_allows() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(CLAIMS);
    folder.run("run a.ansatz --draws d.npz").ended(0);
    #[expect(clippy::disallowed_methods, reason = "the mode of a file")]
    let mode = |name: &str| std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    folder.write("plain", "");
    assert_eq!(mode("d.npz"), mode("plain"));
}

/// Draws made again by the words of `docs/files.md`, with nothing from the program.
#[test]
fn draws_are_made_as_documented() {
    let folder = Folder::with(CLAIMS);
    folder.run("run a.ansatz --n 80 --seed 5 --draws d.npz").ended(0);
    let (draws, tokens) = (folder.arrays("d.npz"), numbers(&folder.arrays("micro.npz")["tokens"]));
    let count = |row: usize, token: i64| tokens[8 * row..8 * row + 8].iter().filter(|found| **found == token).count();
    let equal: Vec<i64> = (0..200).map(|row| i64::from(count(row, 3) == count(row, 4))).collect();
    let late = "logits <- blocks.1.attn.core[:, 0, :, :] (direct)";
    let first = format!("{late} <- embed (direct)");

    let key = stream(5, "reference", "", &[]);
    let mut references: Vec<i64> = (0..200).collect();
    references.sort_by_key(|row| (number(&key, *row as u64), *row));
    references.truncate(80);
    assert_eq!(numbers(&draws["counts/reference"]), references);
    for occurrence in ["logits", late] {
        let key = stream(5, "unclaimed", occurrence, &[]);
        let rows: Vec<i64> = (0..80).map(|k| below(&key, k, 200) as i64).collect();
        assert_eq!(numbers(&draws[&format!("counts/unclaimed/{occurrence}")]), rows);
    }
    let claimed = agreeing(&stream(5, "claim", late, &[]), &references, &equal);
    assert_eq!(numbers(&draws[CLAIM]), claimed);
    for position in 0..8 {
        let opens: Vec<i64> = (0..200).map(|row| i64::from(tokens[8 * row + position] == 3)).collect();
        let rows = agreeing(&stream(5, "claim", &first, &[position as u64]), &claimed, &opens);
        assert_eq!(numbers(&draws[&format!("counts/claim/{first}@{position}")]), rows);
    }
}

fn agreeing(key: &[u8; 32], given: &[i64], feature: &[i64]) -> Vec<i64> {
    let row = |(k, given): (usize, &i64)| {
        let class: Vec<usize> = (0..feature.len()).filter(|row| feature[*row] == feature[*given as usize]).collect();
        class[below(key, k, class.len())] as i64
    };
    given.iter().enumerate().map(row).collect()
}

fn stream(seed: u64, role: &str, occurrence: &str, positions: &[u64]) -> [u8; 32] {
    let positions: Vec<u8> = positions.iter().flat_map(|position| position.to_le_bytes()).collect();
    let mut message = seed.to_le_bytes().to_vec();
    for text in [role.as_bytes(), occurrence.as_bytes(), &positions] {
        message.extend((text.len() as u64).to_le_bytes());
        message.extend(text);
    }
    blake3::derive_key("ansatz 2026-11 draws 1", &message)
}

fn number(key: &[u8; 32], k: u64) -> u64 {
    let hash = blake3::keyed_hash(key, &k.to_le_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().unwrap())
}

fn below(key: &[u8; 32], k: usize, size: usize) -> usize {
    usize::try_from((u128::from(number(key, k as u64)) * size as u128) >> 64).unwrap()
}
