//! Findings while a text is written, and what mends them.
#![expect(clippy::disallowed_methods, reason = "tests make files")]

use crate::client::{Client, edited, folder, micro, opened, uri};
use serde_json::{Value, json};
use std::path::Path;

fn codes(findings: &[Value]) -> Vec<&str> {
    findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[test]
fn findings_come_and_go_with_edits() {
    let (mut client, mut open, _folder) = opened(&micro());
    assert_eq!(client.findings(&open), Vec::<Value>::new());
    let place = open.place("computes |equal_count");
    let range = json!({"start": place, "end": open.place("computes equal|_count")});
    client.edit(&mut open, &json!([{"range": range, "text": "equl"}]));
    let found = client.findings(&open);
    assert_eq!(codes(&found), ["A1001"]);
    assert_eq!(found[0]["range"]["start"], place);
    assert_eq!(found[0]["severity"], 1);
    assert!(found[0]["message"].as_str().unwrap().contains("equl_count"), "{found:?}");
    client.edit(&mut open, &json!([{"range": {"start": place, "end": {"line": place["line"], "character": place["character"].as_u64().unwrap() + 4}}, "text": "equal"}]));
    assert_eq!(client.findings(&open), Vec::<Value>::new());
    assert!(client.stop().success());
}

#[test]
fn columns_are_counted_as_agreed() {
    for (offered, agreed) in
        [(json!(["utf-32", "utf-8"]), "utf-8"), (json!(["utf-16", "utf-8"]), "utf-16"), (Value::Null, "utf-16")]
    {
        let folder = folder();
        let mut client = Client::with(&json!({"general": {"positionEncodings": offered}}));
        assert_eq!(client.capabilities["positionEncoding"], agreed);
        let text = format!("{}feature x : bool = tokens[0] == \"é😀\" and missing\n", micro());
        let open = client.open(&folder.path().join("test.ansatz"), &text);
        let found = client.findings(&open);
        let unknown = found.iter().find(|finding| finding["message"].as_str().unwrap().contains("missing")).unwrap();
        let before = "feature x : bool = tokens[0] == \"é😀\" and ";
        let column = if agreed == "utf-8" { before.len() } else { before.encode_utf16().count() };
        assert_eq!(unknown["range"]["start"]["character"], column, "{agreed}");
    }
}

#[test]
fn a_fix_mends_what_it_is_offered_for() {
    let wrong = micro().replacen("computes equal_count", "computes equal_cont", 1).replacen(
        "embed[pos: 1]",
        "embedd[pos: 1]",
        1,
    );
    let (mut client, mut open, _folder) = opened(&wrong);
    let found = client.findings(&open);
    assert_eq!((found.len(), codes(&found)[0]), (2, "A1001"), "{found:?}");
    let context = json!({"diagnostics": [], "only": ["quickfix"]});
    let params = json!({"range": found[0]["range"], "context": context});
    let actions = client.of_text("textDocument/codeAction", &open, params);
    let first = &actions[0];
    assert_eq!((&first["kind"], &first["diagnostics"][0]["code"]), (&json!("quickfix"), &json!("A1001")));
    let edits = first["edit"]["changes"][&open.uri].as_array().unwrap();
    assert!(edited(&wrong, edits).contains("computes equal_count"));
    let all = json!({"range": found[0]["range"], "context": {"diagnostics": [], "only": ["source.fixAll"]}});
    let actions = client.of_text("textDocument/codeAction", &open, all);
    let edits = actions[0]["edit"]["changes"][&open.uri].as_array().unwrap();
    let mended = edited(&wrong, edits);
    client.replace(&mut open, &mended);
    assert_eq!(client.findings(&open), Vec::<Value>::new(), "{mended}");
}

#[test]
fn what_is_missing_has_its_own_code() {
    let text = micro().replace("micro.onnx", "none.onnx").replace("few.jsonl", "none.jsonl");
    let (mut client, open, _folder) = opened(&text);
    let found = client.findings(&open);
    assert_eq!(codes(&found), ["A9001", "A9001"], "{found:?}");
}

/// A file with features, and one that uses it.
fn two(client: &mut Client, folder: &Path) -> (crate::client::Text, crate::client::Text) {
    let common = "feature opens : bool[pos] = tokens == \"(\"\n";
    std::fs::write(folder.join("common.ansatz"), common).unwrap();
    let text = format!("use \"common.ansatz\"\n{}feature any_open : bool = any(opens)\n", micro());
    let main = client.open(&folder.join("main.ansatz"), &text);
    assert_eq!(client.findings(&main), Vec::<Value>::new());
    let common = client.open(&folder.join("common.ansatz"), common);
    (main, common)
}

#[test]
fn an_open_file_takes_the_place_of_the_one_on_the_disk() {
    let folder = folder();
    let mut client = Client::new();
    let (main, mut common) = two(&mut client, folder.path());
    client.replace(&mut common, "feature opened : bool[pos] = tokens == \"(\"\n");
    let wrong = |params: &Value| params["uri"] == main.uri.as_str() && params["diagnostics"] != json!([]);
    let found = client.wait("textDocument/publishDiagnostics", wrong);
    assert_eq!(found["diagnostics"][0]["code"], "A1001", "{found}");
    client.tell("textDocument/didClose", json!({"textDocument": {"uri": common.uri}}));
    let right = |params: &Value| params["uri"] == main.uri.as_str() && params["diagnostics"] == json!([]);
    client.wait("textDocument/publishDiagnostics", right);
}

#[test]
fn findings_of_a_used_file_are_shown_there_and_taken_back() {
    let folder = folder();
    std::fs::write(folder.path().join("common.ansatz"), "feature opens : bool[pos] = tokens = \"(\"\n").unwrap();
    let mut client = Client::new();
    let text = format!("use \"common.ansatz\"\n{}", micro());
    let main = client.open(&folder.path().join("main.ansatz"), &text);
    let real = folder.path().canonicalize().unwrap().join("common.ansatz");
    let there = |params: &Value| params["uri"] == uri(&real) && params["diagnostics"] != json!([]);
    client.wait("textDocument/publishDiagnostics", there);
    client.tell("textDocument/didClose", json!({"textDocument": {"uri": main.uri}}));
    let gone = |params: &Value| params["uri"] == uri(&real) && params["diagnostics"] == json!([]);
    client.wait("textDocument/publishDiagnostics", gone);
}

#[test]
fn a_file_that_changes_outside_is_read_again() {
    let folder = folder();
    let watches = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut client = Client::with(&watches);
    client.wait("client/registerCapability", |_| true);
    let model = folder.path().join("micro.onnx");
    let away = folder.path().join("away.onnx");
    std::fs::rename(&model, &away).unwrap();
    let open = client.open(&folder.path().join("test.ansatz"), &micro());
    assert_eq!(codes(&client.findings(&open)), ["A9001"]);
    std::fs::rename(&away, &model).unwrap();
    client.tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri(&model), "type": 1}]}));
    assert_eq!(client.findings(&open), Vec::<Value>::new());
}
