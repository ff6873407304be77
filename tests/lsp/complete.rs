//! What can stand at a place of a text that is being written.

use crate::client::{Client, Text, folder, micro, position};
use serde_json::{Value, json};

/// What is offered at the end of the fixtures with more behind them.
fn offered(client: &mut Client, open: &mut Text, more: &str) -> Vec<Value> {
    let text = format!("{}{more}", micro());
    client.replace(open, &text);
    let place = position(&text, text.len());
    let found = client.at("textDocument/completion", open, &place);
    found["items"].as_array().unwrap().clone()
}

fn labels(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["label"].as_str().unwrap()).collect()
}

#[test]
fn every_place_is_offered_what_can_stand_there() {
    let folder = folder();
    let mut client = Client::new();
    let mut open = client.open(&folder.path().join("test.ansatz"), &micro());
    client.findings(&open);
    let claims = "\nhypothesis x explains loss on strings {\n    node a = heads(0, 0)  computes is_open\n    ";
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("\n", &["feature", "hypothesis", "use", "constant"], &["node", "dim"]),
        ("\nhypothesis x explains ", &["loss"], &["is_open", "heads"]),
        ("\nhypothesis x explains loss on ", &["strings", "few"], &["micro"]),
        ("\nhypothesis x explains loss of ", &["micro"], &["strings"]),
        ("\nhypothesis x explains loss on strings {\n    ", &["node", "unclaimed", "draw"], &["dim", "feature"]),
        ("\nhypothesis x explains loss on strings {\n    node a = ", &["heads", "embed", "tokens", "resid"], &["loss"]),
        ("\nhypothesis x explains loss on strings {\n    node a = embed[", &["pos", "d"], &["heads"]),
        (
            "\nhypothesis x explains loss on strings {\n    node a = heads(0, 0)  computes ",
            &["exact", "mean", "equal_count", "tokens", "sum"],
            &["heads"],
        ),
        (&format!("{claims}a -> "), &["a", "loss"], &["count", "heads"]),
        (&format!("{claims}a -> a."), &["q", "k", "v", "pattern"], &["loss"]),
        (&format!("{claims}a ~> loss except via "), &["heads", "mlp"], &["loss"]),
        (&format!("{claims}unclaimed "), &["any", "exact", "apart"], &["heads"]),
        ("\nfeature q : ", &["bool", "token", "real"], &["pos"]),
        ("\nfeature q : int[", &["pos", "d_head"], &["bool"]),
        ("\nfeature q = ", &["tokens", "is_open", "suffix_sum", "if"], &["heads", "strings"]),
        ("\nfeature f(left) = ", &["left"], &[]),
        ("\nuse std.", &["features", "transformer"], &["loss"]),
        ("\nuse std.features\nfeature q = ", &["previous"], &[]),
        ("\nmodel m = onnx(\"micro.onnx\") as ", &["std.transformer.gpt2"], &[]),
        ("\nmodel m = onnx(\"micro.onnx\") as std.transformer.", &["gpt2"], &["std.transformer.gpt2"]),
        ("\nmodel m = onnx(\"micro.onnx\") {\n    ", &["dim", "component", "site"], &["node"]),
        (
            "\nmodel m = onnx(\"micro.onnx\") {\n    component x(l in 0..2) = \"blo",
            &["blocks.0.attn.core", "blocks.{l}.attn.core"],
            &["heads"],
        ),
        ("\nmodel m = onnx(\"micro.onnx\") {\n    input \"", &[], &["blocks.0.mlp"]),
        ("\nmodel m = onnx(\"micro.onnx\") {\n    input ids = \"", &["tokens"], &["blocks.0.mlp"]),
        ("\nexpect ", &["base"], &["loss"]),
        ("\nexpect base {\n    ", &["recovered", "precision"], &["node"]),
        ("\nexpect base {\n    recovered(", &["loss"], &["base"]),
        ("\n// a comment ", &[], &["feature"]),
    ];
    let mut failures = Vec::new();
    for (more, wanted, unwanted) in cases {
        let items = offered(&mut client, &mut open, more);
        let labels = labels(&items);
        let missing: Vec<_> = wanted.iter().filter(|word| !labels.contains(word)).collect();
        let extra: Vec<_> = unwanted.iter().filter(|word| labels.contains(word)).collect();
        if !missing.is_empty() || !extra.is_empty() {
            failures.push(format!("{more:?}: missing {missing:?}, too much {extra:?}: {labels:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn an_address_takes_the_place_of_all_that_is_written_of_it() {
    let folder = folder();
    let mut client = Client::new();
    let mut open = client.open(&folder.path().join("test.ansatz"), &micro());
    client.findings(&open);
    let more = "\nmodel m = onnx(\"micro.onnx\") {\n    site x = \"blocks.0/";
    let items = offered(&mut client, &mut open, more);
    let found = items.iter().find(|item| item["label"] == "blocks.0/Add").unwrap();
    let range = &found["textEdit"]["range"];
    assert_eq!(range["start"]["character"], "    site x = \"".len(), "{found}");
    assert_eq!(range["end"]["character"], "    site x = \"blocks.0/".len());
    assert_eq!(found["detail"], json!("float32[batch, 8, 8]"));
}
