//! The page in a browser. With `ANSATZ_PICTURE=1` as well, the pictures of `docs/report.md` are made anew.

use super::browser::Browser;
use super::folder;
use super::program::{Folder, finish};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};

/// Elements whose text is wider than they are, or reaches out of a drawing.
const OUTSIDE: &str = r#"
(() => {
  const found = [];
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push("the page is too wide");
  for (const element of document.querySelectorAll("h1,h2,h3,h4,p,li,td,th,dd,dt,code,summary,.token,.verdict")) {
    const scrolls = element.closest(".scroll");
    if (!scrolls && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      found.push("outside: " + element.textContent.slice(0, 60));
  }
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll("text")) {
      const own = text.getBoundingClientRect();
      if (own.left < frame.left - 1 || own.right > frame.right + 1 || own.top < frame.top - 1 || own.bottom > frame.bottom + 1)
        found.push("outside of its drawing: " + text.textContent);
    }
    for (const group of svg.querySelectorAll("g")) {
      const box = group.querySelector("rect.box");
      if (!box) continue;
      const frame = box.getBoundingClientRect();
      for (const text of group.querySelectorAll("text")) {
        const own = text.getBoundingClientRect();
        if (own.left < frame.left || own.right > frame.right || own.bottom > frame.bottom)
          found.push("outside of its box: " + text.textContent);
      }
    }
  }
  return found;
})()
"#;

/// Boxes and labels of graphs that lie on one another.
const OVERLAPS: &str = r#"
(() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg.graph")) {
    const all = [...svg.querySelectorAll("rect")].map(rect => rect.getBoundingClientRect());
    for (let at = 0; at < all.length; at++)
      for (let other = 0; other < at; other++) {
        const [a, b] = [all[at], all[other]];
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
          found.push([svg.querySelector("title").textContent, at, other]);
      }
  }
  return found;
})()
"#;

/// Texts whose contrast is less than 4.5 to what is behind them.
const FAINT: &str = r#"
(() => {
  const parse = text => { const n = text.match(/[\d.]+/g).map(Number); return {rgb: n.slice(0, 3), alpha: n.length > 3 ? n[3] : 1}; };
  const light = rgb => rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const found = [];
  const page = parse(getComputedStyle(document.body).backgroundColor).rgb;
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || ["title", "desc"].includes(element.tagName.toLowerCase())) continue;
    const style = getComputedStyle(element);
    const text = parse(element instanceof SVGElement ? style.fill : style.color).rgb;
    let behind = page;
    if (element.matches(".on-dot")) behind = parse(getComputedStyle(element.previousElementSibling).fill).rgb;
    else for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.alpha === 1) { behind = colour.rgb; break; }
    }
    const [high, low] = [light(text), light(behind)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) found.push([element.textContent.slice(0, 40), element.getAttribute("class"), contrast]);
  }
  return found;
})()
"#;

/// Where the first element begins, and the part of the page that the last one is of ends.
const PART: &str = r#"
(() => {
  const first = document.querySelector("FIRST"), last = document.querySelector("LAST");
  const end = last.closest("article, section").getBoundingClientRect();
  return [first.getBoundingClientRect().top + scrollY - 8, end.bottom + scrollY + 12];
})()
"#;

#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
fn browser() -> Option<Browser> {
    let program = variable("ANSATZ_CHROMIUM");
    if program.is_empty() {
        println!("ANSATZ_CHROMIUM is not set: the page is not opened in a browser");
        return None;
    }
    Some(Browser::start(&program))
}

fn variable(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "tests may be told by the environment")]
    std::env::var(name).unwrap_or_default()
}

/// Nothing was written to the console, and nothing but the page was loaded.
fn quiet(browser: &Browser) {
    let told = ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"];
    let noise: Vec<&Value> =
        browser.events.iter().filter(|event| told.iter().any(|name| event["method"] == *name)).collect();
    assert!(noise.is_empty(), "{noise:#?}");
    let requests: Vec<&str> = browser
        .events
        .iter()
        .filter(|event| event["method"] == "Network.requestWillBeSent")
        .filter_map(|event| event["params"]["request"]["url"].as_str())
        .collect();
    assert!(requests.len() == 1 && requests[0].starts_with("file://"), "{requests:?}");
}

/// The page in both schemes, wide and narrow, with all that is folded shown.
fn looks_well(browser: &mut Browser, path: &Path) {
    for (width, scheme) in [(1100, "light"), (1100, "dark"), (360, "light")] {
        browser.open(path, width, scheme);
        browser.value("document.querySelectorAll('details').forEach(one => one.open = true)");
        for (what, asked) in [("outside", OUTSIDE), ("overlaps", OVERLAPS), ("faint", FAINT)] {
            assert_eq!(browser.value(asked), json!([]), "{what} at {width} {scheme}");
        }
        let dark = browser.value("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)";
        assert_eq!(dark, scheme == "dark");
        quiet(browser);
    }
}

#[test]
fn the_page_looks_well_in_a_browser() {
    let Some(mut browser) = browser() else { return };
    let folder = folder();
    folder.run("report run.json -o page.html").without_fault();
    looks_well(&mut browser, &folder.path("page.html"));
    // The test sees what it looks for.
    let page = String::from_utf8(folder.read("page.html")).unwrap();
    folder.write(
        "wrong.html",
        page.replace(
            "</main>",
            "<p><svg width=\"10\"><text class=\"on\">too long</text></svg></p><img src=\"file:///a.png\"></main>",
        ),
    );
    browser.open(&folder.path("wrong.html"), 1100, "light");
    assert_ne!(browser.value(OUTSIDE), json!([]));
}

#[test]
fn the_example_looks_well_and_is_the_picture_of_the_docs() {
    let Some(mut browser) = browser() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Folder::with("");
    let page = folder.path("page.html");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ansatz"));
    command.current_dir(root).args(["report", "examples/brackets/claims.ansatz", "--n", "1000", "--output"]).arg(&page);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    finish(command).without_fault();
    looks_well(&mut browser, &page);
    if variable("ANSATZ_PICTURE").is_empty() {
        return;
    }
    browser.open(&page, 960, "light");
    for (picture, first, last) in [("report", "body", "#compared"), ("report-graph", "#h4", "#h4")] {
        let part = browser.value(&PART.replace("FIRST", first).replace("LAST", last));
        let [top, bottom] = [0, 1].map(|at| part[at].as_f64().unwrap());
        let picture_of = browser.picture([0.0, top, 960.0, bottom - top]);
        write_picture(&root.join(format!("docs/{picture}.png")), &picture_of);
    }
}

fn write_picture(path: &Path, base64: &str) {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for four in base64.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four.iter().fold(0_u32, |bits, letter| bits << 6 | u32::from(value(*letter)));
        let bits = bits << (6 * (4 - four.len()));
        bytes.extend(bits.to_be_bytes()[1..].iter().take(four.len() - 1));
    }
    ansatz::files::write(path, &bytes).unwrap();
}
