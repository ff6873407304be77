//! What editors ask and tell: each method with what answers it.

use super::position::Encoding;
use super::server::Server;
use super::view::View;
use super::{actions, complete, hints, hover, layout, navigate, outline, rename, tokens};
use lsp_server::{ErrorCode, Notification, Request};
use lsp_types::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An answer, or why there is none.
pub type Answer = Result<Value, (ErrorCode, String)>;

/// The files whose changes matter.
const WATCHED: &str = "**/*.{ansatz,onnx,npz,jsonl,toml}";

/// Answers a request.
pub fn answer(server: &mut Server, request: &Request) -> Answer {
    match request.method.as_str() {
        "initialize" => initialize(server, request),
        "textDocument/hover" => at(server, request, |view, params: HoverParams| {
            hover::hover(view, params.text_document_position_params.position)
        }),
        "textDocument/completion" => at(server, request, |view, params: CompletionParams| {
            Some(complete::complete(view, params.text_document_position.position))
        }),
        "textDocument/definition" => at(server, request, |view, params: GotoDefinitionParams| {
            Some(navigate::definition(view, params.text_document_position_params.position))
        }),
        "textDocument/references" => references(server, request),
        "textDocument/documentHighlight" => at(server, request, |view, params: DocumentHighlightParams| {
            Some(navigate::highlights(view, params.text_document_position_params.position))
        }),
        "textDocument/prepareRename" => prepare_rename(server, request),
        "textDocument/rename" => renamed(server, request),
        "textDocument/documentSymbol" => {
            at(server, request, |view, _: DocumentSymbolParams| Some(outline::symbols(view)))
        }
        "textDocument/foldingRange" => at(server, request, |view, _: FoldingRangeParams| Some(outline::folds(view))),
        "textDocument/semanticTokens/full" => {
            at(server, request, |view, _: SemanticTokensParams| Some(tokens::tokens(view)))
        }
        "textDocument/formatting" => at(server, request, |view, _: DocumentFormattingParams| layout::edits(view)),
        "textDocument/inlayHint" => {
            at(server, request, |view, params: InlayHintParams| Some(hints::hints(view, params.range)))
        }
        "textDocument/codeAction" => code_actions(server, request),
        method => Err((
            ErrorCode::MethodNotFound,
            format!("the server does not know `{}`", crate::diagnostics::clean(method)),
        )),
    }
}

/// Takes a message in that has no answer.
///
/// # Errors
/// The output is closed.
pub fn told(server: &mut Server, told: &Notification) -> std::io::Result<()> {
    match told.method.as_str() {
        "initialized" if server.watches => server.ask("client/registerCapability", watchers()),
        "$/cancelRequest" => server.cancel(told),
        "textDocument/didOpen" => {
            let Some(params) = noted::<DidOpenTextDocumentParams>(server, told)? else { return Ok(()) };
            let TextDocumentItem { uri, version, text, .. } = params.text_document;
            let name = uri.as_str().to_owned();
            server.documents.open(uri, version, text);
            server.changed(&name);
            Ok(())
        }
        "textDocument/didChange" => {
            let Some(params) = noted::<DidChangeTextDocumentParams>(server, told)? else { return Ok(()) };
            let VersionedTextDocumentIdentifier { uri, version } = params.text_document;
            let encoding = server.encoding;
            if server.documents.change(uri.as_str(), version, &params.content_changes, encoding) {
                server.changed(uri.as_str());
                return Ok(());
            }
            server.say(MessageType::WARNING, "an edit of a file that is not open was left out")
        }
        "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
            server.all_changed();
            Ok(())
        }
        "textDocument/didClose" => {
            let Some(params) = noted::<DidCloseTextDocumentParams>(server, told)? else { return Ok(()) };
            let uri = params.text_document.uri.as_str().to_owned();
            server.documents.close(&uri);
            server.closed(&uri)
        }
        _ => Ok(()),
    }
}

/// The parameters of a message without an answer; what is wrong with them is said.
fn noted<P: DeserializeOwned>(server: &mut Server, told: &Notification) -> std::io::Result<Option<P>> {
    match serde_json::from_value(told.params.clone()) {
        Ok(params) => Ok(Some(params)),
        Err(error) => {
            server.say(MessageType::WARNING, &format!("`{}` was left out: {error}", told.method))?;
            Ok(None)
        }
    }
}

