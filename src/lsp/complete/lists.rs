//! Names and words for a place.

use super::context::Context;
use crate::elaborate::LIBRARY;
use crate::feature::{FUNCTION_NAMES, usage};
use crate::files;
use crate::lsp::hover;
use crate::lsp::index::{Owner, Space, Symbol};
use crate::lsp::view::View;
use crate::source::Span;
use crate::syntax::{self, ast};
use lsp_types::{CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind, TextEdit};
use std::collections::{BTreeMap, BTreeSet};

/// So many addresses of a model are offered.
const MOST_ADDRESSES: usize = 2_000;
/// So many names are offered with what is known of them.
const MOST_DESCRIBED: usize = 300;

pub struct Lists<'a> {
    pub view: &'a View,
    pub context: &'a Context,
}

impl Lists<'_> {
    pub fn words_of_line(&self) -> Vec<CompletionItem> {
        let mut found = words(syntax::words_of_block(&self.context.block));
        match self.context.block.as_str() {
            "hypothesis" | "with" | "for" => found.extend(self.nodes()),
            "data" => found.extend(self.of_space(Space::Value)),
            "expect" => found.extend(words(&["recovered", "scrubbed", "clean", "iia"])),
            "search" => found.extend(words(&["budget", "references", "challenge", "start", "strategy", "price"])),
            "calibrate" => found.extend(words(&["truth", "start", "against", "vary", "changes", "size", "references"])),
            _ => {}
        }
        found
    }

    pub fn types(&self) -> Vec<CompletionItem> {
        let one = |name: &&str| item(name, CompletionItemKind::STRUCT, None);
        crate::data::Scalar::NAMES.iter().map(one).collect()
    }

    pub fn dims(&self) -> Vec<CompletionItem> {
        let mut found = self.of_space(Space::Dim);
        // Behind a value an index can stand without the name of its axis.
        found.extend(self.symbols(|symbol| matches!(symbol.space, Space::Parameter | Space::Constant)));
        found
    }

    pub fn regions(&self) -> Vec<CompletionItem> {
        let inputs = self.inputs();
        let is_region = |symbol: &Symbol| {
            symbol.space == Space::Component || (symbol.space == Space::Value && inputs.contains(&symbol.name))
        };
        self.symbols(is_region)
    }

    fn inputs(&self) -> BTreeSet<String> {
        let files = self.view.project.units.iter().map(|unit| &unit.parsed.file);
        let bodies = files.flat_map(|file| {
            let models = file.models.iter().map(|item| &item.body);
            models.chain(file.maps.iter().map(|item| &item.body))
        });
        bodies.flat_map(|body| body.inputs.iter().map(|input| input.name.text.clone())).collect()
    }

    pub fn ports(&self) -> Vec<CompletionItem> {
        self.of_space(Space::Port)
    }

    pub fn nodes(&self) -> Vec<CompletionItem> {
        let root = self.root();
        self.symbols(|symbol| {
            symbol.space == Space::Node
                && matches!((&symbol.owner, &root), (Owner::Claims(own), Some(root)) if own == root)
        })
    }

    pub fn ends(&self) -> Vec<CompletionItem> {
        let mut found = self.nodes();
        found.extend(self.of_space(Space::Behaviour));
        found
    }

    /// The hypothesis whose nodes hold here, by the first of its chain.
    fn root(&self) -> Option<String> {
        let file = &self.view.unit.parsed.file;
        let mut open: Vec<&ast::ItemFamily> = file.families.iter().collect();
        let mut starts = claims_of(&file.hypotheses, &file.expects);
        while let Some(family) = open.pop() {
            starts.extend(claims_of(&family.hypotheses, &family.expects));
            open.extend(&family.families);
        }
        let before = starts.into_iter().filter(|(start, _)| *start as usize <= self.context.offset);
        let (_, name) = before.max_by_key(|(start, _)| *start)?;
        self.view.index.roots.get(name).cloned()
    }

    pub fn claims(&self) -> Vec<CompletionItem> {
        let mut found = words(&["exact", "any", "mean", "zero", "constant"]);
        found.extend(self.expression());
        found
    }

    pub fn schemes(&self) -> Vec<CompletionItem> {
        let mut found = words(&["any", "exact", "apart", "mean", "zero", "constant"]);
        found.extend(self.symbols(|symbol| symbol.space == Space::Draw));
        found
    }

    pub fn over(&self) -> Vec<CompletionItem> {
        let mut found = self.of_space(Space::Dim);
        found.extend(self.of_space(Space::Feature));
        found
    }

    pub fn library(&self) -> Vec<CompletionItem> {
        // Behind `std.` only the last word is wanted.
        let typed = self.view.unit.text.get(..self.context.offset).unwrap_or("");
        let behind = typed.trim_end_matches(|last: char| last.is_ascii_alphanumeric()).ends_with("std.");
        let name =
            |part: &crate::elaborate::Part| if behind { part.name.trim_start_matches("std.") } else { part.name };
        LIBRARY.iter().map(|part| item(name(part), CompletionItemKind::MODULE, None)).collect()
    }

    pub fn maps(&self) -> Vec<CompletionItem> {
        let mut found = self.of_space(Space::Map);
        let typed = self.view.unit.text.get(..self.context.offset).unwrap_or("");
        let typed = typed.trim_end_matches(|last: char| last.is_ascii_alphanumeric() || last == '_');
        for part in LIBRARY {
            let parsed = syntax::parse(self.view.unit.id, part.text);
            for map in &parsed.file.maps {
                let whole = format!("{}.{}", part.name, map.name.text);
                let behind = format!("{}.", part.name);
                let name = match () {
                    () if typed.ends_with(&behind) => map.name.text.clone(),
                    () if typed.ends_with("std.") => whole.trim_start_matches("std.").to_owned(),
                    () => whole,
                };
                found.push(item(&name, CompletionItemKind::MODULE, Some(map.docs.clone())));
            }
        }
        found
    }

    pub fn of_space(&self, space: Space) -> Vec<CompletionItem> {
        self.symbols(|symbol| symbol.space == space)
    }

    pub fn expression(&self) -> Vec<CompletionItem> {
        let is_value = |symbol: &Symbol| {
            let space = symbol.space;
            matches!(space, Space::Feature | Space::Value | Space::Table | Space::Constant | Space::Function)
                || matches!(space, Space::Parameter | Space::Pieces)
        };
        let mut found = self.symbols(is_value);
        let known: BTreeSet<String> = found.iter().map(|item| item.label.clone()).collect();
        let functions = FUNCTION_NAMES.iter().filter(|name| !known.contains(**name));
        found.extend(functions.map(|name| CompletionItem {
            detail: usage(name).map(str::to_owned),
            ..item(name, CompletionItemKind::FUNCTION, None)
        }));
        found.extend(words(&["if", "then", "else", "and", "or", "not", "true", "false"]));
        found
    }

    /// Tensors that the model has, by address; with the parameters of a family in the place of their first numbers.
    pub fn addresses(&self) -> Vec<CompletionItem> {
        let is_end = matches!(self.context.line.as_str(), "input" | "output");
        let parameters = self.parameters();
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for model in self.view.facts.models.values() {
            let all = if is_end { &model.ends } else { &model.addresses };
            for (address, ty) in all.iter().take(MOST_ADDRESSES) {
                found.entry(address.clone()).or_insert_with(|| ty.clone());
                if let Some(pattern) = with_parameters(address, &parameters) {
                    found.entry(pattern).or_insert_with(|| ty.clone());
                }
            }
        }
        // Addresses have dots and slashes, which end words for editors: all that is written is replaced.
        let (unit, offset) = (&self.view.unit, self.context.offset);
        let range = self.view.range(Span::new(unit.id, offset - self.context.written.len()..offset));
        let one = |(address, ty): (String, String)| {
            let edit = TextEdit { range, new_text: address.clone() };
            let shown = CompletionItem { detail: Some(ty), ..item(&address, CompletionItemKind::VALUE, None) };
            CompletionItem { text_edit: Some(edit.into()), filter_text: Some(address), ..shown }
        };
        found.into_iter().map(one).collect()
    }

    /// The parameters of the component that the place lies in.
    fn parameters(&self) -> Vec<String> {
        let text = self.view.unit.text.get(..self.context.offset).unwrap_or("");
        let from = text.rfind("component ").max(text.rfind("site ")).unwrap_or(text.len());
        let head = text.get(from..).unwrap_or("").split('=').next().unwrap_or("");
        let inside = head.split_once('(').map_or("", |(_, inside)| inside);
        let names =
            inside.split(',').filter_map(|part| part.split_once(" in ").map(|(name, _)| name.trim().to_owned()));
        names.collect()
    }

    pub fn files(&self) -> Vec<CompletionItem> {
        let Some(own) = self.view.unit.path.as_deref() else { return Vec::new() };
        let folder = own.parent().unwrap_or(std::path::Path::new(""));
        let (inner, _) = self.context.written.rsplit_once('/').unwrap_or(("", ""));
        let names = files::list_folder(&folder.join(inner));
        let own = own.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let texts = names.iter().filter(|name| name.ends_with(".ansatz") && (!inner.is_empty() || *name != own));
        texts.map(|name| item(name, CompletionItemKind::FILE, None)).collect()
    }

    /// Whether the place lies in a part of the text, or behind it on its line, where it is still being written.
    fn is_within(&self, part: std::ops::Range<usize>) -> bool {
        let behind = self.view.unit.text.get(part.end..self.context.offset);
        let goes_on = behind.is_some_and(|text| text.trim().is_empty() && !text.contains('\n'));
        part.start <= self.context.offset && (self.context.offset <= part.end || goes_on)
    }

    /// Names that hold here and are of these kinds, each once.
    fn symbols(&self, wanted: impl Fn(&Symbol) -> bool) -> Vec<CompletionItem> {
        let view = self.view;
        let sees = view.project.sees.get(&view.unit.id).map_or(&[][..], Vec::as_slice);
        let holds = |symbol: &Symbol| match &symbol.owner {
            Owner::User | Owner::Claims(_) => true,
            Owner::Part(part) => sees.contains(part),
            Owner::Local(within) => within.file == view.unit.id && self.is_within(within.range()),
        };
        let mut found: BTreeMap<&str, CompletionItem> = BTreeMap::new();
        for (at, symbol) in view.index.symbols.iter().enumerate() {
            if !symbol.name.is_empty() && wanted(symbol) && holds(symbol) && !found.contains_key(symbol.name.as_str()) {
                let text = (found.len() < MOST_DESCRIBED).then(|| hover::described(view, at, symbol));
                found.insert(&symbol.name, item(&symbol.name, kind(symbol.space), text));
            }
        }
        found.into_values().collect()
    }
}

