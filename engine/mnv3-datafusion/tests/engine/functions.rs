//! Functions of columns of pictures.

use crate::asked::{TINY, context, context_with, definition, function, network, pictures, root, rows};
use datafusion::arrow::array::{ArrayRef, BinaryArray, BinaryViewArray, LargeBinaryArray};
use mnv3_codegen::Plan;
use mnv3_datafusion::{FunctionError, PictureFunction, direction, load};
use mnv3_exec::{Classifier, Detector, Embedder, Exec, Segmenter, class_name};
use mnv3_testing::Weights;
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const NO_PICTURE: &[u8] = b"no picture";

/// All pictures, a file that is none, and a row without one.
fn column(pictures: &[Vec<u8>]) -> Vec<Option<&[u8]>> {
    let all = pictures.iter().map(|bytes| Some(bytes.as_slice()));
    all.chain([Some(NO_PICTURE), None]).collect()
}

/// A number as it is written, with as many digits as tell it from others.
fn written(number: impl std::fmt::Debug) -> Value {
    serde_json::from_str(&format!("{number:?}")).unwrap()
}

fn binary(column: &[Option<&[u8]>]) -> ArrayRef {
    Arc::new(BinaryArray::from(column.to_vec()))
}

#[tokio::test]
async fn classes_are_those_of_the_network_whatever_the_type_of_the_column() {
    let network = mnv3_spec::parse("spec.yaml", TINY).unwrap();
    let plan = Plan::new(&network);
    let exec = Exec::new(&plan, &Weights::of(&network, 5.0).file().unwrap()).unwrap();
    let mut classifier = Classifier::new(&exec).unwrap();
    let pictures = pictures();
    let mut want: Vec<Value> = pictures
        .iter()
        .map(|bytes| {
            let best = classifier
                .classify(&mnv3_image::decode(bytes).unwrap(), 1)
                .unwrap()
                .remove(0);
            json!({ "c": { "label": best.label, "index": best.index, "probability": written(best.probability) } })
        })
        .collect();
    want.push(json!({ "c": { "error": "this is not an image but text" } }));
    want.push(json!({}));
    let column = column(&pictures);
    let classify = function("classify", TINY);
    let types: [ArrayRef; 3] = [
        binary(&column),
        Arc::new(LargeBinaryArray::from(column.clone())),
        Arc::new(BinaryViewArray::from(column.clone())),
    ];
    for images in types {
        let context = context_with(images, std::slice::from_ref(&classify));
        let found = rows(&context, "SELECT classify(image) AS c FROM pictures ORDER BY id::int").await;
        assert_eq!(found, want);
        let labels = rows(
            &context,
            "SELECT classify(image)['label'] AS l, count(*) AS n FROM pictures GROUP BY l",
        )
        .await;
        let counted: u64 = labels.iter().map(|row| row["n"].as_u64().unwrap()).sum();
        assert_eq!(counted, want.len() as u64);
    }
}

