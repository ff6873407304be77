//! Estimates of activations on the data of a hypothesis.

use crate::data::Dataset;
use crate::diagnostics::Diagnostic;
use crate::engine::Value;
use crate::execute::Estimator;
use crate::feature::{Output, Source, evaluate};
use crate::hypothesis::{EstimateIx, EstimateKind, Ready};
use ndarray::{ArrayD, Axis, IxDyn};
use std::collections::BTreeMap;

/// The estimates of one hypothesis. Rows are counted through all of its datasets.
#[derive(Debug)]
pub struct Estimates<'a> {
    pub ready: &'a Ready,
    pub datasets: &'a [&'a Dataset],
}

impl Estimator for Estimates<'_> {
    fn estimate(&self, estimate: EstimateIx, rows: &[u32], own: &Value) -> Result<Value, Box<Diagnostic>> {
        let shape = own.shape().to_vec();
        let width: usize = shape.iter().skip(1).product();
        let own: ArrayD<f64> = numbers(own);
        let mut found = vec![0.0_f32; width * rows.len()];
        let mut first = 0;
        for dataset in self.datasets {
            let inside = |row: &u32| (first..first + dataset.rows).contains(&(*row as usize));
            let places: Vec<usize> = (0..rows.len()).filter(|at| inside(&rows[*at])).collect();
            let local: Vec<usize> = places.iter().map(|at| rows[*at] as usize - first).collect();
            first += dataset.rows;
            if places.is_empty() {
                continue;
            }
            let values = self.on(estimate, dataset, &local, own.select(Axis(0), &places))?;
            for (place, values) in places.iter().zip(values.chunks(width.max(1))) {
                for (at, value) in values.iter().enumerate() {
                    found[place * width + at] = *value as f32;
                }
            }
        }
        Ok(Value::F32(ArrayD::from_shape_vec(IxDyn(&shape), found).expect("as many numbers as the region has")))
    }
}

impl Estimates<'_> {
    /// The estimate on rows of one dataset.
    fn on(
        &self,
        estimate: EstimateIx,
        dataset: &Dataset,
        rows: &[usize],
        own: ArrayD<f64>,
    ) -> Result<Vec<f64>, Box<Diagnostic>> {
        let axes = self.axes(estimate);
        let shape: Vec<usize> = own.shape().to_vec();
        let kept: Vec<usize> = (0..shape.len()).filter(|axis| *axis == 0 || axes.contains(axis)).collect();
        let kept: Vec<usize> = kept.into_iter().map(|axis| shape[axis]).collect();
        let own = own.into_shape_with_order(IxDyn(&kept)).expect("an axis of one element holds no more than one");
        let outputs = BTreeMap::from([("self", Output::F64(own.view()))]);
        let values = evaluate(&self.ready.estimates[estimate.0], &Source { dataset, outputs }, rows)?;
        Ok(values.reals().expect("an estimate is checked to be real").to_vec())
    }

    /// The axes of the region that are axes of the estimate: not those of which it is one index.
    fn axes(&self, estimate: EstimateIx) -> Vec<usize> {
        let is_own = |kind: &EstimateKind| *kind == EstimateKind::Expression(estimate);
        let nodes = &self.ready.stated.claims.nodes;
        let node = nodes.iter().find(|node| node.estimate.as_ref().is_some_and(|found| is_own(&found.kind)));
        let region = node.expect("every estimate is that of a node").region();
        let single: Vec<usize> =
            region.cuts().filter(|(_, start, end)| end - start == 1).map(|(axis, _, _)| axis).collect();
        (1..region.rank()).filter(|axis| !single.contains(axis)).collect()
    }
}

fn numbers(value: &Value) -> ArrayD<f64> {
    match value {
        Value::F32(array) => array.mapv(f64::from),
        Value::F64(array) => array.clone(),
        Value::I64(array) => array.mapv(|number| number as f64),
        Value::I32(array) => array.mapv(f64::from),
        Value::Bool(array) => array.mapv(|flag| f64::from(u8::from(flag))),
    }
}
