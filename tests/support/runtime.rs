//! ONNX Runtime for tests: where the library is found, tests compare with it.

#[cfg(feature = "ort-dynamic")]
use ansatz::engine::onnxruntime::{OnnxRuntime, Search};
#[cfg(feature = "ort-dynamic")]
use std::path::PathBuf;
#[cfg(feature = "ort-dynamic")]
use std::sync::OnceLock;

/// A variable of the environment, empty where unset.
pub fn variable(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "tests may be told by the environment")]
    std::env::var(name).unwrap_or_default()
}

/// Built without ONNX Runtime, tests have the reference engine alone.
#[cfg(not(feature = "ort-dynamic"))]
pub fn onnxruntime() -> Option<ansatz::engine::reference::Reference> {
    None
}

/// Where tests look: the variable, `.ort` of the repository, the active Python.
#[cfg(feature = "ort-dynamic")]
pub fn search() -> Search {
    let library = Some(variable("ORT_DYLIB_PATH")).filter(|path| !path.is_empty()).map(PathBuf::from);
    Search {
        library,
        executable: None,
        working_folder: Some(PathBuf::from(env!("CARGO_MANIFEST_DIR"))),
        python: Some(PathBuf::from("python3")),
        system: true,
    }
}

/// The library, if it is there; searched for once. With `ANSATZ_REQUIRE_ORT=1` its absence is a failure.
#[cfg(feature = "ort-dynamic")]
pub fn onnxruntime() -> Option<OnnxRuntime> {
    static FOUND: OnceLock<Option<OnnxRuntime>> = OnceLock::new();
    let look = || match OnnxRuntime::find(&search()) {
        Ok(found) => Some(found),
        Err(missing) if variable("ANSATZ_REQUIRE_ORT") == "1" => panic!("ONNX Runtime is required: {missing:?}"),
        Err(_) => {
            println!("ONNX Runtime is not there: only the reference engine is tested");
            None
        }
    };
    FOUND.get_or_init(look).clone()
}
