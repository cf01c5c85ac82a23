//! Whatever text is a network becomes a plan whose steps keep apart in memory, and code that is Rust.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mnv3_codegen::Plan;

fuzz_target!(|text: &str| {
    let Ok(network) = mnv3_spec::parse("fuzz.yaml", text) else {
        return;
    };
    let plan = Plan::new(&network);
    assert!(!plan.steps.is_empty());
    assert!(plan.workspace_bytes() < 1 << 44, "{}", plan.workspace_bytes());
    let code = mnv3_codegen::pretty(&network);
    if let Err(error) = syn::parse_file(&code) {
        panic!("{error}:\n{code}");
    }
});
