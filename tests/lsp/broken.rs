//! Messages that are none, edits of what is not there, and editors that do not behave: the server goes on.
#![expect(clippy::disallowed_methods, reason = "tests remove files")]

use crate::client::{Client, micro, opened};
use serde_json::{Value, json};

#[test]
fn what_is_no_message_is_told_and_the_next_is_answered() {
    let (mut client, open, _folder) = opened(&micro());
    client.findings(&open);
    for (bytes, code) in [
        (&b"Content-Length: 7\r\n\r\n{\"a\": 1"[..], -32700),
        (b"Content-Length: 9\r\n\r\nnot JSON.", -32700),
        (b"Content-Length: 3\r\n\r\n[1]", -32600),
        (b"Content-Length: 13\r\n\r\n{\"id\": true }", -32600),
        (b"Content-Length: lots\r\n\r\n", -32700),
        (b"Content-Length: -1\r\n\r\n", -32700),
        (b"Content-Length: 99999999999999999999999999\r\n\r\n", -32700),
        (b"nonsense\r\n\r\n", -32700),
    ] {
        client.bytes(bytes);
        let told = loop {
            let message = client.any();
            if message["id"].is_null() && message.get("error").is_some() {
                break message;
            }
        };
        assert_eq!(told["error"]["code"], code, "{told}");
        assert!(client.lives());
    }
    assert!(client.stop().success());
}

#[test]
fn a_message_of_a_hundred_megabytes_is_refused() {
    let mut client = Client::new();
    let length = 100 << 20;
    client.bytes(format!("Content-Length: {length}\r\n\r\n").as_bytes());
    let block = vec![b'x'; 1 << 20];
    for _ in 0..length >> 20 {
        client.bytes(&block);
    }
    let told = client.any();
    assert_eq!(told["error"]["code"], -32600, "{told}");
    assert!(told["error"]["message"].as_str().unwrap().contains("104857600"), "{told}");
    assert!(client.lives());
}

#[test]
fn requests_with_wrong_parameters_get_an_error() {
    let (mut client, open, _folder) = opened(&micro());
    for (method, params, code) in [
        ("textDocument/hover", json!({}), -32602),
        (
            "textDocument/hover",
            json!({"textDocument": {"uri": open.uri}, "position": {"line": -1, "character": 0}}),
            -32602,
        ),
        (
            "textDocument/hover",
            json!({"textDocument": {"uri": "file:///none"}, "position": {"line": 0, "character": 0}}),
            -32602,
        ),
        ("textDocument/definition", json!([1, 2]), -32602),
        ("textDocument/rename", json!({"textDocument": {"uri": open.uri}}), -32602),
        ("textDocument/completion", Value::Null, -32602),
        ("textDocument/noSuchThing", json!({}), -32601),
        ("\u{1b}[31mred", json!({}), -32601),
    ] {
        let (found, said) = client.refused(method, params);
        assert_eq!(found, code, "{method}: {said}");
        assert!(!said.contains('\u{1b}'));
    }
    // What has no answer is left out, and said to be.
    client.tell("textDocument/didChange", json!({"textDocument": 5}));
    client.wait("window/showMessage", |params| params["message"].as_str().unwrap().contains("didChange"));
    client.tell("textDocument/didOpen", json!({}));
    client.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "file:///none", "version": 1}, "contentChanges": []}),
    );
    client.tell("$/unknown", json!({}));
    assert!(client.lives());
}

