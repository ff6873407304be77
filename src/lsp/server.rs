//! The loop of the server: what arrives, one by one, and what waits for a check.

use super::check::Host;
use super::documents::{Document, Documents};
use super::facts::Facts;
use super::findings::Shown;
use super::index::Index;
use super::position::Encoding;
use super::project::{Units, library_file};
use super::view::View;
use super::wire::{self, Incoming};
use super::worker::{self, Done, Job};
use crate::elaborate::LIBRARY;
use crate::files;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{MessageType, PublishDiagnosticsParams, ShowMessageParams};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// A text is checked when nothing has arrived for so long.
const QUIET: Duration = Duration::from_millis(150);

/// What happens to the server.
enum Event {
    Incoming(Incoming),
    Done(Done),
}

/// What is known of an open text.
#[derive(Debug, Default)]
struct Known {
    /// The moment of the last change of anything that it depends on.
    wanted: u64,
    /// The moment that the last check saw.
    done: u64,
    facts: Arc<Facts>,
    shown: Vec<Shown>,
}

/// The state of a session.
pub struct Server {
    output: Box<dyn Write + Send>,
    jobs: Sender<Job>,
    pub(super) documents: Documents,
    pub(super) encoding: Encoding,
    pub(super) units: Units,
    known: BTreeMap<String, Known>,
    /// The moment that a view was made at, with the view.
    views: BTreeMap<String, (u64, View)>,
    /// The text that is checked just now.
    running: Option<String>,
    /// Requests that wait for a check.
    waiting: Vec<Request>,
    /// What has been shown last, by text.
    published: BTreeMap<String, Vec<lsp_types::Diagnostic>>,
    pub(super) is_started: bool,
    pub(super) watches: bool,
    is_stopping: bool,
    /// The library as files, for as long as the server runs.
    _library: Option<tempfile::TempDir>,
}

/// Serves one editor until it says `exit` or is gone. True if it has said `shutdown` before.
///
/// # Errors
/// Threads cannot be started, or the output is closed.
pub fn serve(input: Box<dyn Read + Send>, output: Box<dyn Write + Send>, host: Arc<dyn Host>) -> std::io::Result<bool> {
    let (sender, events) = channel();
    let done = sender.clone();
    let jobs = worker::start(host, move |found| _ = done.send(Event::Done(found)))?;
    let read = move || {
        let mut input = BufReader::new(input);
        loop {
            let incoming = wire::read(&mut input);
            let is_end = matches!(incoming, Incoming::End);
            if sender.send(Event::Incoming(incoming)).is_err() || is_end {
                return;
            }
        }
    };
    std::thread::Builder::new().name("read".to_owned()).spawn(read)?;
    let library = library_folder();
    let mut units = Units::default();
    units.library = library.as_ref().map(|folder| folder.path().to_owned());
    let mut server = Server {
        output,
        jobs,
        documents: Documents::default(),
        encoding: Encoding::Utf16,
        units,
        known: BTreeMap::new(),
        views: BTreeMap::new(),
        running: None,
        waiting: Vec::new(),
        published: BTreeMap::new(),
        is_started: false,
        watches: false,
        is_stopping: false,
        _library: library,
    };
    server.run(&events)
}

/// The library as files that editors can open. Without it, only its text cannot be looked at.
fn library_folder() -> Option<tempfile::TempDir> {
    let folder = files::private_folder().ok()?;
    for part in LIBRARY {
        files::write(&folder.path().join(library_file(part.name)), part.text.as_bytes()).ok()?;
    }
    Some(folder)
}

