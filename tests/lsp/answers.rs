//! What is said of a text: hover, symbols, colours, hints, layout.

use crate::client::{edited, micro, opened};
use serde_json::{Value, json};

fn hover(around: &str) -> String {
    let (mut client, open, _folder) = opened(&micro());
    let found = client.at("textDocument/hover", &open, &open.place(around));
    found["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_component_has_its_tensors_and_sizes() {
    let text = hover("component hea|ds(");
    for part in [
        "component heads(l in 0..2, h in 0..head) = \"blocks.{l}.attn.core\" : [batch, head, pos, d_head] at head = h",
        "axes `[batch, head = 2, pos = 8, d_head = 4]`",
        "- `heads(0, 0)`: tensor `blocks.0.attn.core`, `float32[batch, 2, 8, 4]`",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_feature_has_its_type_and_classes() {
    let text = hover("computes equal_|count");
    for part in ["feature equal_count : bool = sum(step) == 0", "`bool` on `strings`: 2 classes of ", "- `true`: "] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn functions_addresses_dims_and_data_are_told_of() {
    assert!(hover("= s|um(step)").contains("sum(x[, axis])"));
    assert!(hover("onnx(\"micro.onnx\") {\n    dim batch\n    dim p|os").contains("size 8"));
    assert!(hover("data str|ings for micro").contains(" rows of `"));
    assert!(hover("\"em|bed\"").contains("tensor `embed` of `micro`: `float32[batch, 8, 8]`"));
}

#[test]
fn the_library_is_documented() {
    let text = format!("use std.features\n{}\nfeature before : token[pos] = previous(tokens, \"[pad]\")\n", micro());
    let (mut client, open, _folder) = opened(&text);
    let found = client.at("textDocument/hover", &open, &open.place("= prev|ious(tokens"));
    let shown = found["contents"]["value"].as_str().unwrap();
    assert!(shown.contains("feature previous(x, fill) = shift(x, 1, fill)"), "{shown}");
    assert!(shown.contains("The element before: `fill` at the start."), "{shown}");
}

#[test]
fn declarations_are_a_tree() {
    let (mut client, open, _folder) = opened(&micro());
    let found = client.of_text("textDocument/documentSymbol", &open, json!({}));
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let top = names(&found);
    assert_eq!(top[..4], ["micro", "strings", "few", "is_open"]);
    assert!(top.contains(&"base".to_owned()), "{top:?}");
    let inner = names(&found[0]["children"]);
    assert!(inner.contains(&"heads".to_owned()) && inner.contains(&"resid".to_owned()), "{inner:?}");
    let heads = found[0]["children"].as_array().unwrap().iter().find(|one| one["name"] == "heads").unwrap();
    assert_eq!(names(&heads["children"]), ["q", "k", "v", "pattern"]);
    let folds = client.of_text("textDocument/foldingRange", &open, json!({}));
    assert!(folds.as_array().unwrap().len() > 3, "{folds}");
}

/// The words of a text that have a colour, with the name of it.
fn colours(capabilities: &Value, text: &str, data: &Value) -> Vec<(String, String)> {
    let kinds = &capabilities["semanticTokensProvider"]["legend"]["tokenTypes"];
    let numbers: Vec<usize> =
        data.as_array().unwrap().iter().map(|one| usize::try_from(one.as_u64().unwrap()).unwrap()).collect();
    let lines: Vec<&str> = text.split('\n').collect();
    let (mut line, mut column) = (0, 0);
    let mut found = Vec::new();
    for token in numbers.chunks(5) {
        column = if token[0] == 0 { column + token[1] } else { token[1] };
        line += token[0];
        let units: Vec<u16> = lines[line].encode_utf16().skip(column).take(token[2]).collect();
        found.push((String::from_utf16(&units).unwrap(), kinds[token[3]].as_str().unwrap().to_owned()));
    }
    found
}

#[test]
fn words_have_the_colours_of_what_they_are() {
    let text = micro().replace("//! The model", "//! 😀 é The model");
    let (mut client, open, _folder) = opened(&text);
    let found = client.of_text("textDocument/semanticTokens/full", &open, json!({}));
    let all = colours(&client.capabilities, &text, &found["data"]);
    for (word, kind) in [
        ("hypothesis", "keyword"),
        ("micro", "namespace"),
        ("heads", "class"),
        ("equal_count", "variable"),
        ("sum", "function"),
        ("cross_entropy", "function"),
        ("pos", "property"),
        ("bool", "type"),
        ("\"micro.onnx\"", "string"),
        ("->", "operator"),
        ("8", "number"),
        ("l", "parameter"),
    ] {
        assert!(all.contains(&(word.to_owned(), kind.to_owned())), "{word} {kind}: {all:?}");
    }
    assert!(all.iter().any(|(word, kind)| word.starts_with("//! 😀") && kind == "comment"), "{all:?}");
}

#[test]
fn hints_give_sizes_and_classes() {
    let (mut client, open, _folder) = opened(&format!("{}feature odd = sum(step) % 2 == 1\n", micro()));
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}});
    let found = client.of_text("textDocument/inlayHint", &open, json!({"range": whole}));
    let labels: Vec<&str> = found.as_array().unwrap().iter().map(|hint| hint["label"].as_str().unwrap()).collect();
    assert!(labels.contains(&"4 of 2 x 8 x 4"), "{labels:?}");
    assert!(labels.contains(&"8 x 8"), "{labels:?}");
    assert!(labels.contains(&"2 classes") || labels.contains(&": bool, 2 classes"), "{labels:?}");
    assert!(labels.iter().any(|label| label.starts_with(": bool")), "{labels:?}");
    let none = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}});
    assert_eq!(client.of_text("textDocument/inlayHint", &open, json!({"range": none})), json!([]));
}

#[test]
fn a_layout_is_that_of_fmt_and_a_broken_text_has_none() {
    let messy =
        micro().replace("feature step        :", "feature   step :").replace("    dim batch\n", "dim batch\n\n\n\n");
    let (mut client, mut open, _folder) = opened(&messy);
    let options = json!({"options": {"tabSize": 2, "insertSpaces": false}});
    let edits = client.of_text("textDocument/formatting", &open, options.clone());
    let laid = edited(&messy, edits.as_array().unwrap());
    assert_ne!(laid, messy);
    client.replace(&mut open, &laid);
    assert_eq!(client.of_text("textDocument/formatting", &open, options.clone()), json!([]), "{laid}");
    client.replace(&mut open, "feature x = (");
    assert_eq!(client.of_text("textDocument/formatting", &open, options), Value::Null);
}
