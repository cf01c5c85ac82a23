//! Folders of pictures as tables.

use crate::asked::{context, pictures, rows};
use mnv3_datafusion::PictureFunction;
use serde_json::json;
use std::fs;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a/.thumbnails")).unwrap();
    let picture = &pictures()[0];
    for name in [
        "b.PNG",
        "a/1.jpg",
        "a/0.webp",
        "a/.thumbnails/0.png",
        ".c.png",
        "a/notes.txt",
        "d.png",
        "e.gif",
    ] {
        fs::write(folder.path().join(name), picture).unwrap();
    }
    fs::write(folder.path().join("a/1.jpg"), b"").unwrap();
    folder
}

#[tokio::test]
async fn a_folder_has_a_row_for_each_picture_in_it_and_below_it() {
    let folder = folder();
    let context = context(&[PictureFunction::picture_error()]);
    let table = folder.path().display().to_string();
    let found = rows(
        &context,
        &format!("SELECT path, picture_error(image) AS e FROM '{table}' ORDER BY path"),
    )
    .await;
    let names: Vec<&str> = found
        .iter()
        .map(|row| {
            row["path"]
                .as_str()
                .unwrap()
                .strip_prefix(&format!("{table}/"))
                .unwrap()
        })
        .collect();
    assert_eq!(names, ["a/0.webp", "a/1.jpg", "b.PNG", "d.png", "e.gif"]);
    let errors: Vec<_> = found.iter().map(|row| row["e"].as_str()).collect();
    assert_eq!(errors, [None, Some("the file is empty"), None, None, None]);
    let counted = rows(
        &context,
        &format!("SELECT count(*) AS n, count(image) AS i, count(error) AS e FROM '{table}'"),
    )
    .await;
    assert_eq!(counted, [json!({ "n": 5, "i": 5, "e": 0 })]);
    let few = rows(&context, &format!("SELECT path FROM '{table}' LIMIT 3")).await;
    assert_eq!(few.len(), 3);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_a_row_with_an_error() {
    let folder = folder();
    let long = fs::File::create(folder.path().join("long.png")).unwrap();
    long.set_len((512 << 20) + 1).unwrap();
    let table = folder.path().display().to_string();
    let query = format!("SELECT path, error FROM '{table}' WHERE image IS NULL");
    let found = rows(&context(&[]), &query).await;
    let path = format!("{table}/long.png");
    assert_eq!(
        found,
        [json!({ "path": path, "error": "the file has more than 512 MiB" })]
    );
}

#[tokio::test]
async fn a_folder_without_pictures_or_tables_is_no_table() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "a").unwrap();
    let query = format!("SELECT * FROM '{}'", folder.path().display());
    assert!(context(&[]).sql(&query).await.is_err());
}
