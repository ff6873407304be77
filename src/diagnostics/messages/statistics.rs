//! A7: sampling classes, baselines and estimates.

use crate::diagnostics::codes::declare_codes;

declare_codes! {}
