//! The standard library: files of the language itself, part of the program.

/// One part of the library.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// `std.features`
    pub name: &'static str,
    pub text: &'static str,
}

/// All parts, by name.
pub const LIBRARY: [Part; 3] = [
    Part { name: "std.behaviours", text: include_str!("../../stdlib/behaviours.ansatz") },
    Part { name: "std.features", text: include_str!("../../stdlib/features.ansatz") },
    Part { name: "std.transformer", text: include_str!("../../stdlib/transformer.ansatz") },
];

/// The part of this name, by its place.
pub fn find(name: &str) -> Option<usize> {
    LIBRARY.iter().position(|part| part.name == name)
}
