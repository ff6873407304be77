//! Every name of every example is called otherwise, and nothing that is meant has changed.
#![expect(clippy::disallowed_methods, reason = "tests read files")]

use crate::checking::bound;
use crate::client::{Client, Text, edited, position};
use ansatz::meaning::{Meaning, meanings};
use ansatz::source::FileId;
use ansatz::syntax::ast::{Ident, Type};
use ansatz::syntax::parse;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// What hypotheses mean, in order, and the codes of all findings.
fn said(name: &str, text: &str, folder: &Path) -> (Vec<String>, Vec<&'static str>) {
    let (found, checked) = bound(name, text, folder);
    (meanings(&checked).iter().map(Meaning::hash).collect(), found.codes())
}

/// The words of a text, each place.
fn words(text: &str) -> Vec<(usize, &str)> {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let length = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
        if length > 0 && !rest.starts_with(|first: char| first.is_ascii_digit()) {
            found.push((at, &rest[..length]));
        }
        at += length.max(rest.chars().next().map_or(1, char::len_utf8));
    }
    found
}

/// Names that the meaning of a hypothesis has in it: of columns, inputs, outputs and dims.
fn meant_by_name(text: &str) -> BTreeSet<String> {
    let file = parse(FileId(0), text).file;
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut add = |names: Vec<&Ident>| found.extend(names.into_iter().map(|name| name.text.clone()));
    let dims = |ty: &Type| ty.dims.iter().filter_map(|dim| dim.name.clone()).collect::<Vec<_>>();
    for body in file.models.iter().map(|item| &item.body).chain(file.maps.iter().map(|item| &item.body)) {
        add(body.dims.iter().map(|dim| &dim.name).collect());
        add(body.inputs.iter().map(|input| &input.name).collect());
        add(body.outputs.iter().map(|output| &output.name).collect());
        add(body.outputs.iter().flat_map(|output| dims(&output.ty)).collect::<Vec<_>>().iter().collect());
    }
    add(file.data.iter().flat_map(|item| item.columns.iter().map(|column| &column.name)).collect());
    add(file.tables.iter().filter_map(|item| item.ty.as_ref()).flat_map(dims).collect::<Vec<_>>().iter().collect());
    found
}

/// The text after every name that `is_wanted` has another, with how many were changed.
fn renamed(client: &mut Client, open: &mut Text, prefix: &str, is_wanted: &dyn Fn(&str) -> bool) -> usize {
    let mut count = 0;
    let mut from = 0;
    // What stands before a name that is changed is done: a name is met where it stands first.
    while let Some((at, next)) = next(client, open, (from, &format!("{prefix}_{count}")), is_wanted) {
        client.replace(open, &next);
        (from, count) = (at + 1, count + 1);
    }
    count
}

/// The next word that is a name which can be changed, by its place in the row of words, with the new text.
fn next(
    client: &mut Client,
    open: &Text,
    (from, new): (usize, &str),
    is_wanted: &dyn Fn(&str) -> bool,
) -> Option<(usize, String)> {
    for (place, (at, word)) in words(&open.text).into_iter().enumerate().skip(from) {
        let is_done = word.starts_with("renamed_") || word.starts_with("called_");
        if is_done || ansatz::syntax::KEYWORDS.contains(&word) || !is_wanted(word) {
            continue;
        }
        let params = json!({"textDocument": {"uri": open.uri}, "position": position(&open.text, at), "newName": new});
        let id = client.begin("textDocument/rename", params);
        let found = client.answer(id);
        let changes = found["result"]["changes"].as_object();
        if let Some(changes) = changes.filter(|changes| changes.len() == 1 && changes.contains_key(&open.uri)) {
            return Some((place, edited(&open.text, changes[&open.uri].as_array().unwrap())));
        }
    }
    None
}

/// Names that leave no trace are changed first: every hypothesis means what it meant. Then the others: what is found
/// stays, and so does the number of claims.
fn check(name: &str, text: &str, folder: &Path, least: usize) {
    let folder = folder.canonicalize().unwrap();
    let (hashes, codes) = said(name, text, &folder);
    let by_name = meant_by_name(text);
    let mut client = Client::new();
    let mut open = client.open(&folder.join(name), text);
    let first = renamed(&mut client, &mut open, "renamed", &|word| !by_name.contains(word));
    let (new_hashes, new_codes) = said(name, &open.text, &folder);
    assert_eq!(new_codes, codes, "{name}\n{}", open.text);
    assert_eq!(new_hashes, hashes, "{name}\n{}", open.text);
    let second = renamed(&mut client, &mut open, "called", &|_| true);
    assert!(first + second >= least, "{name}: {first} and {second} names");
    let (new_hashes, new_codes) = said(name, &open.text, &folder);
    assert_eq!((new_codes, new_hashes.len()), (codes, hashes.len()), "{name}\n{}", open.text);
}

fn example(path: &str, least: usize) {
    let path = Path::new(path);
    let text = std::fs::read_to_string(path).unwrap();
    check(path.file_name().unwrap().to_str().unwrap(), &text, path.parent().unwrap(), least);
}

#[test]
fn names_of_the_fixtures_mean_nothing() {
    example("tests/fixtures/micro.ansatz", 25);
}

#[test]
fn names_of_the_examples_mean_nothing() {
    for (path, least) in [
        ("examples/brackets/claims.ansatz", 25),
        ("examples/induction/induction.ansatz", 25),
        ("examples/patching/heads_by_position.ansatz", 5),
        ("examples/patching/interchanges.ansatz", 5),
        ("examples/patching/ablations.ansatz", 5),
        ("examples/reading/twins.ansatz", 5),
        ("examples/reading/cancel.ansatz", 5),
        ("examples/truth/both.ansatz", 20),
        ("examples/brackets/published.ansatz", 20),
        ("examples/tutorial/third.ansatz", 5),
    ] {
        example(path, least);
    }
}

/// The examples of the document of the language, all of which stand below one head.
#[test]
fn names_of_the_document_mean_nothing() {
    let text = std::fs::read_to_string("docs/language.md").unwrap();
    let mut blocks = text.split("```ansatz").skip(1).map(|rest| rest.split("```").next().unwrap());
    let head = blocks.next().unwrap().to_owned();
    let more: String = blocks.filter_map(|block| block.strip_prefix(",more\n")).collect();
    check("document.ansatz", &format!("{head}{more}"), Path::new("tests/fixtures"), 100);
}

/// Names in a text that is not the only one of its model stay those of the other.
#[test]
fn what_the_library_declares_keeps_its_name() {
    let text = "use std.features\nmodel m = onnx(\"none.onnx\") as std.transformer.gpt2(layers = 2)\n\nfeature first : token[pos] = previous(tokens, 0)\n";
    let folder = tempfile::TempDir::new().unwrap();
    let mut client = Client::new();
    let mut open = client.open(&folder.path().join("test.ansatz"), text);
    assert_eq!(renamed(&mut client, &mut open, "renamed", &|_| true), 2, "{}", open.text);
    assert!(open.text.contains("previous(tokens, 0)") && open.text.contains("token[pos]"), "{}", open.text);
}
