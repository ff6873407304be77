//! The search for ONNX Runtime where it is not, and then where it is. A process of its own: a
//! library that has been loaded stays loaded.
#![cfg(feature = "ort-dynamic")]

mod support;

use ansatz::engine::Engine;
use ansatz::engine::onnxruntime::{OnnxRuntime, Search};
use std::path::PathBuf;

#[test]
fn what_was_tried_is_reported_and_a_later_search_can_succeed() {
    let folder = tempfile::tempdir().expect("a folder to write in");
    let nowhere = Search {
        executable: Some(folder.path().join("bin/ansatz")),
        working_folder: Some(folder.path().to_path_buf()),
        python: Some(PathBuf::from("no-such-python")),
        ..Search::default()
    };
    let missing = OnnxRuntime::find(&nowhere).expect_err("nothing is there");
    assert!(missing.tried.iter().any(|(place, _)| place.ends_with(".ort")), "{:?}", missing.tried);
    assert!(missing.tried.iter().any(|(_, why)| why.contains("does not start")), "{:?}", missing.tried);
    assert_eq!(missing.diagnostic().code.id, "A6006");
    assert!(missing.diagnostic().helps.iter().any(|help| help.text.contains("./setup")));

    let junk = folder.path().join(".ort/libonnxruntime.so.9.9.9");
    std::fs::create_dir(folder.path().join(".ort")).expect("a folder");
    std::fs::copy(support::fixture("micro.onnx"), &junk).expect("a file that is no library");
    let broken = OnnxRuntime::find(&Search { library: Some(junk), ..nowhere.clone() }).expect_err("no library");
    assert_eq!(broken.tried.len(), 1, "{:?}", broken.tried);
    assert!(broken.tried[0].0.starts_with("ORT_DYLIB_PATH="), "{:?}", broken.tried);
    let absent = Search { library: Some(PathBuf::from("/no/such/library")), ..Search::default() };
    assert_eq!(OnnxRuntime::find(&absent).expect_err("absent").tried[0].1, "no such file");

    let Some(found) = support::runtime::onnxruntime() else { return };
    assert_eq!(found.name(), "onnxruntime");
    let again = OnnxRuntime::find(&nowhere).expect("a process keeps its library");
    assert_eq!(again.path(), found.path());
}
