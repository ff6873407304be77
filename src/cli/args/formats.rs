//! The forms in which results are written, and other choices of one word.

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// Each finding with the text that it is about.
    #[value(alias = "text")]
    Full,
    /// One line for each finding.
    Concise,
    /// One object with all findings.
    Json,
    /// An object for each finding, a line each.
    Jsonl,
    /// As `full`, and a workflow command of GitHub Actions for each finding.
    Github,
    /// A code quality report of GitLab.
    Gitlab,
    /// XML with a test case for each finding.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RunFormat {
    Text,
    Json,
    /// Text, and a workflow command of GitHub Actions for each expectation that is not confirmed.
    Github,
    /// XML with a test case for each expectation.
    Junit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// One page without scripts, that loads nothing.
    Html,
    /// Short, for a comment on a pull request.
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    Text,
    Json,
    /// A table and blocks for a comment on a pull request.
    Markdown,
}

impl From<DiffFormat> for RunFormat {
    fn from(format: DiffFormat) -> RunFormat {
        match format {
            DiffFormat::Text | DiffFormat::Markdown => RunFormat::Text,
            DiffFormat::Json => RunFormat::Json,
        }
    }
}

impl From<Format> for RunFormat {
    fn from(format: Format) -> RunFormat {
        match format {
            Format::Text => RunFormat::Text,
            Format::Json => RunFormat::Json,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    Auto,
    Reference,
    Onnxruntime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// The lossless syntax tree.
    Tree,
    /// The abstract syntax.
    Ast,
    /// Bound nodes and arrows.
    Hypothesis,
    /// Draws, feeds and copied operators.
    Program,
    /// Steps and costs.
    Plan,
}