impl Server {
    fn run(&mut self, events: &Receiver<Event>) -> std::io::Result<bool> {
        let mut queue: VecDeque<Event> = VecDeque::new();
        loop {
            if queue.is_empty() {
                match events.recv_timeout(QUIET) {
                    Ok(event) => queue.push_back(event),
                    Err(RecvTimeoutError::Timeout) => {
                        self.start_check()?;
                        // With nothing to do there is nothing to look for.
                        match events.recv() {
                            Ok(event) => queue.push_back(event),
                            Err(_) => return Ok(self.is_stopping),
                        }
                    }
                    Err(RecvTimeoutError::Disconnected) => return Ok(self.is_stopping),
                }
            }
            queue.extend(events.try_iter());
            self.cancel_queued(&mut queue)?;
            let Some(event) = queue.pop_front() else { continue };
            match event {
                Event::Done(done) => self.done(done)?,
                Event::Incoming(Incoming::End) => return Ok(self.is_stopping),
                Event::Incoming(Incoming::Broken(code, why)) => {
                    wire::write_fault(&mut self.output, code, &why)?;
                    self.say(MessageType::WARNING, &why)?;
                }
                Event::Incoming(Incoming::Message(Message::Notification(told))) if told.method == "exit" => {
                    return Ok(self.is_stopping);
                }
                Event::Incoming(Incoming::Message(message)) => self.guarded(message)?,
            }
        }
    }

    /// Requests that are cancelled before it is their turn are not begun.
    fn cancel_queued(&mut self, queue: &mut VecDeque<Event>) -> std::io::Result<()> {
        let cancelled = |event: &Event| match event {
            Event::Incoming(Incoming::Message(Message::Notification(told))) => cancelled_id(told),
            _ => None,
        };
        let ids: Vec<RequestId> = queue.iter().filter_map(cancelled).collect();
        for id in ids {
            let is_it = |event: &Event| matches!(event, Event::Incoming(Incoming::Message(Message::Request(request))) if request.id == id);
            if let Some(at) = queue.iter().position(is_it) {
                queue.remove(at);
                self.refuse(id, ErrorCode::RequestCanceled, "cancelled")?;
            }
        }
        Ok(())
    }

    /// A fault of the server costs one message.
    fn guarded(&mut self, message: Message) -> std::io::Result<()> {
        let id = if let Message::Request(request) = &message { Some(request.id.clone()) } else { None };
        match catch_unwind(AssertUnwindSafe(|| self.message(message))) {
            Ok(ended) => ended,
            Err(fault) => {
                self.views.clear();
                let why = format!("a bug in Ansatz: {}", worker::fault_message(fault.as_ref()));
                match id {
                    Some(id) => self.refuse(id, ErrorCode::InternalError, &why),
                    None => self.say(MessageType::ERROR, &why),
                }
            }
        }
    }

