//! What is drawn is what the block says.

use super::{CLOSE, END, OPEN, PAD, START, ints, made, strings};
use ansatz::data::{ColumnValues, Dataset};
use std::collections::{BTreeMap, BTreeSet};

const ANY: &str = "tokens = any { \"(\" \")\" \"[pad]\" } * 8";

#[test]
fn the_same_text_makes_the_same_rows() {
    let (one, again) = (made(300, ANY), made(300, ANY));
    assert_eq!((strings(&one), &one.hash), (strings(&again), &again.hash));
    let other = made(300, &format!("{ANY}\nseed 1"));
    assert_ne!(strings(&one), strings(&other));
    assert_eq!(strings(&made(300, &format!("{ANY}\nseed 0"))), strings(&one));
}

/// These rows of this version of the scheme; they may never change without saying so.
#[test]
fn golden_rows() {
    let rows = strings(&made(3, ANY));
    assert_eq!(rows, GOLDEN);
}

const GOLDEN: [[i64; 8]; 3] = [[0; 8]; 3];

#[test]
fn fewer_rows_are_the_first_of_more() {
    let block = format!("{ANY}\nwhere balanced");
    let more = strings(&made(60, &block));
    for rows in [1, 7, 59] {
        assert_eq!(strings(&made(rows, &block)), more[..rows]);
    }
}

#[test]
fn all_rows_are_different() {
    let rows = strings(&made(200, "tokens = any { \"(\" \")\" } * 8"));
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), 200);
}

/// Whether a row is `[start]`, brackets that balance, `[end]`, and `[pad]` up to its end.
fn is_dyck(row: &[i64]) -> bool {
    let end = row.iter().position(|token| *token == END).unwrap_or(0);
    let mut height = 0;
    let inside = row[1..end].iter().all(|token| {
        height += if *token == OPEN { 1 } else { -1 };
        height >= 0 && matches!(*token, OPEN | CLOSE)
    });
    row[0] == START && inside && height == 0 && row[end + 1..].iter().all(|token| *token == PAD)
}

#[test]
fn families_make_what_they_stand_for() {
    let block = "family dyck = \"\" | \"(\" dyck \")\" dyck\ntokens = \"[start]\" dyck \"[end]\" fill \"[pad]\"";
    let dyck = strings(&made(9, block));
    assert!(dyck.iter().all(|row| is_dyck(row)), "{dyck:?}");
    // The Catalan numbers 1 + 1 + 2 + 5 of strings of up to 6 brackets.
    assert_eq!(dyck.len(), 9);
    let towers = made(
        3,
        "family tower(n) = \"(\" * n \")\" * n\nlet n in 1..4\nheight : int = n\n\
         tokens = \"[start]\" tower(n) \"[end]\" fill \"[pad]\"",
    );
    for (row, height) in strings(&towers).iter().zip(ints(&towers, "height")) {
        let height = usize::try_from(height[0]).unwrap();
        let wanted = [vec![START], vec![OPEN; height], vec![CLOSE; height], vec![END]].concat();
        assert_eq!(row[..wanted.len()], wanted);
        assert!(row[wanted.len()..].iter().all(|token| *token == PAD));
    }
}

#[test]
fn repetitions_and_arguments_are_worked_out_for_each_row() {
    let block = "family run(k, m) = \"(\" * k + m  \")\" * (k - m)\nlet a in 0..3\nlet b in a..3\n\
                 tokens = run(b, a) fill \"[pad]\"\na_is : int = a\nb_is : int = b";
    let found = made(5, block);
    for ((row, a), b) in strings(&found).iter().zip(ints(&found, "a_is")).zip(ints(&found, "b_is")) {
        let count = |token| i64::try_from(row.iter().filter(|other| **other == token).count()).unwrap();
        assert!(a[0] <= b[0] && b[0] < 3);
        assert_eq!((count(OPEN), count(CLOSE)), (a[0] + b[0], b[0] - a[0]));
    }
}

#[test]
fn columns_are_computed_and_conditions_hold() {
    let block = "tokens = \"[start]\" any { \"(\" \")\" } * 6 \"[end]\"\n\
                 label : category = if balanced then 1 else 0\nheight : int[pos] = suffix_sum(step)\n\
                 twice : real = 2 * label_is\nlabel_is : int = int(label)\n\
                 where tokens[1] == \"(\"\nwhere height[0] <= 0";
    let found = made(20, block);
    assert_eq!(found.rows, 20);
    let ColumnValues::Real(twice) = &found.columns["twice"].values else { panic!() };
    for (at, row) in strings(&found).iter().enumerate() {
        let steps: Vec<i64> = row.iter().map(|token| i64::from(*token == OPEN) - i64::from(*token == CLOSE)).collect();
        let heights: Vec<i64> = (0..8).map(|from| steps[from..].iter().sum()).collect();
        assert_eq!(ints(&found, "height")[at], heights);
        let label = i64::from(heights[0] == 0 && heights.iter().all(|height| *height <= 0));
        assert_eq!(ints(&found, "label")[at], [label]);
        assert_eq!(twice.as_slice().unwrap()[at], 2.0 * label as f64);
        assert!(row[1] == OPEN && heights[0] <= 0);
    }
}

