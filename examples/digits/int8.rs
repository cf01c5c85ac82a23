//! The digits of `main.rs` in eight bits: `digits-int8.yaml`, with weights and scales from `mnv3 quantize`, inside the program.
//!
//!     cargo run --example digits-int8

use std::error::Error;

mnv3::mobilenet!(
    "examples/digits/digits-int8.yaml",
    weights = "examples/digits/digits-int8.safetensors"
);

static HELD_BACK: &[u8] = include_bytes!("held-back.pgm");

fn main() -> Result<(), Box<dyn Error>> {
    for (digit, probability) in read(&DigitsInt8::embedded())? {
        println!("{digit} {probability:.3}");
    }
    Ok(())
}

/// The digit of each image of the strip, and how probable it is.
fn read(network: &DigitsInt8) -> Result<Vec<(usize, f32)>, Box<dyn Error>> {
    let header = HELD_BACK
        .iter()
        .position(|&byte| byte == b'\n')
        .ok_or("not a PGM file")?;
    let mut workspace = DigitsInt8::workspace();
    let mut answers = Vec::new();
    for pixels in HELD_BACK[header + 1..].chunks_exact(DigitsInt8::INPUT_LEN) {
        let image: Vec<f32> = pixels.iter().map(|&pixel| f32::from(pixel) / 127.5 - 1.0).collect();
        let mut probabilities = [0.0; DigitsInt8::CLASSES];
        network.forward_slice(&mut workspace, &image, &mut probabilities)?;
        let likeliest = probabilities
            .into_iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| a.total_cmp(b));
        answers.extend(likeliest);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::{DigitsInt8, read};
    use mnv3::Level;

    #[test]
    fn digits_are_read_as_pytorch_reads_them_in_single_precision() {
        let theirs: Vec<&str> = include_str!("held-back.txt")
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        let answers = read(&DigitsInt8::embedded()).unwrap();
        let ours: Vec<String> = answers.iter().map(|(digit, _)| digit.to_string()).collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn every_level_gives_the_same_bits() {
        let all: Vec<_> = Level::available()
            .into_iter()
            .map(|level| read(&DigitsInt8::embedded().with_level(level).unwrap()).unwrap())
            .collect();
        assert!(all.windows(2).all(|two| two[0] == two[1]));
    }
}
