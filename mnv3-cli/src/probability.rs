//! Probabilities on the command line.

/// A number from 0 to 1.
pub(crate) fn probability(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err("write a number from 0 to 1, such as 0.5".to_owned()),
    }
}
