//! ONNX Runtime for tests: where the library is found, tests compare with it.

use ansatz::engine::onnxruntime::{OnnxRuntime, Search};
use std::path::PathBuf;

/// A variable of the environment, empty where unset.
pub fn variable(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "tests may be told by the environment")]
    std::env::var(name).unwrap_or_default()
}

/// Where tests look: the variable, `.ort` of the repository, the active Python.
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

/// The library, if it is there. With `ANSATZ_REQUIRE_ORT=1` its absence is a failure.
pub fn onnxruntime() -> Option<OnnxRuntime> {
    match OnnxRuntime::find(&search()) {
        Ok(found) => Some(found),
        Err(missing) if variable("ANSATZ_REQUIRE_ORT") == "1" => panic!("ONNX Runtime is required: {missing:?}"),
        Err(_) => {
            println!("ONNX Runtime is not there: only the reference engine is tested");
            None
        }
    }
}
