//! Networks of mnv3 as scalar functions of [Apache DataFusion](https://datafusion.apache.org), and folders of pictures as its tables.
//!
//! In: columns with the bytes of pictures (Binary, `LargeBinary`, `BinaryView`), from Parquet, an object storage or a folder. Out: columns of classes,
//! vectors, boxes or shares. A network is any spec with its weights ([`load`]), or one that was compiled ([`PictureFunction`]).
//!
//! ```
//! use datafusion::prelude::*;
//! use mnv3_datafusion::{BATCH_ROWS, direction, picture_config, register, with_file_tables};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let context = SessionContext::new_with_config(picture_config(SessionConfig::new(), 2, BATCH_ROWS));
//! let mut context = with_file_tables(context);
//! register(&[direction()?], &mut context)?;
//! let images = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/images");
//! let rows = context.sql(&format!("SELECT path, direction(image)['label'] FROM '{images}'")).await?;
//! assert_eq!(rows.count().await?, 5);
//! # Ok(())
//! # })
//! # }
//! ```

mod answer;
mod asking;
mod columns;
mod definition;
mod error;
mod folder;
mod function;
mod load;
mod session;
mod stores;
mod tables;

pub use answer::{ClassShare, LabelledBox};
pub use definition::{DefinitionError, FunctionDefinition, definitions};
pub use error::{FunctionError, HeadError};
pub use folder::PictureFolder;
pub use function::PictureFunction;
pub use load::{direction, load};
pub use session::{BATCH_ROWS, picture_config, picture_runtime, register};
pub use stores::Stores;
pub use tables::with_file_tables;
