//! A compiled network as a function.

use crate::asked::{context, root, rows};
use mnv3_datafusion::{PictureFunction, direction};
use std::sync::Arc;

mnv3::mobilenet!("mnv3:text-direction", weights = "mnv3:text-direction");

#[tokio::test]
async fn a_compiled_network_answers_as_one_that_is_run_by_its_spec() {
    let network = Arc::new(TextDirection::embedded());
    let compiled = PictureFunction::classify("compiled", move || {
        let network = network.clone();
        let mut decoder = TextDirection::decoder(mnv3_image::Decoding::Exact);
        let mut workspace = TextDirection::workspace();
        move |bytes: &[u8]| {
            let picture = decoder.decode(bytes)?;
            let best = network.classify_with(&mut workspace, &picture, 1)?.into_iter().next();
            decoder.recycle(picture);
            Ok(best)
        }
    });
    let context = context(&[compiled, direction().unwrap()]);
    let images = root().join("tests/images");
    let query = format!(
        "SELECT compiled(image) AS c, direction(image) AS d, path FROM '{}'",
        images.display()
    );
    let found = rows(&context, &query).await;
    assert_eq!(found.len(), 5);
    for row in found {
        assert_eq!(row["c"], row["d"]);
        let path = row["path"].as_str().unwrap();
        let want = if path.contains("upside-down") {
            "upside down"
        } else {
            "upright"
        };
        assert_eq!(row["c"]["label"], want, "{path}");
    }
}
