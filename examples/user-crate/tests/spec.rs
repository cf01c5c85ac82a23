//! What the spec compiles to, as it was reviewed: an edit of a row shows in `git diff` what it changes.

use mnv3::testing::{TextError, expand, plan, summary};

#[test]
fn the_network_is_the_one_that_was_reviewed() -> Result<(), TextError> {
    insta::assert_snapshot!("summary", summary("specs/tiny.yaml")?);
    insta::assert_snapshot!("plan", plan("specs/tiny.yaml")?);
    insta::assert_snapshot!("expansion", expand("specs/tiny.yaml")?);
    Ok(())
}
