//! A fault of the checker costs one check.

use ansatz::diagnostics::Diagnostic;
use ansatz::engine::Engine;
use ansatz::engine::reference::Reference;
use ansatz::lints::Levels;
use ansatz::lsp::{Host, serve};
use ansatz::model::{ByRunning, ShapeProbe};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write, pipe};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A host that breaks down the first time a model is looked at.
struct Faulty {
    engine: Reference,
    asked: AtomicU32,
}

impl Host for Faulty {
    fn engine(&self) -> &dyn Engine {
        &self.engine
    }

    fn probe(&self) -> Box<dyn ShapeProbe + '_> {
        assert!(self.asked.fetch_add(1, Ordering::SeqCst) > 0, "a fault that was made for this test");
        Box::new(ByRunning(&self.engine))
    }

    fn levels(&self, _: &Path) -> (Levels, Vec<Diagnostic>) {
        (Levels::new(), Vec::new())
    }
}

fn framed(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn next(output: &mut impl BufRead) -> Value {
    let mut length = 0;
    loop {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        match line.trim().strip_prefix("Content-Length: ") {
            Some(number) => length = number.parse().unwrap(),
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn a_fault_is_told_and_the_next_check_is_made() {
    let (input, mut editor) = pipe().unwrap();
    let (output, server) = pipe().unwrap();
    let host = Arc::new(Faulty { engine: Reference::new(), asked: AtomicU32::new(0) });
    let ended = std::thread::spawn(move || serve(Box::new(input), Box::new(server), host).unwrap());
    let mut output = BufReader::new(output);
    let folder = std::path::Path::new("tests/fixtures").canonicalize().unwrap();
    let uri = format!("file://{}", folder.join("faults.ansatz").display());
    let opened = json!({"textDocument": {"uri": uri, "languageId": "ansatz", "version": 1, "text": "feature x = 1\n"}});
    let hover = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 9}});
    let changed = json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "feature x = \n"}]});
    for message in [
        json!({"id": 1, "method": "initialize", "params": {"capabilities": {}}}),
        json!({"method": "textDocument/didOpen", "params": opened}),
        json!({"id": 2, "method": "textDocument/hover", "params": hover}),
    ] {
        editor.write_all(&framed(&message)).unwrap();
    }
    assert_eq!(next(&mut output)["id"], 1);
    let told = next(&mut output);
    assert!(told["params"]["message"].as_str().unwrap().contains("made for this test"), "{told}");
    let answered = next(&mut output);
    assert_eq!(answered["id"], 2, "what waited for the check is answered: {answered}");
    editor.write_all(&framed(&json!({"method": "textDocument/didChange", "params": changed}))).unwrap();
    let found = next(&mut output);
    assert_eq!(found["method"], "textDocument/publishDiagnostics", "{found}");
    assert_eq!(found["params"]["version"], 2);
    assert_ne!(found["params"]["diagnostics"], json!([]));
    for message in [json!({"id": 3, "method": "shutdown"}), json!({"method": "exit"})] {
        editor.write_all(&framed(&message)).unwrap();
    }
    assert_eq!(next(&mut output)["id"], 3);
    assert!(ended.join().unwrap());
}
