//! Networks by the formula, pictures, and sessions that know both.

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::prelude::{SessionConfig, SessionContext};
use mnv3_datafusion::{FunctionDefinition, PictureFunction, load, picture_config, register, with_file_tables};
use mnv3_testing::Weights;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const TINY: &str = "
name: Tiny
dialect: torchvision
input: { size: [24, 32], channels: 3 }
stem: { k: 3, out: 8, nl: HS, s: 2 }
bottlenecks:
  - { k: 3, exp: 16, out: 8, se: true, nl: RE, s: 1 }
last: none
head: { pool: avg, hidden: none, classes: [ant, bee, cat, dog, eel, fox, gnu] }
";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A spec, and weights by the formula, in a folder.
pub(crate) fn network(spec: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let network = mnv3_spec::parse("spec.yaml", spec).unwrap();
    let weights = Weights::of(&network, 5.0).file().unwrap();
    fs::write(folder.path().join("spec.yaml"), spec).unwrap();
    fs::write(folder.path().join("w.safetensors"), weights).unwrap();
    folder
}

pub(crate) fn definition(name: &str, folder: &Path) -> FunctionDefinition {
    let at = |file: &str| folder.join(file).display().to_string();
    let text = format!("{name}={},{}", at("spec.yaml"), at("w.safetensors"));
    text.parse().unwrap()
}

pub(crate) fn function(name: &str, spec: &str) -> PictureFunction {
    load(&definition(name, network(spec).path())).unwrap()
}

/// Bytes of pictures of several sizes and formats.
pub(crate) fn pictures() -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join("tests/images"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "png"))
        .collect();
    paths.sort();
    paths.push(root().join("tests/fixtures/coffee.png"));
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

pub(crate) fn context(functions: &[PictureFunction]) -> SessionContext {
    let context = SessionContext::new_with_config(picture_config(SessionConfig::new(), 3, 2));
    let mut context = with_file_tables(context);
    register(functions, &mut context).unwrap();
    context
}

/// A session whose table `pictures` has a number and an image.
pub(crate) fn context_with(images: ArrayRef, functions: &[PictureFunction]) -> SessionContext {
    let ids = (0..images.len()).map(|id| id.to_string());
    let ids: ArrayRef = Arc::new(ids.map(Some).collect::<StringArray>());
    let rows = RecordBatch::try_from_iter_with_nullable([("id", ids, false), ("image", images, true)]).unwrap();
    let context = context(functions);
    context.register_batch("pictures", rows).unwrap();
    context
}

/// The rows of a query as JSON.
pub(crate) async fn rows(context: &SessionContext, query: &str) -> Vec<serde_json::Value> {
    let batches = context.sql(query).await.unwrap().collect().await.unwrap();
    let mut writer = LineDelimitedWriter::new(Vec::new());
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    let text = String::from_utf8(writer.into_inner()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