#[tokio::test]
async fn embeddings_boxes_and_shares_are_those_of_the_network_and_errors_are_asked_for() {
    let pictures = pictures();
    let embedding = TINY.replace("classes: [ant, bee, cat, dog, eel, fox, gnu]", "classes: none");
    let detecting = "extends: mnv3:torchvision/ssdlite320-small\nname: Small\n";
    let segmenting =
        "extends: mnv3:torchvision/lraspp-small\nname: Small\ninput: { size: [64, 96] }\nhead: { classes: 5 }\n";
    let functions = [
        function("embed", &embedding),
        function("detect", detecting),
        function("segment", segmenting),
        PictureFunction::picture_error(),
    ];
    let column = column(&pictures);
    let context = context_with(binary(&column), &functions);
    let query = "SELECT embed(image) AS e, detect(image) AS d, segment(image) AS s, picture_error(image) AS error
        FROM pictures ORDER BY id::int";
    let found = rows(&context, query).await;
    let [.., broken, absent] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(broken, &json!({ "error": "this is not an image but text" }));
    assert_eq!(absent, &json!({}));

    let exec_of = |spec: &str, check: &mut dyn FnMut(&Exec<'_>)| {
        let network = mnv3_spec::parse("spec.yaml", spec).unwrap();
        let plan = Plan::new(&network);
        check(&Exec::new(&plan, &Weights::of(&network, 5.0).file().unwrap()).unwrap());
    };
    let decoded: Vec<_> = pictures
        .iter()
        .map(|bytes| mnv3_image::decode(bytes).unwrap())
        .collect();
    exec_of(&embedding, &mut |exec| {
        let mut embedder = Embedder::new(exec).unwrap();
        for (row, picture) in found.iter().zip(&decoded) {
            assert_eq!(
                row["e"],
                Value::from_iter(embedder.embed(picture).unwrap().into_iter().map(written))
            );
            assert_eq!(row.get("error"), None);
        }
    });
    let network = mnv3_spec::parse("spec.yaml", detecting).unwrap();
    exec_of(detecting, &mut |exec| {
        let mut detector = Detector::new(exec).unwrap();
        for (row, picture) in found.iter().zip(&decoded) {
            let sure = detector
                .detect(picture)
                .unwrap()
                .iter()
                .filter(|found| found.score >= 0.3);
            let boxes = sure.map(|of| {
                let [left, top, right, bottom] = of.bounds.corners().map(written);
                let mut row = json!({ "class": of.class, "score": written(of.score),
                    "left": left, "top": top, "right": right, "bottom": bottom });
                if let Some(label) = class_name(&network, of.class) {
                    row["label"] = label.into();
                }
                row
            });
            assert_eq!(row["d"], Value::from_iter(boxes));
        }
    });
    assert!(
        found
            .iter()
            .any(|row| row["d"].as_array().is_some_and(|boxes| !boxes.is_empty()))
    );
    exec_of(segmenting, &mut |exec| {
        let mut segmenter = Segmenter::new(exec).unwrap();
        for (row, picture) in found.iter().zip(&decoded) {
            segmenter.look(picture).unwrap();
            let shares = segmenter.mask().shares().into_iter();
            let shares = shares.map(|(class, share)| json!({ "class": class, "share": written(share) }));
            assert_eq!(row["s"], Value::from_iter(shares));
        }
    });
}

