//! Initialisers as values, shared between the sessions of an engine that share their protos.

use crate::engine::Value;
use crate::model::onnx::TensorProto;
use crate::model::{TensorError, tensor_data};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A proto that is kept at its address, and its value while that is in use.
type Entry = (Weak<TensorProto>, Weak<Value>);

/// Values by the address of their proto. A weak reference keeps the address from being used again.
#[derive(Debug, Default)]
pub struct Weights {
    known: Mutex<BTreeMap<usize, Entry>>,
}

impl Weights {
    /// The value of a proto, converted at most once while it is in use.
    ///
    /// # Errors
    /// Element types that are not carried, lengths that do not fit.
    pub fn get(&self, proto: &Arc<TensorProto>) -> Result<Arc<Value>, TensorError> {
        let address = Arc::as_ptr(proto) as usize;
        // A panic elsewhere cannot leave the map half changed.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known.get(&address).and_then(|(_, value)| value.upgrade()) {
            return Ok(value);
        }
        known.retain(|_, (_, value)| value.strong_count() > 0);
        let value = Arc::new(tensor_data(proto)?);
        known.insert(address, (Arc::downgrade(proto), Arc::downgrade(&value)));
        Ok(value)
    }
}