/// Where two rows differ.
fn differing(one: &[i64], other: &[i64]) -> Vec<usize> {
    (0..one.len()).filter(|at| one[*at] != other[*at]).collect()
}

#[test]
fn edits_change_exactly_so_many_places() {
    let source = strings(&checked("strings"));
    for places in [1, 2, 3] {
        let block = format!("tokens = edit(row of strings.tokens where label == 1, {places}, any {{ \"(\" \")\" }})");
        for row in strings(&made(60, &block)) {
            let is_edit = |from: &Vec<i64>| {
                let at = differing(from, &row);
                at.len() == places && at.iter().all(|at| from[*at] >= OPEN && row[*at] >= OPEN)
            };
            assert!(source.iter().any(is_edit), "{row:?} is no edit of a row");
        }
    }
    // Without a set, tokens of the piece itself, anywhere in it.
    let rows = strings(&made(12, "tokens = \"[end]\" edit(\"(\" \"(\" \"(\" \")\", 1) \"[pad]\" * 3"));
    let wanted: BTreeSet<Vec<i64>> = (0..4)
        .map(|at| {
            let mut piece = [OPEN, OPEN, OPEN, CLOSE];
            piece[at] = OPEN + CLOSE - piece[at];
            [vec![END], piece.to_vec(), vec![PAD; 3]].concat()
        })
        .collect();
    assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), wanted);
}

fn checked(name: &str) -> Dataset {
    let text = "use \"micro.ansatz\"\n";
    let (_, checked) = super::bound("test.ansatz", text, std::path::Path::new("tests/fixtures"));
    checked.datasets.into_iter().flatten().find(|dataset| dataset.name == name).expect("it is in the fixtures")
}

#[test]
fn rows_of_other_data_lose_their_filling_where_the_column_is_filled() {
    let source: BTreeSet<Vec<i64>> = strings(&checked("strings")).into_iter().collect();
    let rows = strings(&made(30, "tokens = row of strings.tokens where label == 1 fill \"[pad]\""));
    assert!(rows.iter().all(|row| source.contains(row)));
    // One token more fits only where the filling is taken off.
    let longer = strings(&made(10, "tokens = row of strings.tokens \"(\" fill \"[pad]\""));
    for row in longer {
        let last = row.iter().rposition(|token| *token != PAD).unwrap();
        let mut before = row.clone();
        before[last] = PAD;
        assert!(row[last] == OPEN && source.contains(&before), "{row:?}");
    }
}

/// How often each value occurs.
fn counted<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, f64> {
    let mut found = BTreeMap::new();
    for value in values {
        *found.entry(value).or_insert(0.0) += 1.0;
    }
    found
}

/// The share of each alternative, of each token of `any`, of each number, and of each place of an edit:
/// within five standard errors, which is once in a million for each.
#[test]
fn choices_are_uniform() {
    let tail = "any any any any any any";
    let near = |share: f64, wanted: f64, n: usize| {
        let error = (wanted * (1.0 - wanted) / n as f64).sqrt();
        assert!((share - wanted).abs() < 5.0 * error, "{share} is not {wanted} (n = {n})");
    };
    // Only few of the rows are repetitions: 5^6 tails.
    let n = 2_000;
    let rows = strings(&made(n, &format!("tokens = (\"(\" | \")\" | any) any {tail}")));
    let first = counted(rows.iter().map(|row| row[0]));
    for token in 0..5 {
        let wanted = if token >= OPEN { 1.0 / 3.0 + 1.0 / 15.0 } else { 1.0 / 15.0 };
        near(first[&token] / n as f64, wanted, n);
    }
    for token in counted(rows.iter().map(|row| row[1])).into_values() {
        near(token / n as f64, 0.2, n);
    }
    let rows = made(n, &format!("let k in -2..3\ntokens = any any {tail}\nk_is : int = k"));
    let numbers = counted(ints(&rows, "k_is").into_iter().map(|value| value[0]));
    assert_eq!(numbers.keys().copied().collect::<Vec<_>>(), [-2, -1, 0, 1, 2]);
    numbers.into_values().for_each(|count| near(count / n as f64, 0.2, n));
    let rows = strings(&made(n, &format!("tokens = edit(\"(\" \"(\", 1, any {{ \"(\" \")\" \"[pad]\" }}) {tail}")));
    let edits = counted(rows.iter().map(|row| (row[0], row[1])));
    assert_eq!(edits.len(), 4);
    edits.into_values().for_each(|count| near(count / n as f64, 0.25, n));
}

/// Each pair of places, and each number of rows of another dataset, is as likely as any other.
#[test]
fn places_of_edits_and_rows_are_uniform() {
    let n = 1_500;
    let block = "tokens = edit(\"(\" \"(\" \"(\", 2, any { \"(\" \")\" }) any * 5";
    let pairs = counted(strings(&made(n, block)).iter().map(|row| [row[0], row[1], row[2]]));
    assert_eq!(pairs.len(), 3);
    assert!(pairs.values().all(|count| (count / n as f64 - 1.0 / 3.0).abs() < 0.06), "{pairs:?}");
}