/// Where hypotheses and their variants start, with the name of each.
fn claims_of<'a>(hypotheses: &'a [ast::Hypothesis], expects: &'a [ast::Expect]) -> Vec<(u32, &'a str)> {
    let own = hypotheses.iter().map(|item| (item.span.start, item.name.name.text.as_str()));
    own.chain(expects.iter().map(|item| (item.span.start, item.hypothesis.name.text.as_str()))).collect()
}

/// `blocks.1.attn.2` as `blocks.{l}.attn.{h}`, if there are as many parameters; fewer fill the first.
fn with_parameters(address: &str, parameters: &[String]) -> Option<String> {
    let mut names = parameters.iter();
    let mut changed = false;
    let parts = address.split('.').map(|part| {
        // Behind a slash stands an operator, whose number is not one of a module.
        let (number, rest) = part.split_once('/').map_or((part, ""), |(number, rest)| (number, rest));
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        match if is_number { names.next() } else { None } {
            Some(name) => {
                changed = true;
                let behind = if rest.is_empty() { String::new() } else { format!("/{rest}") };
                format!("{{{name}}}{behind}")
            }
            None => part.to_owned(),
        }
    });
    let pattern = parts.collect::<Vec<_>>().join(".");
    changed.then_some(pattern)
}

fn kind(space: Space) -> CompletionItemKind {
    match space {
        Space::Model | Space::Data | Space::Map => CompletionItemKind::MODULE,
        Space::Component | Space::Hypothesis | Space::Interchange => CompletionItemKind::CLASS,
        Space::Function | Space::Pieces => CompletionItemKind::FUNCTION,
        Space::Constant => CompletionItemKind::CONSTANT,
        Space::Port | Space::Dim => CompletionItemKind::PROPERTY,
        Space::Challenge | Space::Search | Space::Calibration => CompletionItemKind::EVENT,
        _ => CompletionItemKind::VARIABLE,
    }
}

fn words(words: &[&str]) -> Vec<CompletionItem> {
    words.iter().map(|word| item(word, CompletionItemKind::KEYWORD, None)).collect()
}

fn item(label: &str, kind: CompletionItemKind, docs: Option<String>) -> CompletionItem {
    let markup = |value: String| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value });
    CompletionItem {
        label: label.to_owned(),
        kind: Some(kind),
        documentation: docs.filter(|text| !text.is_empty()).map(markup),
        ..CompletionItem::default()
    }
}
