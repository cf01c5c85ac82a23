//! What users see when they make a mistake: one small file in `tests/ui` for each.

#[test]
fn mistakes_are_compile_errors_that_say_what_to_write() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
