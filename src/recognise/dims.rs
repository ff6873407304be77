//! Names of axes: one name, one size.

use std::collections::BTreeMap;

/// The dims of a map, in the order in which they were needed.
#[derive(Debug, Default)]
pub struct Dims {
    order: Vec<String>,
    sizes: BTreeMap<String, Option<usize>>,
}

impl Dims {
    /// The axis of examples.
    pub fn batch(&mut self) -> String {
        self.add("batch", None)
    }

    /// A dim of this size, by the name that is wanted, or with a number behind it where that has another size.
    pub fn of(&mut self, wanted: &str, size: usize) -> String {
        let numbered = (2_usize..).map(|number| format!("{wanted}_{number}"));
        let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
        let fits = |name: &String| self.sizes.get(name).is_none_or(|known| *known == Some(size));
        let name = names.find(fits).unwrap_or_else(|| wanted.to_owned());
        self.add(&name, Some(size))
    }

    /// Whether a dim of this name has this size.
    #[must_use]
    pub fn has(&self, name: &str, size: usize) -> bool {
        self.sizes.get(name) == Some(&Some(size))
    }

    fn add(&mut self, name: &str, size: Option<usize>) -> String {
        if !self.sizes.contains_key(name) {
            self.sizes.insert(name.to_owned(), size);
            self.order.push(name.to_owned());
        }
        name.to_owned()
    }

    /// The dims with their sizes; the axis of examples has none.
    pub fn all(&self) -> impl Iterator<Item = (&str, Option<usize>)> {
        self.order.iter().map(|name| (name.as_str(), self.sizes.get(name).copied().flatten()))
    }
}
