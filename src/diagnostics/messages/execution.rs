//! A6: running a plan.

use crate::diagnostics::codes::declare_codes;

declare_codes! {}
