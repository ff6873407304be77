//! Inputs of numbers.

use super::ints;
use ansatz::data::ColumnValues;
use ansatz::diagnostics::Diagnostic;
use std::path::Path;

/// A model with an input of four reals; it mixes its examples, which does not matter here.
fn of_reals(block: &str) -> (Vec<Diagnostic>, Option<ansatz::data::Dataset>) {
    let text = format!(
        "model tiny = onnx(\"sideways.onnx\") {{ dim batch dim d = 4 input x : real[batch, d] }}\n\
         data made for tiny = generate(2000) {{ {block} }}"
    );
    let (found, mut checked) = super::bound("test.ansatz", &text, Path::new("tests/fixtures"));
    let findings = found.findings.into_iter().filter(|finding| !finding.code.id.starts_with("A3"));
    (findings.collect(), checked.datasets.pop().flatten())
}

#[test]
fn reals_are_uniform() {
    let (findings, dataset) = of_reals("x = uniform(-1, 3)\n first : real = x[0]\n let n in 0..3\n number : int = n");
    let dataset = dataset.unwrap_or_else(|| panic!("{findings:?}"));
    let ColumnValues::Real(values) = &dataset.columns["x"].values else { panic!("reals") };
    assert_eq!(values.shape(), [2_000, 4]);
    assert!(values.iter().all(|value| (-1.0..3.0).contains(value)));
    // The mean of 8000 numbers with a standard deviation of 4 / sqrt(12).
    let mean = values.iter().sum::<f64>() / 8_000.0;
    assert!((mean - 1.0).abs() < 5.0 * (4.0 / 12_f64.sqrt()) / 8_000_f64.sqrt(), "{mean}");
    let below = values.iter().filter(|value| **value < 0.0).count() as f64 / 8_000.0;
    assert!((below - 0.25).abs() < 0.025, "{below}");
    let ColumnValues::Real(first) = &dataset.columns["first"].values else { panic!("reals") };
    assert!(first.iter().zip(values.outer_iter()).all(|(first, row)| *first == row[0]));
    assert!(ints(&dataset, "number").iter().all(|number| (0..3).contains(&number[0])));
}

#[test]
fn numbers_are_no_pieces() {
    let codes = |block| of_reals(block).0.into_iter().map(|finding| finding.code.id).collect::<Vec<_>>();
    assert_eq!(codes("x = \"a\""), ["A4505"]);
    assert_eq!(codes("x = uniform(0, 1) uniform(0, 1)"), ["A4505"]);
    assert_eq!(codes("x = uniform(1, 1)"), ["A4506"]);
    assert_eq!(codes("x = uniform(0)"), ["A4506"]);
}
