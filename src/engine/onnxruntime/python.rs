//! Asking a Python where its `onnxruntime` package lies, without importing it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Prints the folder of the package. The working folder is taken off the path: a folder that
/// happens to have that name there is not the package.
const SCRIPT: &str = "\
import sys
sys.path = [entry for entry in sys.path if entry]
import importlib.util
spec = importlib.util.find_spec('onnxruntime')
places = list(spec.submodule_search_locations or []) if spec else []
sys.stdout.write(places[0] if places else '')
";

/// How long a Python may take to start: steps of 10 ms.
const PATIENCE: u32 = 500;
/// The longest path that is read, in bytes.
const LONGEST: u64 = 16 << 10;

/// The folder of the package.
///
/// # Errors
/// In words: no such Python, no such package, or no answer in time.
pub fn package_folder(python: &Path) -> Result<PathBuf, String> {
    let child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("it does not start: {error}"))?;
    let answer = wait(child)?;
    match answer.trim() {
        "" => Err("not installed".to_string()),
        folder => Ok(PathBuf::from(folder)),
    }
}

/// What the process prints, if it ends well and in time.
fn wait(mut child: Child) -> Result<String, String> {
    for _ in 0..PATIENCE {
        match child.try_wait() {
            Err(error) => return Err(error.to_string()),
            Ok(Some(status)) if status.success() => {
                let mut bytes = Vec::new();
                let output = child.stdout.take().map_or(Ok(0), |out| out.take(LONGEST).read_to_end(&mut bytes));
                output.map_err(|error| error.to_string())?;
                return String::from_utf8(bytes).map_err(|_| "its answer is not UTF-8".to_string());
            }
            Ok(Some(status)) => return Err(format!("it ended with {status}")),
            Ok(None) => thread::sleep(Duration::from_millis(10)),
        }
    }
    // Nothing more can be done about a process that cannot be ended.
    let _ = child.kill();
    let _ = child.wait();
    Err("no answer within 5 seconds".to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_no_python_is_said_so() {
        assert!(package_folder(Path::new("/no/such/python")).expect_err("missing").contains("does not start"));
        assert!(package_folder(Path::new("false")).expect_err("fails").contains("ended with"));
        assert_eq!(package_folder(Path::new("true")), Err("not installed".to_string()));
    }
}
