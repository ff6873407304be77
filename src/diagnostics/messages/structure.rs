//! A4: the structure of a hypothesis and claims that are empty.

use crate::diagnostics::codes::declare_codes;

declare_codes! {}