    fn message(&mut self, message: Message) -> std::io::Result<()> {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(told) => super::requests::told(self, &told),
            Message::Response(_) => Ok(()),
        }
    }

    fn request(&mut self, request: Request) -> std::io::Result<()> {
        if request.method == "shutdown" {
            self.is_stopping = true;
            return self.answer(request.id, Ok(Value::Null));
        }
        if self.is_stopping {
            return self.refuse(request.id, ErrorCode::InvalidRequest, "the server is shutting down");
        }
        if !self.is_started && request.method != "initialize" {
            return self.refuse(request.id, ErrorCode::ServerNotInitialized, "`initialize` comes first");
        }
        if self.has_to_wait(&request) {
            self.waiting.push(request);
            return self.start_check();
        }
        let id = request.id.clone();
        let found = super::requests::answer(self, &request);
        self.answer(id, found)
    }

    /// Whether a request is about what a check finds out, and the text has changed since the last one.
    fn has_to_wait(&self, request: &Request) -> bool {
        const WAIT: [&str; 3] = ["textDocument/hover", "textDocument/inlayHint", "textDocument/codeAction"];
        if !WAIT.contains(&request.method.as_str()) {
            return false;
        }
        let uri = request.params.pointer("/textDocument/uri").and_then(Value::as_str);
        let known = uri.and_then(|uri| self.known.get(uri));
        known.is_some_and(|known| known.done < known.wanted)
    }

    pub(super) fn answer(&mut self, id: RequestId, found: Result<Value, (ErrorCode, String)>) -> std::io::Result<()> {
        match found {
            Ok(value) => self.send(&Message::Response(Response::new_ok(id, value))),
            Err((code, why)) => self.refuse(id, code, &why),
        }
    }

    fn refuse(&mut self, id: RequestId, code: ErrorCode, why: &str) -> std::io::Result<()> {
        self.send(&Message::Response(Response::new_err(id, code as i32, why.to_owned())))
    }

    fn send(&mut self, message: &Message) -> std::io::Result<()> {
        wire::write(&mut self.output, message)
    }

    pub(super) fn notify(&mut self, method: &str, params: impl Serialize) -> std::io::Result<()> {
        self.send(&Message::Notification(Notification::new(method.to_owned(), params)))
    }

    pub(super) fn ask(&mut self, method: &str, params: impl Serialize) -> std::io::Result<()> {
        self.send(&Message::Request(Request::new(RequestId::from(method.to_owned()), method.to_owned(), params)))
    }

    /// Tells people something.
    pub(super) fn say(&mut self, kind: MessageType, text: &str) -> std::io::Result<()> {
        self.notify("window/showMessage", ShowMessageParams { typ: kind, message: text.to_owned() })
    }

    /// Cancels a request that waits.
    pub(super) fn cancel(&mut self, told: &Notification) -> std::io::Result<()> {
        let Some(id) = cancelled_id(told) else { return Ok(()) };
        let Some(at) = self.waiting.iter().position(|request| request.id == id) else { return Ok(()) };
        self.waiting.remove(at);
        self.refuse(id, ErrorCode::RequestCanceled, "cancelled")
    }

    /// A text has changed: it is checked anew, and so is every open text that uses it.
    pub(super) fn changed(&mut self, uri: &str) {
        let revision = self.documents.touch();
        let open: Vec<Document> = self.documents.iter().cloned().collect();
        for document in open {
            let name = document.uri.as_str().to_owned();
            let uses = name == uri || self.uses(&document, uri);
            if uses && !self.is_library(&document) {
                self.known.entry(name).or_default().wanted = revision;
            }
        }
    }

    /// Anything may have changed.
    pub(super) fn all_changed(&mut self) {
        let revision = self.documents.touch();
        self.known.values_mut().for_each(|known| known.wanted = revision);
    }

    fn uses(&mut self, document: &Document, uri: &str) -> bool {
        let other = self.documents.get(uri).and_then(|document| document.path.clone());
        let other = other.or_else(|| super::uri::path(uri)).map(|path| super::documents::identity(&path));
        let Some(other) = other else { return false };
        let view = self.view(document);
        let path = |unit: &Arc<super::project::Unit>| unit.path.as_deref().map(super::documents::identity);
        view.project.units.iter().filter_map(path).any(|path| path == other)
    }

    fn is_library(&self, document: &Document) -> bool {
        self.units.library_part(document.path.as_deref()).is_some()
    }

    /// A text is no longer open: what was said of it is taken back.
    pub(super) fn closed(&mut self, uri: &str) -> std::io::Result<()> {
        self.known.remove(uri);
        self.views.remove(uri);
        self.all_changed();
        self.publish(None)
    }

    /// Starts the next check, unless one is running.
    pub(super) fn start_check(&mut self) -> std::io::Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        let is_due = |known: &Known| known.done < known.wanted;
        let awaited = self.waiting.iter().filter_map(|request| request.params.pointer("/textDocument/uri")?.as_str());
        let awaited = awaited.filter(|uri| self.known.get(*uri).is_some_and(is_due)).map(str::to_owned).next();
        let next = awaited.or_else(|| self.known.iter().find(|(_, known)| is_due(known)).map(|(uri, _)| uri.clone()));
        let Some(uri) = next else { return Ok(()) };
        let Some(document) = self.documents.get(&uri).cloned() else { return Ok(()) };
        let revision = self.known.get(&uri).map_or(0, |known| known.wanted);
        let job = Job { document, open: self.documents.snapshot(), encoding: self.encoding, revision };
        if self.jobs.send(job).is_ok() {
            self.running = Some(uri);
        }
        Ok(())
    }

    /// Takes the result of a check in, unless the text has changed since.
    fn done(&mut self, done: Done) -> std::io::Result<()> {
        self.running = None;
        if let Some(known) = self.known.get_mut(&done.uri).filter(|known| known.wanted == done.revision) {
            known.done = done.revision;
            match done.found {
                Ok((shown, facts)) => {
                    known.shown = shown;
                    known.facts = Arc::new(facts);
                    self.views.clear();
                    self.publish(Some(&done.uri))?;
                }
                Err(fault) => self.say(MessageType::ERROR, &format!("a bug in Ansatz stopped a check: {fault}"))?,
            }
            self.answer_waiting()?;
        }
        self.start_check()
    }

    fn answer_waiting(&mut self) -> std::io::Result<()> {
        for request in std::mem::take(&mut self.waiting) {
            self.request(request)?;
        }
        Ok(())
    }

    /// Shows the findings of all open texts: an open text its own, another those of the texts that use it. What is
    /// shown already is not shown again, but for the text that was checked just now.
    fn publish(&mut self, checked: Option<&str>) -> std::io::Result<()> {
        let mut by_uri: BTreeMap<String, Vec<lsp_types::Diagnostic>> = BTreeMap::new();
        for (main, known) in &self.known {
            by_uri.entry(main.clone()).or_default();
            for found in &known.shown {
                let uri = found.uri.as_str();
                if uri == main || !self.known.contains_key(uri) {
                    let list = by_uri.entry(uri.to_owned()).or_default();
                    if !list.contains(&found.diagnostic) {
                        list.push(found.diagnostic.clone());
                    }
                }
            }
        }
        for uri in self.published.keys() {
            by_uri.entry(uri.clone()).or_default();
        }
        for (uri, diagnostics) in by_uri {
            let before = self.published.get(&uri).map_or(&[][..], Vec::as_slice);
            if before == diagnostics && checked != Some(&uri) {
                continue;
            }
            let Some(parsed) = super::findings::parsed_uri(&uri) else { continue };
            let version = self.documents.get(&uri).map(|document| document.version);
            let params = PublishDiagnosticsParams { uri: parsed, diagnostics: diagnostics.clone(), version };
            self.notify("textDocument/publishDiagnostics", params)?;
            self.published.insert(uri, diagnostics);
        }
        self.published.retain(|_, shown| !shown.is_empty());
        Ok(())
    }

    /// The findings of a text, if no change came after them.
    pub(super) fn findings(&self, uri: &str) -> &[Shown] {
        self.known.get(uri).map_or(&[], |known| &known.shown)
    }

    /// An open text with all that requests read of it.
    pub(super) fn view(&mut self, document: &Document) -> View {
        let uri = document.uri.as_str();
        let moment = self.documents.moment();
        if let Some((made, view)) = self.views.get(uri)
            && *made == moment
        {
            return view.clone();
        }
        let project = Arc::new(self.units.project(document, &self.documents.snapshot()));
        let index = Arc::new(Index::of(&project));
        let facts = self.known.get(uri).map(|known| Arc::clone(&known.facts)).unwrap_or_default();
        let unit = project.main().map(Arc::clone).expect("a project has its main text");
        let view = View { project, index, facts, encoding: self.encoding, unit };
        self.views.insert(uri.to_owned(), (moment, view.clone()));
        view
    }
}

fn cancelled_id(told: &Notification) -> Option<RequestId> {
    if told.method != "$/cancelRequest" {
        return None;
    }
    serde_json::from_value(told.params.get("id")?.clone()).ok()
}
