//! Text to abstract syntax. Parsing never fails: it gives a tree and findings.

pub mod ast;
