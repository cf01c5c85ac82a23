//! JPEG at a half, a quarter or an eighth of its size, without computing the pixels in between.
//!
//! A network looks at some 224 x 224 pixels. Of a photo of 12 megapixels a decoder that makes all of them does 64 times the work that
//! is looked at. Here a block of 8 x 8 becomes 4 x 4, 2 x 2 or 1 pixel, from as many of its frequencies; the others are stepped over,
//! several at a time.
//!
//! In: the bytes of a file. Out: pixels, or nothing where the file is not one of those that cameras write: baseline, 8 bits, grey or
//! YCbCr in one scan. Whatever is progressive, in other colours or broken is left to a decoder that knows all of it, which also says
//! what is wrong; nothing is ever made up for bytes that are missing.
//!
//! ```
//! assert!(mnv3_jpeg::Header::read(b"no picture").is_none());
//! ```

mod bits;
mod colours;
mod header;
mod huffman;
mod idct;
mod scan;

pub use header::Header;
pub use scan::{Denominator, Scaled};
