//! Files as libjpeg reads them, at every size; and files that are left to others.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_jpeg::{Denominator, Header, Scaled};
use std::fs;

const DENOMINATORS: [Denominator; 3] = [Denominator::Two, Denominator::Four, Denominator::Eight];
const FILES: [&str; 7] = ["420", "422", "444", "grey", "noise", "restarts", "tagged"];

fn file(name: &str) -> Vec<u8> {
    fs::read(format!("{}/tests/files/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn decode(bytes: &[u8], denominator: Denominator) -> Option<Scaled> {
    Header::read(bytes)?.decode(denominator)
}

/// `tests/files/make.py` computes them from the coefficients, in double precision.
#[test]
fn pixels_are_the_inverse_transform_of_the_lowest_frequencies() {
    for name in FILES {
        let bytes = file(&format!("{name}.jpg"));
        for denominator in DENOMINATORS {
            let number = denominator.number();
            let scaled = decode(&bytes, denominator).unwrap_or_else(|| panic!("{name} at 1/{number}"));
            assert_eq!(scaled.size, [45usize.div_ceil(number), 61usize.div_ceil(number)]);
            assert_eq!(scaled.channels, if name == "grey" { 1 } else { 3 });
            let want = file(&format!("{name}-{number}.bin"));
            assert_eq!(scaled.pixels.len(), want.len(), "{name} at 1/{number}");
            let off = scaled
                .pixels
                .iter()
                .zip(&want)
                .map(|(found, want)| found.abs_diff(*want));
            // Half a step of luma or chroma that falls to the other side in single precision moves a colour by two.
            assert!(off.clone().all(|off| off <= 2), "{name} at 1/{number}");
            let other = off.filter(|off| *off > 0).count();
            assert!(
                other * 50 < want.len(),
                "{name} at 1/{number}: {other} of {}",
                want.len()
            );
        }
    }
}

#[test]
fn a_header_says_the_size_and_has_what_says_how_it_is_turned() {
    let (tagged, plain) = (file("tagged.jpg"), file("420.jpg"));
    let header = Header::read(&tagged).unwrap();
    assert_eq!(header.size(), [45, 61]);
    assert!(header.exif().unwrap().starts_with(b"MM\0*"));
    assert!(Header::read(&plain).unwrap().exif().is_none());
}

#[test]
fn what_is_progressive_or_in_other_colours_is_left_to_others() {
    for name in ["progressive", "cmyk", "rgb"] {
        assert!(Header::read(&file(&format!("{name}.jpg"))).is_none(), "{name}");
    }
    assert!(Header::read(b"").is_none());
    assert!(Header::read(b"\xff\xd8").is_none());
}

#[test]
fn what_is_cut_off_is_nothing_wherever_it_ends() {
    for name in FILES {
        let bytes = file(&format!("{name}.jpg"));
        // But for its end marker, which says nothing.
        for length in 0..bytes.len() - 3 {
            for denominator in DENOMINATORS {
                assert!(
                    decode(&bytes[..length], denominator).is_none(),
                    "{name}: {length} of {}",
                    bytes.len()
                );
            }
        }
    }
}

/// Numbers that look random, the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }
}

#[test]
fn damaged_files_are_pictures_of_their_size_or_nothing_and_never_panic() {
    let mut dice = Dice(1);
    let (mut pictures, mut nothing) = (0, 0);
    for name in FILES {
        let whole = file(&format!("{name}.jpg"));
        for _ in 0..1500 {
            let mut damaged = whole.clone();
            for _ in 0..=dice.below(4) {
                // Most of what decides something stands at the front.
                let reach = [whole.len(), 700.min(whole.len())][dice.below(2)];
                damaged[dice.below(reach)] = dice.below(256) as u8;
            }
            let Some(header) = Header::read(&damaged) else {
                nothing += 1;
                continue;
            };
            // A size that was made up is looked at by whoever asks for pixels.
            let [rows, columns] = header.size();
            if rows * columns > 1 << 22 {
                continue;
            }
            match header.decode(DENOMINATORS[dice.below(3)]) {
                Some(scaled) => {
                    pictures += 1;
                    assert_eq!(scaled.pixels.len(), scaled.size[0] * scaled.size[1] * scaled.channels);
                }
                None => nothing += 1,
            }
        }
    }
    assert!(
        pictures > 1000 && nothing > 1000,
        "{pictures} pictures, {nothing} times nothing"
    );
}
