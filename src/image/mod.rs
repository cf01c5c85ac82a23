//! From a picture to a network's input, and from scores to named classes (feature `image`).
//!
//! A network whose spec or dialect says how images are prepared, and that takes three channels (RGB) or one (luma),
//! gets two functions more: `preprocess`, which gives the tensor that the library's own evaluation transform gives, and
//! with a head `classify`.
//!
//! Formats are the application's choice: it depends on the crate `image` with those that it reads.
//!
//! ```no_run
//! mnv3::mobilenet!("mnv3:large");
//!
//! fn ask(network: &MobileNetV3Large, photo: &mnv3::image::DynamicImage) -> Result<(), mnv3::image::ImageError> {
//!     for class in network.classify(photo, 5)? {
//!         println!("{:5.1} %  {}", 100.0 * class.probability, class.label.unwrap_or("?"));
//!     }
//!     Ok(())
//! }
//! ```

mod classes;
mod recipe;
mod size;

pub use ::image::DynamicImage;
pub use classes::Class;
#[doc(hidden)]
pub use classes::top;
#[doc(hidden)]
pub use recipe::{Filter, Fit, Recipe};

/// Why an image cannot become a network's input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// It has no pixels.
    #[error("the image has no pixels ({width} x {height})")]
    Empty {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The resizer refuses it.
    #[error("the image cannot be resized")]
    Resize(#[source] Box<dyn std::error::Error + Send + Sync>),
}
