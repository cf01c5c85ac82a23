//! Packed files: the same floats, and refused when they are not the network's.

use super::*;
use crate::{Embedded, HEADER_BYTES, to_prepacked};

fn packed() -> Vec<u8> {
    to_prepacked(&torch(&torch_file()).unwrap(), &TORCH_NET)
}

fn refused(file: &[u8]) -> String {
    Packed::from_prepacked(file, &TORCH_NET).unwrap_err().to_string()
}

#[test]
fn a_packed_file_holds_the_same_floats() {
    let again = Packed::from_prepacked(&packed(), &TORCH_NET).unwrap();
    assert_eq!(again.as_slice(), torch(&torch_file()).unwrap().as_slice());
}

#[test]
fn an_embedded_file_is_used_where_it_lies() {
    const BYTES: usize = HEADER_BYTES + 4 * FLOATS;
    let file: &'static Embedded<BYTES> = Box::leak(Box::new(Embedded(packed().try_into().unwrap())));
    let embedded = Packed::embedded(file);
    assert_eq!(embedded.as_slice(), torch(&torch_file()).unwrap().as_slice());
    assert_eq!(embedded.as_slice().as_ptr().cast(), file.0[HEADER_BYTES..].as_ptr());
    assert_eq!(embedded.as_slice().as_ptr().align_offset(64), 0);
}

#[test]
fn files_that_are_not_the_networks_are_refused_with_the_remedy() {
    let good = packed();
    let changed = |at: usize| {
        let mut file = good.clone();
        file[at] ^= 1;
        file
    };
    assert!(refused(&[]).contains("not a file of packed weights"));
    assert!(refused(&good[..40]).contains("cut off"));
    assert!(refused(&good[..good.len() - 1]).contains("cut off"));
    assert!(refused(&[&good[..], &[0; 4]].concat()).contains("tail"));
    assert!(refused(&changed(8)).contains("layout"));
    assert!(refused(&changed(16)).contains("another network"));
    assert!(refused(&changed(24)).contains("bytes of weights"));
    assert!(refused(&changed(HEADER_BYTES + 5)).contains("damaged"));
    assert!(refused(&changed(good.len() - 1)).contains("damaged"));
}
