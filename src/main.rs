//! The `ansatz` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ansatz::cli::main()
}
