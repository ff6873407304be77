//! A3: binding components to the model graph.

use crate::diagnostics::codes::declare_codes;

declare_codes! {}
