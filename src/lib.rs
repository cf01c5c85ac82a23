//! A compiler for MobileNetV3: a YAML table of bottlenecks goes in, and [`mobilenet!`] turns it, while your crate
//! compiles, into an unrolled, shape-checked forward function over a small runtime of SIMD kernels. There is no graph
//! file to ship and no interpreter, and nothing is allocated while a network runs.
//!
//! ```
//! // Defines the type `MobileNetV3Small`, the spec's `name`. `mnv3 spec --list` lists the published specs; one of your own
//! // is named by its path from your crate's Cargo.toml: mobilenet!("specs/my.yaml").
//! mnv3::mobilenet!("mnv3:small");
//!
//! fn classify(weights: &[u8], image: mnv3::ndarray::ArrayView3<f32>) -> Result<Option<usize>, Box<dyn std::error::Error>> {
//!     // Batch norms are folded and weights packed once, here; torchvision's own file fits as it is.
//!     let network = MobileNetV3Small::from_safetensors(weights)?;
//!     // Height x width x channels in, scores out.
//!     let scores = network.forward(image)?;
//!     Ok(mnv3::top(scores.as_slice().unwrap_or_default(), 1).first().map(|(class, _)| *class))
//! }
//!
//! assert_eq!(MobileNetV3Small::INPUT_SIZE, [224, 224, 3]);
//! assert_eq!(MobileNetV3Small::PARAMETERS, 2_542_856);
//! // A file that does not fit says everything that is wrong with it.
//! assert!(MobileNetV3Small::from_safetensors(b"").unwrap_err().to_string().contains("an empty file"));
//! ```
//!
//! # What the macro defines
//! For a spec with `name: Net`, the type `Net`, which is a [`Compiled`] network. Its functions are the same for all networks,
//! and documented there:
//! - `Net::from_safetensors(&[u8])` and `Net::from_prepacked(&[u8])`; with a second argument, `mobilenet!("net.yaml",
//!   weights = "net.safetensors")`, also `Net::embedded()`, whose file is checked while your crate compiles; `weights =
//!   "mnv3:text-direction"` are those that come with the published spec of that name;
//! - `net.forward(ArrayView3<f32>)`, for comfort: it checks the shape and allocates;
//! - `net.forward_into(&mut workspace, &image, &mut scores)`, which does neither: sizes are in the types;
//!   `net.forward_slice` takes slices and checks their lengths;
//! - `net.forward_batch(ArrayView4<f32>)` and `net.forward_batch_into(&mut workspaces, &images, &mut scores)`, the same
//!   for many images, with threads several at a time;
//! - constants: `INPUT_SIZE`, `INPUT_LEN`, `OUTPUT_LEN`, `CLASSES`, `PARAMETERS`, `MULTIPLY_ADDS`, `WORKSPACE_BYTES`, and `TENSORS`, the
//!   names and shapes that a weights file must have.
//!
//! Beside it `NetWorkspace`, the memory to run in, made by `Net::workspace()`, one for each thread that runs the network;
//! and `NetMaps` for a spec with `taps`, without a head, or with a head that gives maps: a field for each, borrowed from the workspace.
//!
//! The array that an image is has the type [`Model::Input`], which is `[f32; Net::INPUT_LEN]`:
//! ```
//! # mnv3::mobilenet!("mnv3:small");
//! type Input = <MobileNetV3SmallModel as mnv3::Model>::Input;
//!
//! fn grey() -> Box<Input> {
//!     Box::new([0.5; MobileNetV3Small::INPUT_LEN])
//! }
//! ```
//!
//! What is generated is `NetModel`, which implements [`Model`], and [`Pooled`] or [`Backbone`], of networks with
//! classes also [`Classifier`]: code of yours that is to
//! take any network is generic over these. `mnv3 expand net.yaml` prints it; [`layers`] are the words that it is written in.
//!
//! ```
//! use mnv3::{Classifier, Compiled, head};
//!
//! fn parameters_for_each_class<M: Classifier>(_: &Compiled<M, head::Vector>) -> u64 {
//!     M::PARAMETERS / M::CLASSES as u64
//! }
//! ```
//!
//! # No allocation
//! ```
//! # mnv3::mobilenet!("mnv3:small");
//! fn run(network: &MobileNetV3Small, images: &[[f32; 224 * 224 * 3]]) {
//!     let mut workspace = MobileNetV3Small::workspace();
//!     let mut scores = [0.0; MobileNetV3Small::CLASSES];
//!     for image in images {
//!         network.forward_into(&mut workspace, image, &mut scores);
//!     }
//! }
//! ```
//!
//! Nor do [`Threads`] allocate, once `with_threads` has returned; the queues of a rayon pool do
//! ([`Threads::of_caller`](Threads#method.of_caller)).
//!
//! # Many images
//! ```
//! # mnv3::mobilenet!("mnv3:small");
//! # #[cfg(feature = "threads")]
//! fn run(network: MobileNetV3Small, images: mnv3::ndarray::ArrayView4<f32>) -> Result<(), Box<dyn std::error::Error>> {
//!     let network = network.with_threads(mnv3::Threads::new(4)?); // four images at a time
//!     let scores = network.forward_batch(images)?; // N x 1000
//!     println!("{:?}", scores.row(0));
//!     Ok(())
//! }
//! ```
//!
//! # Features
//! None is on by default.
//!
//! | feature | adds |
//! | --- | --- |
//! | `image` | `Net::preprocess` and `net.classify`, `net.detect` or `net.segment` for specs that say how images are prepared, the same for streams of files on all cores, and the module `image` |
//! | `labels` | the sets of names that specs can name: `imagenet`, `coco` and others, which `classify` and `label` then give, and the module `labels` |
//! | `testing` | for dev-dependencies: the module `testing`, the text of what a spec compiles to, for snapshots |
//! | `threads` | [`Threads`], among which `net.with_threads(Threads::new(2)?)` divides every layer, or the images of a batch |
//!
//! # Debug builds
//! Kernels that are not optimised are hundreds of times slower. Put this into your Cargo.toml (the last two for the feature
//! `image`); `mnv3 new` does:
//! ```toml
//! [profile.dev.package]
//! mnv3-runtime = { opt-level = 3 }
//! mnv3-image = { opt-level = 3 }
//! mnv3-resize = { opt-level = 3 }
//! ```

