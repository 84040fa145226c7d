//! What a person reads who makes a mistake: one sentence for each, at the token that is wrong.
//!
//! After a message has been changed, `TRYBUILD=overwrite cargo test -p mael-macros --test
//! compile_fail` writes the new ones down.

#[test]
fn mistakes_are_told_in_one_sentence() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
