//! A headless browser, spoken to over two pipes (its DevTools protocol). Needs nothing but the browser.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// A page that does not load is waited for in this many messages.
const MESSAGES: usize = 10_000;

/// A browser with one page.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: String,
    asked: u64,
    /// Removed with the browser.
    _profile: TempDir,
    /// What the page did in the meantime.
    pub events: Vec<Value>,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Browser {
    pub fn start(program: &str) -> Browser {
        let arguments = ["--headless", "--no-sandbox", "--no-zygote", "--single-process", "--in-process-gpu"];
        let further = ["--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"];
        let profile = tempfile::tempdir().expect("a temporary folder");
        // The browser reads its third stream and writes its fourth.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 1>&2", program])
            .args(arguments)
            .args(further)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the browser starts");
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut browser =
            Browser { child, to, from, session: String::new(), asked: 0, _profile: profile, events: Vec::new() };
        let target = browser.ask("Target.createTarget", &json!({"url": "about:blank"}));
        let attached = browser.ask("Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Network", "Runtime", "Log"] {
            browser.ask(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// What the browser answers.
    pub fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.asked += 1;
        let mut message = json!({"id": self.asked, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = Value::String(self.session.clone());
        }
        self.to.write_all(format!("{message}\0").as_bytes()).and_then(|()| self.to.flush()).expect("it listens");
        for _ in 0..MESSAGES {
            let message = self.message();
            if message["id"] == self.asked {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
        panic!("no answer to {method}");
    }

    fn message(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).expect("it speaks");
        bytes.pop();
        serde_json::from_slice(&bytes).expect("it speaks JSON")
    }

    /// Opens a file in a window of this width.
    pub fn open(&mut self, path: &Path, width: u32, scheme: &str) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", &size);
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.ask("Emulation.setEmulatedMedia", &json!({"features": features}));
        self.events.clear();
        self.ask("Page.navigate", &json!({"url": format!("file://{}", path.display())}));
        for _ in 0..MESSAGES {
            if self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
                return;
            }
            let message = self.message();
            self.events.push(message);
        }
        panic!("the page does not load");
    }

    /// The value of an expression in the page.
    pub fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true});
        let found = self.ask("Runtime.evaluate", &asked);
        assert!(found["exceptionDetails"].is_null(), "{found}");
        found["result"]["value"].clone()
    }

    /// A picture of a part of the page (left, top, width, height), as PNG in base 64.
    pub fn picture(&mut self, part: [f64; 4]) -> String {
        let [x, y, width, height] = part;
        let clip = json!({"x": x, "y": y, "width": width, "height": height, "scale": 1});
        let asked = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        self.ask("Page.captureScreenshot", &asked)["data"].as_str().unwrap().to_owned()
    }
}
