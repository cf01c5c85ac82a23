//! Any bytes are a picture of the size that its header claims, at each fraction, or nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mnv3_jpeg::{Denominator, Header};

fuzz_target!(|bytes: &[u8]| {
    let Some(header) = Header::read(bytes) else { return };
    let size = header.size().map(|n| n as usize);
    // Whoever decodes asks for the size first, and has a limit.
    if size[0] * size[1] > 1 << 20 {
        return;
    }
    // Steps over frequencies differ between fractions; whether the file is whole does not.
    let decoded = [Denominator::Two, Denominator::Four, Denominator::Eight].map(|denominator| {
        let picture = header.decode(denominator)?;
        assert_eq!(picture.size, size.map(|n| n.div_ceil(denominator.number())));
        assert!(matches!(picture.channels, 1 | 3));
        assert_eq!(picture.pixels.len(), picture.size[0] * picture.size[1] * picture.channels);
        Some(picture.channels)
    });
    assert!(decoded.iter().all(|channels| *channels == decoded[0]), "{decoded:?}");
});
