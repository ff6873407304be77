//! The command: what it writes, where, and what it never writes over.

use crate::models::fixtures;
use crate::program::Folder;

fn with_gpt2() -> Folder {
    let folder = Folder::with("");
    std::fs::create_dir(folder.path("models")).unwrap();
    for (from, to) in
        [("architectures/gpt2-dynamo.onnx", "models/tiny.onnx"), ("init/perceptron-dynamo.onnx", "dense.onnx")]
    {
        std::fs::copy(fixtures().join(from), folder.path(to)).unwrap();
    }
    folder
}

#[test]
fn a_map_is_printed_checks_and_is_laid_out() {
    let folder = with_gpt2();
    let ran = folder.run("init models/tiny.onnx").ended(0);
    assert!(ran.stdout.contains("model tiny = onnx(\"models/tiny.onnx\") {\n"), "{}", ran.stdout);
    folder.write("map.ansatz", &ran.stdout);
    assert_eq!(folder.run("check map.ansatz").ended(0).stdout, "map.ansatz: 0 hypotheses, no mistakes\n");
    assert_eq!(folder.run("fmt --check map.ansatz").ended(0).stdout, "");
}

#[test]
fn a_file_is_written_once_and_finds_its_model() {
    let folder = with_gpt2();
    std::fs::create_dir(folder.path("maps")).unwrap();
    let ran = folder.run("init models/tiny.onnx -o maps/tiny.ansatz --name small").ended(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("maps/tiny.ansatz: 2 layers, 9 names"), "{}", ran.stderr);
    let text = String::from_utf8(folder.read("maps/tiny.ansatz")).unwrap();
    assert!(text.contains("model small = onnx(\"../models/tiny.onnx\") {\n"), "{text}");
    folder.run("check maps/tiny.ansatz").ended(0);
    folder.write("maps/tiny.ansatz", "// mine\n");
    assert!(folder.run("init models/tiny.onnx -o maps/tiny.ansatz").ended(2).stderr.contains("A9221"));
    assert_eq!(folder.read("maps/tiny.ansatz"), b"// mine\n");
    folder.run("init models/tiny.onnx -o maps/tiny.ansatz --name small --force").ended(0);
    assert_eq!(folder.read("maps/tiny.ansatz"), text.as_bytes());
}

#[test]
fn what_is_no_transformer_is_said() {
    let folder = with_gpt2();
    let ran = folder.run("init dense.onnx").ended(0);
    assert!(ran.stderr.contains("A3202"), "{}", ran.stderr);
    folder.write("map.ansatz", &ran.stdout);
    folder.run("check map.ansatz").ended(0);
}

#[test]
fn a_file_that_is_no_model_is_an_error() {
    let folder = with_gpt2();
    assert!(folder.run("init a.ansatz").ended(2).stderr.contains("A3003"));
    assert!(folder.run("init none.onnx").ended(2).stderr.contains("A9001"));
}

/// docs/init.md shows what the command does.
#[test]
fn the_document_has_real_output() {
    let folder = Folder::with("");
    for (from, to) in [("architectures/gpt2-dynamo.onnx", "gpt2.onnx"), ("init/gated-dynamo.onnx", "gated.onnx")] {
        std::fs::copy(fixtures().join(from), folder.path(to)).unwrap();
    }
    let page = std::fs::read_to_string("docs/init.md").unwrap();
    let printed = folder.run("init gpt2.onnx").ended(0).stdout;
    assert!(page.contains(&format!("$ ansatz init gpt2.onnx\n```\n\n```ansatz\n{printed}```\n")), "{printed}");
    let said = folder.run("init gated.onnx -o gated.ansatz").ended(0).stderr;
    assert!(page.contains(&format!("$ ansatz init gated.onnx -o gated.ansatz\n```\n\n```text\n{said}```\n")), "{said}");
}
