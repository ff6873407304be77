//! What is proposed for pipelines can be done: YAML that is YAML, and options that exist.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod program;

use program::Folder;
use std::collections::BTreeSet;
use yaml_rust2::{Yaml, YamlLoader};

const PAGE: &str = include_str!("../docs/ci.md");
const FILES: &str = include_str!("../docs/files.md");
const HOOKS: &str = include_str!("../.pre-commit-hooks.yaml");

/// The blocks of a page in one language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

fn yaml(text: &str) -> Yaml {
    let mut all = YamlLoader::load_from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0)
}

#[test]
fn blocks_are_yaml() {
    let found = blocks(PAGE, "yaml");
    assert_eq!(found.len(), 2);
    let workflow = yaml(found[0]);
    let steps = workflow["jobs"]["hypotheses"]["steps"].as_vec().unwrap();
    for step in steps {
        assert!(step["uses"].as_str().is_some() != step["run"].as_str().is_some(), "{step:?}");
    }
    blocks(FILES, "yaml").into_iter().for_each(|block| drop(yaml(block)));
}

#[test]
fn hooks_are_as_pre_commit_wants_them() {
    let hooks = yaml(HOOKS);
    let ids: BTreeSet<&str> = hooks.as_vec().unwrap().iter().map(|hook| hook["id"].as_str().unwrap()).collect();
    for hook in hooks.as_vec().unwrap() {
        for key in ["id", "name", "entry", "language", "files"] {
            assert!(hook[key].as_str().is_some_and(|value| !value.is_empty()), "{key} of {hook:?}");
        }
    }
    let config = yaml(blocks(PAGE, "yaml")[1]);
    let named = config["repos"][0]["hooks"][0]["id"].as_str().unwrap();
    assert!(ids.contains(named), "{named}");
    // Hooks are given all files at once.
    let folder = Folder::with("");
    folder.write("b.ansatz", folder.read("a.ansatz"));
    folder.run("check a.ansatz b.ansatz").ended(0);
}

/// Every command of the program in a text, word by word.
fn commands(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter_map(|line| {
        let line = line.split(" #").next().unwrap_or_default();
        let line = line.trim().trim_start_matches("- ").trim_start_matches("run: ").trim_start_matches("entry: ");
        line.strip_prefix("ansatz ")
    });
    let words = |line: &str| line.split_whitespace().take_while(|word| *word != ">").map(str::to_owned).collect();
    lines.map(words).collect()
}

#[test]
fn commands_have_the_options_that_they_are_given() {
    let texts = [blocks(PAGE, "sh"), blocks(PAGE, "yaml"), blocks(FILES, "yaml"), vec![HOOKS]].concat();
    let all: Vec<Vec<String>> = texts.into_iter().flat_map(commands).collect();
    assert!(all.len() > 8, "{all:?}");
    let folder = Folder::with("");
    for words in all {
        let help = folder.run(&format!("{} --help", words[0])).ended(0).stdout;
        for (at, word) in words.iter().enumerate().filter(|(_, word)| word.starts_with("--")) {
            assert!(help.contains(&format!("{word} ")) || help.contains(&format!("{word}\n")), "{words:?}: {word}");
            if word == "--format" {
                assert!(help.contains(words[at + 1].as_str()), "{words:?}");
            }
        }
    }
}
