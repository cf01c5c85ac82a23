//! Streams of networks by value, and embeddings.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may stop")]

use mnv3_exec::{Classifier, Detector, Embedder, Exec, NotEmbedder, Segmenter};
use mnv3_stream::{PictureSource, StreamOptions};
use mnv3_testing::Weights;
use std::path::Path;

fn sources() -> Vec<PictureSource> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let files = ["fixtures/coffee.png", "images/line-upright.png", "images/README.md"];
    files
        .iter()
        .cycle()
        .take(9)
        .map(|file| tests.join(file).into())
        .collect()
}

fn picture(source: &PictureSource) -> Option<mnv3_image::DynamicImage> {
    match source {
        PictureSource::Path(path) => mnv3_image::open(path).ok(),
        other => panic!("{other:?}"),
    }
}

/// Calls `test` with a network of a spec, its weights by the formula.
fn with(spec: &str, test: impl FnOnce(&Exec<'_>)) {
    let network = mnv3_spec::parse("spec.yaml", spec).unwrap();
    let plan = mnv3_codegen::Plan::new(&network);
    test(&Exec::new(&plan, &Weights::of(&network, 5.0).file().unwrap()).unwrap());
}

/// Compares the answers of a stream with those of each picture alone.
macro_rules! same {
    ($exec:expr, $kind:ident, |$stream:ident, $scope:ident, $sources:ident, $options:ident| $answers:expr, |$one:ident, $picture:ident| $want:expr) => {{
        let ($stream, $sources) = ($kind::new($exec).unwrap(), sources());
        let mut $one = $stream.clone();
        let $options = StreamOptions::default().threads(2);
        std::thread::scope(|$scope| {
            for (source, found) in sources().iter().zip($answers) {
                match picture(source) {
                    Some(picture) => {
                        let $picture = &picture;
                        assert_eq!(found.unwrap(), $want);
                    }
                    None => assert!(found.is_err()),
                }
            }
        });
    }};
}

#[test]
fn answers_of_a_stream_are_those_of_each_picture_alone() {
    let classes = "extends: mnv3:small\nname: A\ninput: { size: [64, 64] }\nwidth: 0.5\n";
    with(classes, |exec| {
        same!(
            exec,
            Classifier,
            |c, scope, sources, options| c.stream(scope, sources, 3, options),
            |one, picture| one.classify(picture, 3).unwrap()
        );
    });
    with("extends: mnv3:torchvision/ssdlite320-small\nname: B\n", |exec| {
        same!(
            exec,
            Detector,
            |d, scope, sources, options| d.stream(scope, sources, options),
            |one, picture| one.detect(picture).unwrap()
        );
    });
    let pixels = "extends: mnv3:torchvision/lraspp-small\nname: C\ninput: { size: [64, 96] }\nhead: { classes: 5 }\n";
    with(pixels, |exec| {
        same!(
            exec,
            Segmenter,
            |s, scope, sources, options| s.stream(scope, sources, options),
            |one, picture| {
                one.look(picture).unwrap();
                one.mask()
            }
        );
    });
}

#[test]
fn an_embedding_is_what_the_network_gives_of_the_prepared_picture() {
    let spec = "extends: mnv3:small\nname: E\ninput: { size: [64, 64] }\nhead: { classes: none }\n";
    with(spec, |exec| {
        let mut embedder = Embedder::new(exec).unwrap();
        let picture = picture(&sources()[0]).unwrap();
        let network = mnv3_spec::parse("spec.yaml", spec).unwrap();
        let recipe = mnv3_exec::recipe(network.preprocess.as_ref().unwrap());
        let input = recipe.prepare(&picture, [64, 64, 3]).unwrap();
        let mut want = vec![0.0; exec.output_len()];
        exec.forward_into(&mut exec.workspace(), input.as_slice().unwrap(), &mut want)
            .unwrap();
        assert_eq!(embedder.embed(&picture).unwrap(), want);
        assert!(want.iter().any(|x| *x != 0.0));
    });
    with("extends: mnv3:small\nname: F\ninput: { size: [64, 64] }\n", |exec| {
        assert_eq!(Embedder::new(exec).unwrap_err(), NotEmbedder::NoVector);
    });
}