#[tokio::test]
async fn what_is_no_column_of_pictures_is_refused_before_anything_is_asked() {
    let context = context(&[function("classify", TINY)]);
    for (query, want) in [
        (
            "SELECT classify('a.png')",
            "classify: it takes the bytes of pictures (Binary, LargeBinary or BinaryView), and this is Utf8",
        ),
        (
            "SELECT classify()",
            "classify: it takes one argument, the bytes of pictures, and there are 0",
        ),
    ] {
        let refused = context.sql(query).await.unwrap_err();
        assert!(refused.to_string().contains(want), "{refused}");
    }
    assert_eq!(rows(&context, "SELECT classify(NULL) AS c").await, [json!({})]);
    let named = rows(&context, "SELECT classify(X'00')['error']").await;
    assert_eq!(named[0].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_decoder_that_panics_is_an_error_of_its_row() {
    let length = PictureFunction::embed("kept_and_length", || {
        let mut kept = 0.0;
        move |bytes: &[u8]| {
            kept += 1.0;
            assert!(bytes != NO_PICTURE, "a fault of a decoder");
            Ok(vec![kept, bytes.len() as f32])
        }
    });
    let column: [Option<&[u8]>; 4] = [Some(b"a"), Some(NO_PICTURE), None, Some(b"abc")];
    let context = context_with(binary(&column), &[length]);
    let found = rows(&context, "SELECT kept_and_length(image) AS l FROM pictures ORDER BY id").await;
    // What an asker kept before it panicked is gone.
    assert_eq!(
        found,
        [
            json!({ "l": [1.0, 1.0] }),
            json!({}),
            json!({}),
            json!({ "l": [1.0, 3.0] })
        ]
    );
}

#[test]
fn networks_without_answers_and_files_of_others_are_refused_by_name() {
    let folder = network(TINY);
    let at = |file: &str| folder.path().join(file);
    let told = |spec: &str| {
        fs::write(at("spec.yaml"), spec).unwrap();
        load(&definition("f", folder.path())).unwrap_err()
    };
    let headless = TINY.replace(
        "head: { pool: avg, hidden: none, classes: [ant, bee, cat, dog, eel, fox, gnu] }",
        "head: none",
    );
    let refused = told(&headless);
    assert!(
        matches!(refused, FunctionError::Head { .. } | FunctionError::Misfit { .. }),
        "{refused}"
    );
    assert!(matches!(told("name: 1"), FunctionError::Spec(_)));
    assert!(matches!(
        told("extends: mnv3:small\nname: Small"),
        FunctionError::Misfit { .. }
    ));
    fs::remove_file(at("w.safetensors")).unwrap();
    let refused = told(TINY);
    assert!(
        refused
            .to_string()
            .contains("w.safetensors: the weights cannot be read: "),
        "{refused}"
    );
}

#[test]
fn between_processes_a_function_is_known_by_what_it_computes() {
    use datafusion::logical_expr::ScalarUDFImpl as _;
    let folder = network(TINY);
    let known = |text: &str| {
        let mut definition = definition("classify", folder.path());
        definition.fast = text.contains("fast");
        load(&definition).unwrap().name().to_owned()
    };
    let name = known("");
    assert!(name.starts_with("classify:"), "{name}");
    assert_eq!(known(""), name);
    assert_ne!(known("fast"), name);
    let network = mnv3_spec::parse("spec.yaml", TINY).unwrap();
    fs::write(
        folder.path().join("w.safetensors"),
        Weights::of(&network, 4.0).file().unwrap(),
    )
    .unwrap();
    assert_ne!(known(""), name);
    let fits = fs::read(root().join("specs/text-direction.safetensors")).unwrap();
    assert!(!fits.is_empty() && direction().unwrap().called() == "direction");
}

#[tokio::test]
async fn what_a_query_says_twice_of_a_picture_is_asked_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let classify = PictureFunction::classify("classify", move || {
        let count = count.clone();
        move |bytes: &[u8]| {
            count.fetch_add(1, Ordering::Relaxed);
            let probability = bytes.len() as f32;
            Ok(Some(mnv3_image::Class {
                index: bytes.len(),
                probability,
                label: Some("thing"),
            }))
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("pictures.parquet").display().to_string();
    let column: [Option<&[u8]>; 5] = [Some(b"a"), Some(b"ab"), Some(b"abc"), Some(b"abcd"), Some(b"abcde")];
    let context = context_with(binary(&column), &[classify]);
    rows(&context, &format!("COPY pictures TO '{table}'")).await;
    for table in ["pictures", &format!("'{table}'")] {
        for (query, want, most) in [
            (
                format!("SELECT classify(image)['label'], classify(image)['index'] FROM {table}"),
                5,
                5,
            ),
            (
                format!("SELECT c['label'], c['index'] FROM (SELECT classify(image) AS c FROM {table})"),
                5,
                5,
            ),
            // Once more for those that are let through.
            (
                format!(
                    "SELECT c['label'], c['index'] FROM (SELECT classify(image) AS c FROM {table}) WHERE c['index'] < 3"
                ),
                2,
                7,
            ),
            (
                format!("SELECT classify(image)['index'] FROM {table} WHERE id < '2'"),
                2,
                2,
            ),
        ] {
            asked.store(0, Ordering::Relaxed);
            assert_eq!(rows(&context, &query).await.len(), want, "{query}");
            let asked = asked.load(Ordering::Relaxed);
            assert!(asked <= most, "{query}: {asked}");
        }
    }
}

#[tokio::test]
async fn a_name_stands_for_one_function() {
    use mnv3_datafusion::register;
    let mut context = context(&[]);
    let twice = [function("classify", TINY), function("classify", TINY)];
    let refused = register(&twice, &mut context).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "classify: there is a function of this name: choose another"
    );
    assert!(register(&[function("abs", TINY)], &mut context).is_err());
}
