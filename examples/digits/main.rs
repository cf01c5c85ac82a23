//! Reads handwritten digits with a network of our own: its table is `digits.yaml`, `train.py` trained it, and both are
//! inside the program.
//!
//!     cargo run --example digits                            the fifty digits beside this file
//!     cargo run --example digits -- WEIGHTS.safetensors IMAGES.pgm

use mnv3::ndarray::ArrayView3;
use std::error::Error;

mnv3::mobilenet!("examples/digits/digits.yaml");

static WEIGHTS: &[u8] = include_bytes!("digits.safetensors");
static HELD_BACK: &[u8] = include_bytes!("held-back.pgm");

const HEIGHT: usize = Digits::INPUT_SIZE[0];
const WIDTH: usize = Digits::INPUT_SIZE[1];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let answers = match arguments.as_slice() {
        [] => read(&Digits::from_safetensors(WEIGHTS)?, HELD_BACK)?,
        [weights, images] => read(
            &Digits::from_safetensors(&std::fs::read(weights)?)?,
            &std::fs::read(images)?,
        )?,
        _ => return Err("usage: digits [WEIGHTS.safetensors IMAGES.pgm]".into()),
    };
    for (digit, probability) in answers {
        println!("{digit} {probability:.3}");
    }
    Ok(())
}

/// The digit of each image of a strip, and how probable it is.
fn read(network: &Digits, strip: &[u8]) -> Result<Vec<(usize, f32)>, Box<dyn Error>> {
    let mut answers = Vec::new();
    for pixels in images(strip)? {
        // The range of train.py's `as_input`.
        let image: Vec<f32> = pixels.iter().map(|&pixel| f32::from(pixel) / 127.5 - 1.0).collect();
        let probabilities = network.forward(ArrayView3::from_shape((HEIGHT, WIDTH, 1), &image)?)?;
        let likeliest = probabilities
            .into_iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| a.total_cmp(b));
        answers.extend(likeliest);
    }
    Ok(answers)
}

/// The images of a PGM file (binary, one byte per pixel) that stand one below the other.
fn images(strip: &[u8]) -> Result<std::slice::ChunksExact<'_, u8>, String> {
    let (header, pixels) = strip
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or((strip, &[][..]), |end| strip.split_at(end + 1));
    let rows = pixels.len() / WIDTH;
    let expected = format!("P5 {WIDTH} {rows} 255\n");
    if header != expected.as_bytes() || !rows.is_multiple_of(HEIGHT) {
        return Err(format!(
            "not a PGM file of images of {HEIGHT} x {WIDTH}, one below the other"
        ));
    }
    Ok(pixels.chunks_exact(HEIGHT * WIDTH))
}

#[cfg(test)]
mod tests {
    use super::{Digits, HELD_BACK, WEIGHTS, images, read};

    #[test]
    fn digits_that_training_never_saw_are_read_in_their_order() {
        let answers = read(&Digits::from_safetensors(WEIGHTS).unwrap(), HELD_BACK).unwrap();
        let digits: Vec<String> = answers
            .chunks(5)
            .map(|five| five.iter().map(|(digit, _)| digit.to_string()).collect())
            .collect();
        insta::assert_snapshot!(digits.join(" "), @"00000 11111 22222 33333 44444 55555 66666 77777 88888 99999");
    }

    #[test]
    fn answers_are_those_of_pytorch() {
        let theirs = include_str!("held-back.txt")
            .lines()
            .map(|line| line.split_once(' ').unwrap());
        let answers = read(&Digits::from_safetensors(WEIGHTS).unwrap(), HELD_BACK).unwrap();
        assert_eq!(answers.len(), theirs.clone().count());
        for ((digit, probability), (their_digit, their_probability)) in answers.into_iter().zip(theirs) {
            assert_eq!(digit.to_string(), their_digit);
            // Written with three decimals.
            let difference = probability - their_probability.parse::<f32>().unwrap();
            assert!(
                difference.abs() <= 0.000_51,
                "{digit}: {probability}, PyTorch {their_probability}"
            );
        }
    }

    #[test]
    fn what_is_no_strip_of_images_is_refused() {
        for wrong in [
            &b""[..],
            b"P5 32 32 255\n",
            b"P5 32 33 255\n\0",
            b"P6 32 0 255\n",
            &HELD_BACK[..2000],
        ] {
            assert!(images(wrong).is_err(), "{wrong:?}");
        }
    }
}
