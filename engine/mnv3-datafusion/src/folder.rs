//! A folder of pictures as a table.

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, BinaryViewBuilder, RecordBatch, RecordBatchOptions, StringBuilder};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use mnv3_image::is_picture_name;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::WalkDir;

/// Bytes of files after which a batch ends, however few rows it has: what threads have in hand stays within memory.
const BATCH_BYTES: usize = 64 << 20;

/// The pictures in a folder and below it, by their names, a row each: `path` (Utf8), `image` (`BinaryView`, the bytes of the file), `error` (Utf8:
/// why a file cannot be read, whose `image` is then null).
///
/// They are known by their endings; names that start with a dot are left out, links are followed. Names are listed when a query
/// starts; files are read when it is their turn, and only where a query asks for `image` or `error`.
#[derive(Clone, Debug)]
pub struct PictureFolder {
    folder: PathBuf,
    schema: SchemaRef,
}

impl PictureFolder {
    /// Nothing is read yet.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let field = |name, data_type, nullable| Field::new(name, data_type, nullable);
        let columns = vec![
            field("path", DataType::Utf8, false),
            field("image", DataType::BinaryView, true),
            field("error", DataType::Utf8, true),
        ];
        Self {
            folder: folder.into(),
            schema: Arc::new(Schema::new(columns)),
        }
    }

    /// The table that a name means, if it is that of a folder which has a picture.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let folder = Path::new(name);
        let has_one = folder.is_dir() && files(folder).any(|file| is_picture_name(&file));
        has_one.then(|| Self::new(folder))
    }
}

/// The files of a folder and of those in it, by their names. What cannot be listed is left out here, and where it is read it is an error.
fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let shown =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
    let entries = WalkDir::new(folder).follow_links(true).sort_by_file_name();
    let found = entries.into_iter().filter_entry(shown).filter_map(Result::ok);
    found
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
}

#[async_trait]
impl TableProvider for PictureFolder {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| vec![0, 1, 2]);
        let schema = Arc::new(self.schema.project(&wanted)?);
        let pictures = files(&self.folder).filter(|path| is_picture_name(path));
        let pictures: Vec<PathBuf> = pictures.take(limit.unwrap_or(usize::MAX)).collect();
        let options = session.config_options();
        let rows = options.execution.batch_size.get();
        let threads = options
            .execution
            .target_partitions
            .min(pictures.len().div_ceil(rows))
            .max(1);
        // By turns, so that all have the same share of each subfolder.
        let mut shares = vec![Vec::new(); threads];
        for (number, batch) in pictures.chunks(rows).enumerate() {
            shares[number % threads].extend_from_slice(batch);
        }
        let part = |pictures| {
            let part = FolderPart {
                pictures: Arc::new(pictures),
                schema: schema.clone(),
            };
            Arc::new(part) as Arc<dyn PartitionStream>
        };
        let parts = shares.into_iter().map(part).collect();
        let plan = StreamingTableExec::try_new(schema.clone(), parts, None, [], false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// What one thread reads of a folder.
#[derive(Debug)]
struct FolderPart {
    pictures: Arc<Vec<PathBuf>>,
    schema: SchemaRef,
}

impl PartitionStream for FolderPart {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = context.session_config().batch_size();
        let (pictures, schema) = (self.pictures.clone(), self.schema.clone());
        let mut next = 0;
        let batches = std::iter::from_fn(move || {
            let left = pictures.get(next..).filter(|left| !left.is_empty())?;
            let read = read(&left[..rows.min(left.len())], &schema);
            next += read.as_ref().map_or(usize::MAX, RecordBatch::num_rows).min(left.len());
            Some(read)
        });
        Box::pin(RecordBatchStreamAdapter::new(
            self.schema.clone(),
            futures::stream::iter(batches),
        ))
    }
}

/// A batch of the first of these files, at least one of them.
fn read(pictures: &[PathBuf], schema: &SchemaRef) -> Result<RecordBatch> {
    let is_wanted = |name| schema.column_with_name(name).is_some();
    let content_is_wanted = is_wanted("image") || is_wanted("error");
    let (mut paths, mut images, mut errors) = (StringBuilder::new(), BinaryViewBuilder::new(), StringBuilder::new());
    let (mut rows, mut bytes) = (0, 0);
    for path in pictures {
        if bytes >= BATCH_BYTES {
            break;
        }
        rows += 1;
        paths.append_value(path.to_string_lossy());
        if !content_is_wanted {
            continue;
        }
        match mnv3_image::read(path) {
            Ok(image) => {
                bytes += image.len();
                let length = u32::try_from(image.len()).unwrap_or(u32::MAX);
                let block = images.append_block(Buffer::from_vec(image));
                images.try_append_view(block, 0, length)?;
                errors.append_null();
            }
            Err(reason) => {
                images.append_null();
                errors.append_value(reason.to_string());
            }
        }
    }
    let [paths, images, errors]: [ArrayRef; 3] = [
        Arc::new(paths.finish()),
        Arc::new(images.finish()),
        Arc::new(errors.finish()),
    ];
    let columns = schema.fields().iter().map(|field| match field.name().as_str() {
        "path" => paths.clone(),
        "image" => images.clone(),
        _ => errors.clone(),
    });
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        schema.clone(),
        columns.collect(),
        &options,
    )?)
}
