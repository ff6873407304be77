//! Attributes of a node, read by name. What is never read is refused: an attribute that the
//! engine does not know may change the result.

use super::fault::{Fault, Outcome};
use crate::model::onnx::{AttributeProto, TensorProto};

/// The attributes of one node, with a mark for each that was read.
#[derive(Debug)]
pub struct Attributes<'a> {
    list: &'a [AttributeProto],
    read: Vec<bool>,
}

impl<'a> Attributes<'a> {
    pub fn new(list: &'a [AttributeProto]) -> Self {
        Attributes { list, read: vec![false; list.len()] }
    }

    fn find(&mut self, name: &str) -> Option<&'a AttributeProto> {
        let at = self.list.iter().position(|attribute| attribute.name.as_deref() == Some(name))?;
        self.read[at] = true;
        Some(&self.list[at])
    }

    pub fn int(&mut self, name: &str) -> Option<i64> {
        self.find(name)?.i
    }

    /// A number that is zero or one, as ONNX writes truth values.
    pub fn flag(&mut self, name: &str, default: bool) -> bool {
        self.int(name).map_or(default, |value| value != 0)
    }

    pub fn float(&mut self, name: &str) -> Option<f32> {
        self.find(name)?.f
    }

    pub fn ints(&mut self, name: &str) -> Option<Vec<i64>> {
        self.find(name).map(|attribute| attribute.ints.clone())
    }

    pub fn floats(&mut self, name: &str) -> Option<Vec<f32>> {
        self.find(name).map(|attribute| attribute.floats.clone())
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        let bytes = self.find(name)?.s.as_deref()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    pub fn tensor(&mut self, name: &str) -> Option<&'a TensorProto> {
        self.find(name)?.t.as_ref()
    }

    /// Marks an attribute that does not matter to the result here.
    pub fn ignore(&mut self, name: &str) {
        let _ = self.find(name);
    }

    /// Refuses attributes that nothing has read.
    pub fn finish(&self) -> Outcome<()> {
        match self.list.iter().zip(&self.read).find(|(_, read)| !**read) {
            None => Ok(()),
            Some((attribute, _)) => {
                Err(Fault::Attribute { name: attribute.name.clone().unwrap_or_default(), value: shown(attribute) })
            }
        }
    }
}

/// The value of an attribute in a few characters.
fn shown(attribute: &AttributeProto) -> String {
    if let Some(value) = attribute.i {
        return value.to_string();
    }
    if let Some(value) = attribute.f {
        return value.to_string();
    }
    if let Some(bytes) = &attribute.s {
        return format!("\"{}\"", String::from_utf8_lossy(bytes));
    }
    if !attribute.ints.is_empty() {
        return format!("{:?}", attribute.ints.iter().take(16).collect::<Vec<_>>());
    }
    "...".to_string()
}
