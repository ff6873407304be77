//! What the pest grammar says by order of choice and by looking ahead, and tree-sitter has to be told.

/// Rules of which each can be right up to some place: all are read on, until one is left.
pub const CONFLICTS: &[&[&str]] = &[
    // A word that is also a name.
    &["made", "_name"],
    &["precision", "_name"],
    &["pool", "_name"],
    &["objective", "_name"],
    &["constant_value", "_name"],
    &["mean", "_name"],
    &["zero", "_name"],
    &["edit_piece", "_name"],
    &["fill_piece", "_name"],
    // A last part that starts as the next line could.
    &["search_setting"],
    &["unclaimed"],
    &["draw"],
    &["node"],
    &["estimate"],
    &["sequence"],
];

/// What is taken, the larger number first, where the whole text has several readings.
pub const PREFERRED: &[(&str, i32)] = &[
    ("made", 1),
    ("mean", 1),
    ("zero", 1),
    ("constant_value", 1),
    ("edit_piece", 1),
    ("fill_piece", 1),
    ("piece_family", 1),
    ("from_clause", 1),
    ("rest", 1),
    ("seed_line", 1),
];

/// Rules that go on where they can.
pub const GREEDY: &[&str] = &["expr", "row_condition", "reference", "challenged_set"];
