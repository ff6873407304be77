#![allow(clippy::all, clippy::pedantic)]
use std::io::Read;
fn main() {
    let mut all = String::new();
    std::io::stdin().read_to_string(&mut all).unwrap();
    let dump = std::env::args().nth(1);
    for text in all.split("\n====\n") {
        let mut sources = ansatz::source::Sources::new();
        let id = sources.add(ansatz::source::SourceFile::new("t", text));
        let parsed = ansatz::syntax::parse(id, text);
        println!("---- {}", text);
        for d in &parsed.diagnostics {
            println!("{}", ansatz::diagnostics::concise(d, &sources));
            for n in &d.notes {
                println!("      note: {n}");
            }
            for h in &d.helps {
                println!(
                    "      help: {}  {:?}",
                    h.text,
                    h.fix.as_ref().map(|f| (f.span.start, f.span.end, &f.replacement))
                );
            }
        }
        if dump.as_deref() == Some("tree") {
            println!("{}", parsed.tree.dump());
        }
        if dump.as_deref() == Some("ast") {
            println!("{:#?}", parsed.file);
        }
    }
}
