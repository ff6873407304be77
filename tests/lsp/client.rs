//! An editor: it starts the program, speaks to it, and waits for answers.
#![expect(clippy::disallowed_methods, reason = "tests make files and start programs")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// Where nothing comes for so long, nothing will. Other work on the machine can make it slow.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Client {
    program: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// What has come and was not asked for.
    pub told: Vec<Value>,
    next: i64,
    version: i64,
    /// What `initialize` has given.
    pub capabilities: Value,
}

impl Client {
    /// A server that has been started and knows that.
    pub fn new() -> Client {
        Client::with(&json!({}))
    }

    /// The same for an editor that can do these things.
    pub fn with(capabilities: &Value) -> Client {
        let mut client = Client::unstarted();
        let found = client.ask("initialize", json!({"processId": null, "rootUri": null, "capabilities": capabilities}));
        client.capabilities = found["capabilities"].clone();
        client.tell("initialized", json!({}));
        client
    }

    /// A server that has heard nothing.
    pub fn unstarted() -> Client {
        let mut program = Command::new(env!("CARGO_BIN_EXE_ansatz"))
            .args(["lsp", "--engine", "reference", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (program.stdin.take(), program.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = message(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let (told, capabilities) = (Vec::new(), Value::Null);
        Client { program, input, messages, told, next: 0, version: 0, capabilities }
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.bytes(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    #[expect(clippy::needless_pass_by_value, reason = "messages are made where they are sent")]
    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request and gives its number.
    #[expect(clippy::needless_pass_by_value, reason = "messages are made where they are sent")]
    pub fn begin(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}));
        self.next
    }

    /// What comes next, of any kind.
    pub fn any(&mut self) -> Value {
        self.messages.recv_timeout(PATIENCE).expect("the server says nothing")
    }

    /// The answer to a request, whole.
    pub fn answer(&mut self, id: i64) -> Value {
        if let Some(at) = self.told.iter().position(|found| found["id"] == id && found.get("method").is_none()) {
            return self.told.remove(at);
        }
        loop {
            let message = self.any();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
            self.told.push(message);
        }
    }

    /// What a request gives.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        let found = self.answer(id);
        assert!(found.get("error").is_none(), "{method}: {found}");
        found["result"].clone()
    }

    /// The number and the words of the error that a request ends with.
    pub fn refused(&mut self, method: &str, params: Value) -> (i64, String) {
        let id = self.begin(method, params);
        let found = self.answer(id);
        let error = &found["error"];
        (error["code"].as_i64().unwrap_or_else(|| panic!("{method}: {found}")), error["message"].to_string())
    }

    /// What the server says by a method, the first that `fits`.
    pub fn wait(&mut self, method: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let is_it = |found: &Value| found["method"] == method && fits(&found["params"]);
        if let Some(at) = self.told.iter().position(is_it) {
            return self.told.remove(at)["params"].clone();
        }
        loop {
            let message = self.any();
            if is_it(&message) {
                return message["params"].clone();
            }
            self.told.push(message);
        }
    }

    /// Opens a text under a path.
    pub fn open(&mut self, path: &Path, text: &str) -> Text {
        let uri = uri(path);
        self.version += 1;
        let item = json!({"uri": uri, "languageId": "ansatz", "version": self.version, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": item}));
        Text { uri, text: text.to_owned(), version: self.version }
    }

    /// Puts another text in the place of an open one.
    pub fn replace(&mut self, open: &mut Text, text: &str) {
        self.edit(open, &json!([{"text": text}]));
        text.clone_into(&mut open.text);
    }

    pub fn edit(&mut self, open: &mut Text, changes: &Value) {
        self.version += 1;
        open.version = self.version;
        let document = json!({"uri": open.uri, "version": open.version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    /// The findings of the text as it is now.
    pub fn findings(&mut self, open: &Text) -> Vec<Value> {
        let fits = |params: &Value| params["uri"] == open.uri.as_str() && params["version"] == open.version;
        let found = self.wait("textDocument/publishDiagnostics", fits);
        found["diagnostics"].as_array().unwrap().clone()
    }

    /// What a method gives for a text.
    pub fn of_text(&mut self, method: &str, open: &Text, mut params: Value) -> Value {
        params["textDocument"] = json!({"uri": open.uri});
        self.ask(method, params)
    }

    /// What a method gives for a place of a text.
    pub fn at(&mut self, method: &str, open: &Text, position: &Value) -> Value {
        self.of_text(method, open, json!({"position": position}))
    }

    /// Says goodbye, and how the program has ended.
    pub fn stop(mut self) -> ExitStatus {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.program.wait().unwrap()
    }

    /// How the program ends when the editor is gone.
    pub fn hang_up(mut self) -> ExitStatus {
        self.input = None;
        self.program.wait().unwrap()
    }

    /// Whether the server still answers.
    pub fn lives(&mut self) -> bool {
        self.refused("no/such/method", json!({})).0 == -32601
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// An open text.
pub struct Text {
    pub uri: String,
    pub text: String,
    pub version: i64,
}

impl Text {
    /// The position of the place marked by `|` in `around`, which stands once in the text without the mark.
    pub fn place(&self, around: &str) -> Value {
        let (before, after) = around.split_once('|').unwrap();
        let whole = format!("{before}{after}");
        let found: Vec<usize> = self.text.match_indices(&whole).map(|(at, _)| at).collect();
        assert_eq!(found.len(), 1, "{whole}: {}", self.text);
        position(&self.text, found[0] + before.len())
    }
}

/// A byte as line and column in units of 16 bits.
pub fn position(text: &str, at: usize) -> Value {
    let before = &text[..at];
    let line = before.matches('\n').count();
    let own = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    json!({"line": line, "character": own.encode_utf16().count()})
}

/// The byte of a position.
pub fn offset(text: &str, position: &Value) -> usize {
    let line = usize::try_from(position["line"].as_u64().unwrap()).unwrap();
    let column = usize::try_from(position["character"].as_u64().unwrap()).unwrap();
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut units = 0;
    for (at, character) in text[start..].char_indices() {
        if units >= column {
            return start + at;
        }
        units += character.len_utf16();
    }
    text.len()
}

/// A text after edits that do not overlap.
pub fn edited(text: &str, edits: &[Value]) -> String {
    let place = |edit: &Value, end: &str| offset(text, &edit["range"][end]);
    let mut all: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| (place(edit, "start"), place(edit, "end"), edit["newText"].as_str().unwrap()))
        .collect();
    all.sort();
    let mut out = String::new();
    let mut at = 0;
    for (start, end, new) in all {
        out.push_str(&text[at..start]);
        out.push_str(new);
        at = end;
    }
    out + &text[at..]
}

pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn message(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().strip_prefix("Content-Length: ") {
            Some(number) => length = number.parse().ok()?,
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The model and the data of the fixtures in a folder of their own.
pub fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["micro.onnx", "micro.npz", "few.jsonl", "micro.ansatz"] {
        std::fs::copy(Path::new("tests/fixtures").join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// The text of the fixtures.
pub fn micro() -> String {
    std::fs::read_to_string("tests/fixtures/micro.ansatz").unwrap()
}

/// The fixtures with a text that is open and has been checked.
pub fn opened(text: &str) -> (Client, Text, TempDir) {
    let folder = folder();
    let mut client = Client::new();
    let open = client.open(&folder.path().join("test.ansatz"), text);
    (client, open, folder)
}
