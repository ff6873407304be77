//! A1: names that are not declared, declared twice, or not what they are used as.

use crate::diagnostics::codes::declare_codes;

declare_codes! {}
