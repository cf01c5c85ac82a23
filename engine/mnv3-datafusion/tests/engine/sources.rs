//! Parquet, CSV and JSON by the names of their files, in and out.

use crate::asked::{TINY, context, function, root, rows};
use serde_json::Value;
use std::fs;

#[tokio::test]
async fn pictures_go_through_parquet_and_answers_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let context = context(&[function("classify", TINY)]);
    let images = root().join("tests/images").display().to_string();
    let of = |table: &str| format!("SELECT path, classify(image) AS c FROM '{table}' ORDER BY path");
    let want = rows(&context, &of(&images)).await;
    assert_eq!(want.len(), 5);
    let (pictures, answers) = (at("pictures.parquet"), at("answers.parquet"));
    for query in [
        format!("COPY (SELECT path, image FROM '{images}') TO '{pictures}'"),
        format!("COPY (SELECT path, classify(image) AS c FROM '{pictures}') TO '{answers}'"),
    ] {
        assert_eq!(rows(&context, &query).await[0]["count"], 5);
    }
    assert_eq!(rows(&context, &of(&pictures)).await, want);
    assert_eq!(
        rows(&context, &format!("SELECT * FROM '{answers}' ORDER BY path")).await,
        want
    );

    // A table of one's own beside the pictures.
    let named: Vec<&str> = want.iter().map(|row| row["path"].as_str().unwrap()).collect();
    fs::write(at("wanted.csv"), format!("path,who\n{},a\n{},b\n", named[1], named[3])).unwrap();
    let query = format!(
        "SELECT who, classify(image)['index'] AS i FROM '{}' w JOIN '{images}' p ON p.path = w.path ORDER BY who",
        at("wanted.csv")
    );
    let found = rows(&context, &query).await;
    let indices: Vec<&Value> = found.iter().map(|row| &row["i"]).collect();
    assert_eq!(indices, [&want[1]["c"]["index"], &want[3]["c"]["index"]]);
}

/// What would be in memory at a time is bounded in bytes when pictures are written.
#[tokio::test]
async fn groups_of_rows_that_are_written_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::create_dir(at("long")).unwrap();
    // Bytes that do not compress.
    let mut state = 1_u64;
    for number in 0..12 {
        let bytes: Vec<u8> = (0..8 << 20)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        fs::write(at(&format!("long/{number:02}.png")), bytes).unwrap();
    }
    let context = context(&[]);
    let out = at("long.parquet");
    rows(&context, &format!("COPY (SELECT * FROM '{}') TO '{out}'", at("long"))).await;
    let file = fs::File::open(&out).unwrap();
    let reader = datafusion::parquet::file::reader::SerializedFileReader::new(file).unwrap();
    use datafusion::parquet::file::reader::FileReader as _;
    let groups = reader.metadata().row_groups();
    assert_eq!(groups.iter().map(|group| group.num_rows()).sum::<i64>(), 12);
    let largest = groups.iter().map(|group| group.total_byte_size()).max().unwrap();
    assert!(largest < 100 << 20, "{largest}");
}