#[test]
fn edits_out_of_range_and_inside_of_characters_leave_a_text() {
    let (mut client, mut open, _folder) = opened("feature a : bool = \"é😀\" == \"x\"\n");
    client.findings(&open);
    let at = |line: u64, character: u64| json!({"line": line, "character": character});
    for (start, end) in [
        (at(0, 21), at(0, 22)),
        (at(0, 22), at(0, 21)),
        (at(0, 9_999), at(0, 99_999)),
        (at(7, 0), at(99_999, 4)),
        (at(4_294_967_295, 4_294_967_295), at(0, 0)),
    ] {
        client.edit(&mut open, &json!([{"range": {"start": start, "end": end}, "text": "😀"}]));
        client.findings(&open);
        client.of_text("textDocument/semanticTokens/full", &open, json!({}));
        client.at("textDocument/hover", &open, &start);
        client.at("textDocument/completion", &open, &end);
    }
    client.replace(&mut open, &micro());
    assert_eq!(client.findings(&open), Vec::<Value>::new());
}

#[test]
fn every_prefix_of_a_text_can_be_asked_about() {
    let text = micro();
    let (mut client, mut open, _folder) = opened("");
    for (at, _) in text.char_indices().step_by(41) {
        client.replace(&mut open, &text[..at]);
        let place = crate::client::position(&text, at);
        client.at("textDocument/completion", &open, &place);
        client.at("textDocument/definition", &open, &place);
        client.of_text("textDocument/documentSymbol", &open, json!({}));
        client.of_text("textDocument/semanticTokens/full", &open, json!({}));
        client.of_text("textDocument/formatting", &open, json!({"options": {"tabSize": 4, "insertSpaces": true}}));
    }
    client.findings(&open);
    assert!(client.told.iter().all(|told| told["method"] != "window/showMessage"), "{:?}", client.told);
}

#[test]
fn what_is_deleted_or_has_no_file_can_be_written_on() {
    let (mut client, mut open, folder) = opened(&micro());
    client.findings(&open);
    for name in ["micro.onnx", "micro.npz", "few.jsonl", "micro.ansatz"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    std::fs::remove_dir(folder.path()).unwrap();
    client.replace(&mut open, &format!("{}\n", micro()));
    assert_eq!(client.findings(&open).len(), 3);
    let item =
        json!({"uri": "untitled:Untitled-1", "languageId": "ansatz", "version": 1, "text": "feature x = missing\n"});
    client.tell("textDocument/didOpen", json!({"textDocument": item}));
    client.wait("textDocument/publishDiagnostics", |params| params["uri"] == "untitled:Untitled-1");
    let place = json!({"textDocument": {"uri": "untitled:Untitled-1"}, "position": {"line": 0, "character": 9}});
    assert!(client.ask("textDocument/hover", place)["contents"]["value"].as_str().unwrap().contains("feature x"));
}

#[test]
fn a_request_that_waits_can_be_cancelled() {
    let (mut client, open, _folder) = opened(&micro());
    let params = json!({"textDocument": {"uri": open.uri}, "position": open.place("feature equal_|count")});
    let id = client.begin("textDocument/hover", params);
    client.tell("$/cancelRequest", json!({"id": id}));
    let found = client.answer(id);
    // It may have been answered before the editor changed its mind.
    let code = found["error"]["code"].as_i64();
    assert!(code == Some(-32800) || found.get("result").is_some(), "{found}");
    client.tell("$/cancelRequest", json!({"id": 4711}));
    client.tell("$/cancelRequest", json!({"id": {}}));
    assert!(client.lives());
}

#[test]
fn a_session_has_a_beginning_and_an_end() {
    let mut client = Client::unstarted();
    let place = json!({"textDocument": {"uri": "file:///none"}, "position": {"line": 0, "character": 0}});
    assert_eq!(client.refused("textDocument/hover", place.clone()).0, -32002);
    client.ask("initialize", json!({"capabilities": {}}));
    client.ask("shutdown", Value::Null);
    assert_eq!(client.refused("textDocument/hover", place).0, -32600);
    client.tell("exit", Value::Null);
    assert!(client.hang_up().success());
    let mut client = Client::new();
    client.tell("exit", Value::Null);
    assert_eq!(client.hang_up().code(), Some(1), "without `shutdown` it is not well");
    assert_eq!(Client::new().hang_up().code(), Some(1));
}
