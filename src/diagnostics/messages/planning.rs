//! A5: planning and resources.

use crate::diagnostics::codes::declare_codes;

declare_codes! {}
