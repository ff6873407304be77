//! A dataset held as arrays.

use ansatz::engine::Value;
use ansatz::execute::Inputs;
use ansatz::map_array;
use ansatz::model::TensorId;
use ndarray::Axis;
use std::collections::BTreeMap;

/// For each graph input the values of all rows, rows along axis 0.
#[derive(Debug, Clone)]
pub struct Arrays {
    pub by_input: BTreeMap<TensorId, Value>,
    /// Rows of the dataset that hypotheses are about, if there is another one behind it.
    first: Option<usize>,
}

impl Arrays {
    pub fn new(by_input: impl IntoIterator<Item = (TensorId, Value)>) -> Arrays {
        Arrays { by_input: by_input.into_iter().collect(), first: None }
    }

    /// From this row on the rows are those of another dataset.
    pub fn split(&mut self, first: usize) {
        self.first = Some(first);
    }

    /// Every graph input on some rows.
    pub fn feeds(&self, rows: &[u32]) -> Vec<(TensorId, Value)> {
        self.by_input.keys().map(|input| (*input, self.value(*input, rows))).collect()
    }

    /// The same dataset with its rows chosen anew; rows may come twice.
    pub fn select(&self, rows: &[u32]) -> Arrays {
        Arrays::new(self.feeds(rows))
    }
}

impl Inputs for Arrays {
    fn rows(&self) -> usize {
        self.first.unwrap_or_else(|| self.all_rows())
    }

    fn all_rows(&self) -> usize {
        self.by_input.values().next().map_or(0, |value| value.shape()[0])
    }

    fn value(&self, input: TensorId, rows: &[u32]) -> Value {
        let rows: Vec<usize> = rows.iter().map(|row| *row as usize).collect();
        map_array!(&self.by_input[&input], array => array.select(Axis(0), &rows))
    }
}
