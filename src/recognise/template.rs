//! One address for the tensors of all layers: with `{l}` where the number of the layer stands.

use crate::model::{AllAddresses, TensorId};
use std::collections::{BTreeMap, BTreeSet};

/// Looks for addresses, each tensor once.
#[derive(Debug)]
pub struct Templates<'m> {
    all: AllAddresses<'m>,
    known: BTreeMap<TensorId, Vec<String>>,
}

impl<'m> Templates<'m> {
    #[must_use]
    pub fn new(all: AllAddresses<'m>) -> Self {
        Templates { all, known: BTreeMap::new() }
    }

    /// The best address of a tensor that can be written; `None` where every one has braces, which would be
    /// taken for parameters.
    pub fn single(&mut self, tensor: TensorId) -> Option<String> {
        self.of(tensor).first().cloned()
    }

    fn of(&mut self, tensor: TensorId) -> &[String] {
        let writable = |address: &String| !address.contains(['{', '}']) && !address.is_empty();
        let all = &mut self.all;
        self.known.entry(tensor).or_insert_with(|| all.of(tensor).into_iter().filter(writable).collect())
    }

    /// The first address of the first layer that all others have too, but for the number.
    pub fn shared(&mut self, members: &[(usize, TensorId)]) -> Option<String> {
        let ((first, tensor), others) = members.split_first()?;
        let candidates: Vec<String> = self.of(*tensor).iter().flat_map(|address| templates(address, *first)).collect();
        let sets: Vec<(usize, BTreeSet<String>)> =
            others.iter().map(|(layer, tensor)| (*layer, self.of(*tensor).iter().cloned().collect())).collect();
        let fits = |template: &String| {
            sets.iter().all(|(layer, set)| set.contains(&template.replace("{l}", &layer.to_string())))
        };
        candidates.into_iter().find(fits)
    }
}

/// An address with `{l}` in the place of one number, or of all numbers, that are the layer's.
fn templates(address: &str, layer: usize) -> Vec<String> {
    let number = layer.to_string();
    let bytes = address.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let alone = |at: usize| !digit(at.checked_sub(1)) && !digit(Some(at + number.len()));
    let places: Vec<usize> = address.match_indices(&number).map(|(at, _)| at).filter(|at| alone(*at)).collect();
    let with = |places: &[usize]| {
        let mut text = address.to_owned();
        for place in places.iter().rev() {
            text.replace_range(*place..*place + number.len(), "{l}");
        }
        text
    };
    let mut found: Vec<String> = places.iter().map(|place| with(&[*place])).collect();
    if places.len() > 1 {
        found.push(with(&places));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::templates;

    #[test]
    fn whole_numbers_are_replaced() {
        assert_eq!(
            templates("h.1.attn/MatMul_1", 1),
            ["h.{l}.attn/MatMul_1", "h.1.attn/MatMul_{l}", "h.{l}.attn/MatMul_{l}"]
        );
        assert_eq!(templates("h.10.mlp", 1), Vec::<String>::new());
        assert_eq!(templates("h.10.mlp", 10), ["h.{l}.mlp"]);
    }
}
