//! A strict reader of the markup that templates write.

use std::collections::BTreeSet;

/// Elements without an end.
const VOID: [&str; 2] = ["meta", "br"];
/// What `&` may begin.
const REFERENCES: [&str; 5] = ["amp;", "lt;", "gt;", "quot;", "#39;"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// With a slash before it for an end.
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// The text behind it, up to the next tag.
    pub text: String,
}

impl Tag {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The tags of a page in order. Every element is closed, by the tag that fits.
pub fn tags(page: &str) -> Vec<Tag> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap_or(page);
    let mut found: Vec<Tag> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    while let Some(start) = rest.find('<') {
        if let Some(last) = found.last_mut() {
            last.text = text(&rest[..start]);
        }
        let (tag, closes, behind) = tag(&rest[start..]);
        rest = behind;
        match tag.name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "{tag:?} closes another element"),
            None if closes || VOID.contains(&tag.name.as_str()) => {}
            None => open.push(tag.name.clone()),
        }
        let is_style = tag.name == "style";
        found.push(tag);
        if is_style {
            let end = rest.find("</style>").expect("the style ends");
            rest = &rest[end..];
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    found
}

/// One tag, whether it closes itself, and what is behind it.
fn tag(from: &str) -> (Tag, bool, &str) {
    let name_end = from.find([' ', '>', '\n']).expect("a tag ends");
    let name = &from[1..name_end];
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric());
    assert!(is_name(name.trim_start_matches('/')), "no tag: {}", &from[..from.len().min(80)]);
    let mut attributes = Vec::new();
    let mut rest = &from[name_end..];
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix("/>") {
            return (Tag { name: name.to_owned(), attributes, text: String::new() }, true, behind);
        }
        if let Some(behind) = rest.strip_prefix('>') {
            return (Tag { name: name.to_owned(), attributes, text: String::new() }, false, behind);
        }
        let (attribute, behind) = rest.split_once("=\"").expect("attributes have values in quotation marks");
        let (value, behind) = behind.split_once('"').expect("a value ends");
        assert!(attribute.chars().all(|letter| letter.is_ascii_alphanumeric() || "-:".contains(letter)), "{attribute}");
        assert!(!attribute.starts_with("on"), "{attribute} runs a script");
        assert!(!value.contains(['<', '>']), "{value}");
        attributes.push((attribute.to_owned(), text(value)));
        rest = behind;
    }
}

/// Text whose references are known, and that holds nothing hidden.
fn text(raw: &str) -> String {
    for (_, behind) in raw.match_indices('&').map(|(at, _)| raw.split_at(at + 1)) {
        assert!(REFERENCES.iter().any(|known| behind.starts_with(known)), "&{}", &behind[..behind.len().min(20)]);
    }
    let hidden = |letter: char| ansatz::diagnostics::is_hidden(letter) && letter != '\n';
    assert!(!raw.contains(hidden), "hidden characters in {raw:?}");
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    pairs.iter().fold(raw.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Ids are unique, and what refers to one finds it; nothing is loaded and nothing runs.
pub fn stands_for_itself(page: &str) -> Vec<Tag> {
    let tags = tags(page);
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|tag| tag.attribute("id")) {
        assert!(ids.insert(id.to_owned()), "the id {id} is there twice");
    }
    for tag in &tags {
        for (name, value) in &tag.attributes {
            match name.as_str() {
                "href" => assert!(value.strip_prefix('#').is_some_and(|id| ids.contains(id)), "{value}"),
                "aria-labelledby" => {
                    value.split(' ').for_each(|id| assert!(ids.contains(id), "{id}"));
                }
                "src" | "srcset" | "action" | "data" | "background" | "poster" => panic!("{name} loads {value}"),
                "xmlns" => assert_eq!(value, "http://www.w3.org/2000/svg"),
                _ => {}
            }
        }
        assert!(!["script", "link", "img", "iframe", "object", "base"].contains(&tag.name.as_str()), "{tag:?}");
        if tag.name == "svg" {
            assert!(tag.attribute("role") == Some("img") && tag.attribute("aria-labelledby").is_some(), "{tag:?}");
        }
        if tag.name == "th" {
            assert!(matches!(tag.attribute("scope"), Some("col" | "row")), "{tag:?}");
        }
        if tag.attribute("class") == Some("scroll") {
            let is_reached = tag.attribute("tabindex") == Some("0") && tag.attribute("aria-label").is_some();
            assert!(is_reached, "{tag:?}");
        }
    }
    let style = &page[page.find("<style>").unwrap()..page.find("</style>").unwrap()];
    assert!(!style.contains("url(") && !style.contains("@import"), "the style loads something");
    tags
}
