//! A generated dataset gives the figures of a file with the same rows.

use super::checking::{bound, carried_out};
use ansatz::data::{Array, ColumnValues, Dataset, write_npz};
use ansatz::run::Done;
use std::path::Path;

const GENERATED: &str = r#"data parens for bracket = generate(400) {
    family dyck = "" | "(" dyck ")" dyck | "(" dyck ")" dyck
    let n in 1..20
    tokens = "[start]" "(" * n ")" * n "[end]" fill "[pad]"
           | "[start]" dyck any { "(" ")" } * 2 dyck "[end]" fill "[pad]"
           | edit("[start]" any { "(" ")" } * 2 * n "[end]", 1, any { "(" ")" }) fill "[pad]"
    label : category = if equal_count and never_below then 1 else 0
    seed 11
}
"#;

fn array(dataset: &Dataset, column: &str) -> (String, Array) {
    let values = match dataset.columns[column].values.clone() {
        ColumnValues::Int(values) => Array::Int(values),
        ColumnValues::Real(values) => Array::Real(values),
        ColumnValues::Bool(values) => Array::Bool(values),
    };
    (column.to_owned(), values)
}

/// What a run says, but for the name of the hypothesis.
fn figures(done: &Done) -> String {
    format!("{:?} {:?} {:?} {:?} {:?}", done.estimates, done.references, done.model, done.scrubbed, done.remarks.len())
}

#[test]
fn figures_are_those_of_a_file_with_the_same_rows() {
    let folder = Path::new("examples/brackets");
    let text = super::checking::read(&folder.join("claims.ansatz"));
    let (before, rest) = text.split_once("data parens").unwrap();
    let (_, after) = rest.split_once("}\n").unwrap();
    // Expectations of the example are about other rows.
    let after = after.split("\nexpect ").next().unwrap();
    let generated = format!("{before}{GENERATED}{after}");
    let (found, checked) = bound("test.ansatz", &generated, folder);
    let dataset = checked.datasets[0].as_ref().unwrap_or_else(|| panic!("{:?}", found.findings));
    assert_eq!(dataset.rows, 400);

    let bytes = write_npz(&[array(dataset, "tokens"), array(dataset, "label")]).unwrap();
    assert_eq!(blake3::hash(&bytes).to_hex().to_string(), dataset.hash, "the hash of the file is that of the rows");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated.npz");
    ansatz::files::write(&path, &bytes).unwrap();
    let file =
        format!("data parens for bracket = npz(\"{}\") {{\n    tokens\n    label : category\n}}\n", path.display());
    let loaded = format!("{before}{file}{after}");
    let (of_generated, of_file) = (carried_out(&generated, folder, 60, 5), carried_out(&loaded, folder, 60, 5));
    assert!(of_generated.len() >= 5 && of_generated.len() == of_file.len());
    for (one, other) in of_generated.iter().zip(&of_file) {
        assert_eq!(figures(one), figures(other), "{}", one.name);
    }
}

/// A lock and a meaning know the rows by their hash: another seed is other data, a comment is not.
#[test]
fn the_meaning_has_the_rows() {
    let about = |block: &str| {
        let text = format!(
            "use \"micro.ansatz\"\ndata made for micro = generate(40) {{ {block} label : category = if balanced then 1 \
             else 0 }}\nhypothesis h explains loss on made {{ node a = heads(0, 0) computes any\n a -> loss }}"
        );
        let (found, checked) = bound("test.ansatz", &text, Path::new("tests/fixtures"));
        let meanings = ansatz::meaning::meanings(&checked);
        assert_eq!(meanings.len(), 1, "{:?}", found.findings);
        (meanings[0].about.clone(), meanings[0].hash())
    };
    let block = "tokens = any { \"(\" \")\" } * 8\n";
    let first = about(block);
    assert_eq!(about(&format!("// a comment\n family unused = \"(\"\n {block} seed 0\n")), first);
    assert_ne!(about(&format!("{block} seed 1\n")).0, first.0);
}
