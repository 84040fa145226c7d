//! Tests the compile errors of the macros.
//!
//! To update the expected errors, run `TRYBUILD=overwrite cargo test -p mael-macros --test
//! compile_fail`.

#[test]
fn compile_errors_are_as_expected() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
