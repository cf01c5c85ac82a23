//! From a picture to a network's input, and from scores to named classes (feature `image`).
//!
//! A network whose spec or dialect says how images are prepared, and that takes three channels (RGB) or one (luma),
//! gets functions more: [`preprocess`](crate::Compiled::preprocess), which gives the tensor that the library's own evaluation
//! transform gives, and with a head [`classify`](crate::Compiled::classify).
//!
//! [`open`] and [`decode`] make pictures of files as a person sees them: turned as EXIF says, transparent parts on white, within
//! bounds of memory, and never half of one. Formats are the application's choice: it depends on the crate `image` with those that it
//! reads.
//!
//! ```no_run
//! mnv3::mobilenet!("mnv3:large");
//!
//! fn ask(network: &MobileNetV3Large, path: &str) -> Result<(), Box<dyn std::error::Error>> {
//!     let photo = mnv3::image::open(path)?;
//!     for class in network.classify(&photo, 5)? {
//!         println!("{:5.1} %  {}", 100.0 * class.probability, class.label.unwrap_or("?"));
//!     }
//!     Ok(())
//! }
//! ```

//! # Many pictures
//! Of files by the thousand, [`classify_stream`](crate::Compiled::classify_stream) and its like make answers on all cores, in order
//! and in bounded memory:
//!
//! ```no_run
//! # mnv3::mobilenet!("mnv3:large");
//! use mnv3::image::StreamOptions;
//!
//! fn ask_all(network: &MobileNetV3Large, paths: Vec<std::path::PathBuf>) {
//!     let answers = network.classify_stream(paths.clone(), 1, StreamOptions::default());
//!     for (path, answer) in paths.iter().zip(answers) {
//!         match answer {
//!             Ok(classes) => println!("{}: {:?}", path.display(), classes.first()),
//!             Err(error) => eprintln!("{}: {error}", path.display()),
//!         }
//!     }
//! }
//! ```

pub use crate::pictures::Prepares;
#[doc(hidden)]
pub use mnv3_image::{ChannelOrder, Filter, Fit, Recipe};
pub use mnv3_image::{
    Class, DecodeError, DecodedPicture, Decoding, DynamicImage, ImageError, PictureDecoder, PictureRef, decode, open,
    read,
};
pub use mnv3_stream::{Answers, PictureSource, StreamError, StreamOptions, ThreadFailure, stream, stream_in};
