//! A0: text that does not follow the grammar.

use crate::diagnostics::codes::declare_codes;

declare_codes! {}
