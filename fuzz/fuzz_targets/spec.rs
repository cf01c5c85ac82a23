//! Any text is a network or errors, each within its bounds and drawn.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match mnv3_spec::parse("fuzz.yaml", text) {
        Ok(network) => {
            assert!(network.parameters() <= network.parameters_with_statistics());
            assert!(network.multiply_adds() > 0);
            let mut incoming = network.stem.output;
            for block in &network.bottlenecks {
                assert_eq!(block.input, incoming);
                assert!(!block.residual || block.input == block.output);
                incoming = block.output;
            }
        }
        Err(errors) => {
            assert!((1..=50).contains(&errors.errors.len()));
            for error in &errors.errors {
                assert!(error.line > 0 && error.column > 0 && !error.message.is_empty() && !error.help.is_empty());
                assert!(error.to_string().lines().count() >= 4, "{error}");
            }
        }
    }
});
