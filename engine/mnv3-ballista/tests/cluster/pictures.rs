//! Parquet files of photos, a network, and what one process answers.

use datafusion::arrow::array::{ArrayRef, BinaryArray, RecordBatch, UInt32Array};
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::prelude::{SessionConfig, SessionContext};
use mnv3_datafusion::{FunctionDefinition, PictureFunction, load, picture_config, register, with_file_tables};
use mnv3_testing::Weights;
use std::collections::HashMap;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

/// Different photos; files have them by turns.
const DIFFERENT: u32 = 12;

/// A folder of Parquet files with the columns `id` and `image`, and a network.
pub(crate) struct Photos {
    folder: tempfile::TempDir,
    rows: u32,
}

fn jpeg(number: u32, [width, height]: [u32; 2]) -> Vec<u8> {
    let photo = image::RgbImage::from_fn(width + number, height, |x, y| {
        let grain = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)) >> 27;
        let wave = |at: u32| (f64::from(at + 40 * number) / 60.0).sin() * 90.0 + 120.0;
        image::Rgb([wave(x + y), wave(x), wave(2 * y)].map(|value| value as u8 + grain as u8))
    });
    let mut bytes = Cursor::new(Vec::new());
    photo.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

impl Photos {
    pub(crate) fn new(files: u32, rows: u32, size: [u32; 2]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("table")).unwrap();
        let spec = "extends: mnv3:small\nname: Small\n";
        fs::write(folder.path().join("small.yaml"), spec).unwrap();
        let network = mnv3_spec::parse("small.yaml", spec).unwrap();
        for (name, gain) in [("w.safetensors", 2.0), ("other.safetensors", 3.0)] {
            let weights = Weights::of(&network, gain).file().unwrap();
            fs::write(folder.path().join(name), weights).unwrap();
        }
        let photos = Self {
            folder,
            rows: files * rows,
        };
        let different: Vec<Vec<u8>> = (0..DIFFERENT.min(photos.rows))
            .map(|number| jpeg(number, size))
            .collect();
        for file in 0..files {
            let ids: Vec<u32> = (file * rows..(file + 1) * rows).collect();
            let image = |id: &u32| match id {
                1 => None,
                2 => Some(&b"no picture"[..]),
                id => Some(different[(id % DIFFERENT) as usize % different.len()].as_slice()),
            };
            let images: BinaryArray = ids.iter().map(image).collect();
            let columns: [(&str, ArrayRef); 2] =
                [("id", Arc::new(UInt32Array::from(ids))), ("image", Arc::new(images))];
            let rows = RecordBatch::try_from_iter(columns).unwrap();
            let place = photos.folder.path().join(format!("table/{file:02}.parquet"));
            let file = fs::File::create(place).unwrap();
            let mut writer = datafusion::parquet::arrow::ArrowWriter::try_new(file, rows.schema(), None).unwrap();
            writer.write(&rows).unwrap();
            writer.close().unwrap();
        }
        photos
    }

    pub(crate) fn rows(&self) -> u32 {
        self.rows
    }

    fn table(&self) -> String {
        self.folder.path().join("table").display().to_string()
    }

    /// A row for each picture.
    pub(crate) fn query(&self) -> String {
        let table = self.table();
        format!(
            "SELECT id, c['index'] AS i, c['probability'] AS p, c['error'] AS e FROM (SELECT id, classify(image) AS c FROM '{table}')"
        )
    }

    /// A row for each class: what a second stage has to put together.
    pub(crate) fn counts(&self) -> String {
        let table = self.table();
        format!(
            "SELECT index, count(*) AS n FROM (SELECT classify(image)['index'] FROM '{table}') AS t(index) GROUP BY index"
        )
    }

    fn definition(&self, weights: &str) -> String {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        format!("classify={},{}", at("small.yaml"), at(weights))
    }

    /// What all processes are given.
    pub(crate) fn functions(&self) -> Vec<String> {
        vec!["--function".to_owned(), self.definition("w.safetensors")]
    }

    /// A function of the same name with other weights.
    pub(crate) fn other_functions(&self) -> Vec<String> {
        vec!["--function".to_owned(), self.definition("other.safetensors")]
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    }

    /// JSON lines of each query.
    pub(crate) fn answers_of_one_process(&self) -> HashMap<String, String> {
        let queries = [self.query(), self.counts()];
        queries
            .into_iter()
            .map(|query| (query.clone(), self.ask_one_process(&query, 2)))
            .collect()
    }

    /// What this process answers with so many jobs.
    pub(crate) fn ask_one_process(&self, query: &str, jobs: usize) -> String {
        let definition: FunctionDefinition = self.definition("w.safetensors").parse().unwrap();
        let functions: [PictureFunction; 1] = [load(&definition).unwrap()];
        let config = picture_config(SessionConfig::new(), jobs, mnv3_datafusion::BATCH_ROWS);
        let mut context = with_file_tables(SessionContext::new_with_config(config));
        register(&functions, &mut context).unwrap();
        let threads = tokio::runtime::Builder::new_multi_thread();
        let threads = { threads }.worker_threads(jobs).enable_all().build().unwrap();
        let query = query.to_owned();
        let asked = threads.spawn(async move { context.sql(&query).await.unwrap().collect().await.unwrap() });
        let batches = threads.block_on(asked).unwrap();
        let mut writer = LineDelimitedWriter::new(Vec::new());
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
        String::from_utf8(writer.into_inner()).unwrap()
    }
}