mod backbone;
mod batch;
mod compiled;
mod detector;
mod floats;
mod forward;
#[cfg(feature = "image")]
pub mod image;
mod maps;
mod model;
mod names;
#[cfg(feature = "image")]
mod pictures;
mod pooled;
mod prepares;
mod segmenter;
#[cfg(feature = "image")]
mod streams;
#[cfg(feature = "testing")]
pub mod testing;
mod workspace;

pub use compiled::Compiled;
pub use detector::DetectorWorkspace;
pub use floats::Floats;
pub use forward::{Backbone, Classifier, Detector, MapModel, Pooled, Segmenter};
/// Boxes of what a head that detects gives: anchors, decoding, suppression.
#[doc(inline)]
pub use mnv3_detect as detect;
#[cfg(feature = "labels")]
#[doc(inline)]
pub use mnv3_labels as labels;
/// Compiles a spec into a type, which is a [`Compiled`] network.
///
/// ```
/// mnv3::mobilenet!("mnv3:small");
/// assert_eq!(MobileNetV3Small::INPUT_SIZE, [224, 224, 3]);
/// ```
///
/// The spec is a published one, of which `mnv3 spec --list` has more than thirty, or a YAML file by its path from the folder of
/// your Cargo.toml. Everything that is wrong with it is a compile error that draws the line and says what to write; the crate
/// is built again when the file changes.
///
/// After it may stand, in any order:
/// - `weights = "net.safetensors"`: a file, checked while your crate compiles, that becomes part of the program; the type then
///   has `embedded()`. A file of `mnv3 pack` is used in place. `"mnv3:text-direction"` are weights that come with mnv3.
/// - `name = "Net"`: the type's name, in place of the spec's.
/// - `crate = ::path::to::mnv3`: where this crate is, if it is not `::mnv3`: a dependency that was renamed, or one that another
///   crate hands on.
///
/// ```
/// // As another crate hands it on.
/// mod vision {
///     pub extern crate mnv3;
/// }
/// vision::mnv3::mobilenet!("mnv3:text-direction", weights = "mnv3:text-direction", name = "Lines", crate = crate::vision::mnv3);
///
/// # fn main() {
/// let line = mnv3::ndarray::Array3::zeros(Lines::INPUT_SIZE);
/// assert_eq!(Lines::embedded().forward(line.view()).map(|scores| scores.len()), Ok(2));
/// # }
/// ```
///
/// Beside `Net` it defines `NetModel`, `NetWorkspace`, and `NetMaps` where the spec has `taps` or no head: see the
/// [crate](crate#what-the-macro-defines).
pub use mnv3_macros::mobilenet;
pub use mnv3_runtime::{
    BatchError, LabelSet, Labels, LengthError, Level, LevelError, MapView, Observer, OutputActivation, Problem,
    ShapeError, Tensor, TensorName, Threads, ThreadsError, WeightsError, layers, ndarray, top,
};
/// Masks of what a head that segments gives: classes, alpha, and what is made of pictures with them.
#[doc(inline)]
pub use mnv3_segment as segment;
pub use model::{Embeds, Model, head};
#[cfg(feature = "image")]
pub use segmenter::AlphaError;
pub use segmenter::SegmenterWorkspace;
pub use workspace::Workspace;

/// What generated code names and nobody else should: it may change with any version.
#[doc(hidden)]
pub mod __private {
    pub use crate::workspace::Slots;
    pub use mnv3_runtime::{
        Act, Around, Cpu, Embedded, Engine, Layout, Manifest, Naming, PackedLayer, Packing, Placing, table,
    };
}
