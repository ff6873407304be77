//! The document of hostile inputs is true: the tests that it names exist, and no group is left out.

use std::path::Path;

const DOCUMENT: &str = include_str!("../../docs/hostile-inputs.md");
/// Groups of inputs, and faults of the machine.
const GROUPS: usize = 52;
const FAULTS: usize = 14;

/// The words in backticks of a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The rows of the tables whose first cell begins with this letter and a number.
fn rows(letter: char) -> Vec<(usize, &'static str)> {
    let rows = DOCUMENT.lines().filter_map(|line| {
        let number = line.strip_prefix("| ")?.strip_prefix(letter)?.split(' ').next()?;
        Some((number.parse().ok()?, line))
    });
    rows.collect()
}

#[test]
fn every_group_and_every_fault_has_a_row() {
    for (letter, count) in [('G', GROUPS), ('F', FAULTS)] {
        let numbers: Vec<usize> = rows(letter).iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>(), "{letter}");
    }
}

#[test]
fn every_row_names_tests_that_exist_or_says_why_not() {
    for (number, row) in rows('G').into_iter().chain(rows('F')) {
        let last = row.trim_end().trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let (mut file, mut named) = (None, 0);
        for word in quoted(last) {
            if word.starts_with("tests/") || word.starts_with("src/") {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(word);
                file = Some((word, std::fs::read_to_string(path).unwrap_or_else(|_| panic!("{number}: {word}"))));
                named += 1;
            } else if let Some((name, text)) = &file {
                assert!(text.contains(&format!("fn {word}(")), "row {number}: no `{word}` in {name}");
            }
        }
        assert!(named > 0 || last.contains("not applicable"), "row {number} has no test: {last}");
    }
}