fn parsed<P: DeserializeOwned>(request: &Request) -> Result<P, (ErrorCode, String)> {
    serde_json::from_value(request.params.clone()).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

fn value(found: impl Serialize) -> Answer {
    serde_json::to_value(found).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}

/// The text that a request is about.
fn view(server: &mut Server, request: &Request) -> Result<View, (ErrorCode, String)> {
    let uri = request.params.pointer("/textDocument/uri").and_then(Value::as_str);
    let uri = uri.ok_or((ErrorCode::InvalidParams, "a `textDocument` with a `uri` is missing".to_owned()))?;
    let document = server.documents.get(uri).cloned();
    let document = document.ok_or((ErrorCode::InvalidParams, "the file is not open".to_owned()))?;
    Ok(server.view(&document))
}

/// An answer out of one text.
fn at<P: DeserializeOwned, R: Serialize>(
    server: &mut Server,
    request: &Request,
    find: impl FnOnce(&View, P) -> Option<R>,
) -> Answer {
    let params = parsed(request)?;
    let view = view(server, request)?;
    value(find(&view, params))
}

/// The text of a request, and all open texts beside it, which may use it.
fn all_views(server: &mut Server, request: &Request) -> Result<Vec<View>, (ErrorCode, String)> {
    let first = view(server, request)?;
    let documents: Vec<_> = server.documents.iter().cloned().collect();
    let mut found = vec![first];
    for document in documents {
        let view = server.view(&document);
        if found.iter().all(|known| known.unit.id != view.unit.id) {
            found.push(view);
        }
    }
    Ok(found)
}

fn references(server: &mut Server, request: &Request) -> Answer {
    let params: ReferenceParams = parsed(request)?;
    let views = all_views(server, request)?;
    let position = params.text_document_position.position;
    value(navigate::references(&views, position, params.context.include_declaration))
}

fn prepare_rename(server: &mut Server, request: &Request) -> Answer {
    let params: TextDocumentPositionParams = parsed(request)?;
    let view = view(server, request)?;
    let range = rename::prepare(&view, params.position).map_err(|why| (ErrorCode::RequestFailed, why))?;
    value(range)
}

fn renamed(server: &mut Server, request: &Request) -> Answer {
    let params: RenameParams = parsed(request)?;
    let views = all_views(server, request)?;
    let position = params.text_document_position.position;
    let edits = rename::rename(&views, position, &params.new_name).map_err(|why| (ErrorCode::RequestFailed, why))?;
    value(edits)
}

fn code_actions(server: &mut Server, request: &Request) -> Answer {
    let params: CodeActionParams = parsed(request)?;
    let view = view(server, request)?;
    let findings = server.findings(params.text_document.uri.as_str());
    value(actions::actions(&view, findings, &params))
}

fn watchers() -> RegistrationParams {
    let watcher = serde_json::json!({"watchers": [{"globPattern": WATCHED}]});
    let registration = Registration {
        id: "files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: Some(watcher),
    };
    RegistrationParams { registrations: vec![registration] }
}

fn initialize(server: &mut Server, request: &Request) -> Answer {
    let params: InitializeParams = parsed(request)?;
    let general = params.capabilities.general.as_ref();
    let offered = general.and_then(|general| general.position_encodings.as_deref());
    server.encoding = Encoding::choose(offered);
    let workspace = params.capabilities.workspace.as_ref();
    let watched = workspace.and_then(|workspace| workspace.did_change_watched_files);
    server.watches = watched.and_then(|watched| watched.dynamic_registration) == Some(true);
    server.is_started = true;
    let info = ServerInfo { name: "ansatz".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
    value(InitializeResult { capabilities: capabilities(server.encoding), server_info: Some(info) })
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(SaveOptions { include_text: Some(false) }.into()),
        ..TextDocumentSyncOptions::default()
    };
    let characters = [".", "[", "\"", "{", ">", "/"].map(str::to_owned).to_vec();
    let kinds = vec![CodeActionKind::QUICKFIX, CodeActionKind::SOURCE_FIX_ALL];
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(sync.into()),
        hover_provider: Some(true.into()),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(characters),
            ..CompletionOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(true.into()),
        semantic_tokens_provider: Some(tokens::options().into()),
        document_formatting_provider: Some(OneOf::Left(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(
            CodeActionOptions { code_action_kinds: Some(kinds), ..CodeActionOptions::default() }.into(),
        ),
        ..ServerCapabilities::default()
    }
}
