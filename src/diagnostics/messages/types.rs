//! A2: types, dims and shapes of features, behaviours, inputs and columns.

use crate::diagnostics::codes::declare_codes;

declare_codes! {}
