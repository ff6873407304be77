//! The language server: what editors ask about a text, answered out of the pipeline up to the checker. No model is run.
//!
//! ```text
//! bytes ─wire─▶ messages ─server─▶ documents ─project─▶ units ─index─▶ names ──┐
//!                            └────▶ worker ──check──▶ findings, facts ─────────┴▶ View ─▶ answers
//! ```
//!
//! Names are looked up at once, in the text as it is. Findings, and what is known of models and data, come from checks
//! on a thread of their own; what a check has found of a text that has changed since is thrown away. A fault of the
//! server costs one answer, and a fault of the checker one check.

mod actions;
mod cache;
mod check;
mod complete;
mod documents;
mod facts;
mod findings;
mod hints;
mod hover;
mod index;
mod layout;
mod navigate;
mod outline;
mod position;
mod project;
mod rename;
mod requests;
mod server;
mod tokens;
mod uri;
mod view;
mod wire;
mod worker;

pub use check::Host;
pub use server::serve;
pub use wire::MESSAGE_LIMIT;
