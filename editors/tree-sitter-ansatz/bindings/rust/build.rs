//! Compiles the generated parser and its scanner.

fn main() {
    let sources = ["src/parser.c", "src/scanner.c"];
    let mut build = cc::Build::new();
    // Tables of a million characters: optimising them takes long and gains nothing.
    build.std("c11").include("src").opt_level(0).warnings(false);
    for source in sources {
        build.file(source);
        println!("cargo:rerun-if-changed={source}");
    }
    build.compile("tree-sitter-ansatz");
}
