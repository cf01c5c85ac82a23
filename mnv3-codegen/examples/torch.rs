//! Prints the PyTorch module of a spec.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(spec) = std::env::args().nth(1) else {
        eprintln!("usage: torch SPEC");
        return ExitCode::FAILURE;
    };
    match mnv3_spec::load(&spec, Path::new(&spec)) {
        Ok(loaded) => {
            print!("{}", mnv3_codegen::torch(&loaded.network));
            ExitCode::SUCCESS
        }
        Err(errors) => {
            eprintln!("{errors}");
            ExitCode::FAILURE
        }
    }
}
