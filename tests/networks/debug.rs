//! `{:?}` says what a thing is, in one line, and never its numbers.

use crate::compiled::{Backbone, TextDirection};
use mnv3::Threads;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

/// The same with `{:#?}`.
macro_rules! lines {
    ($($value:expr),*) => {
        [$(format!("{:?}", $value), format!("{:#?}", $value)),*]
    };
}

#[test]
fn a_network_says_its_name_parameters_level_and_threads() {
    let network = TextDirection::embedded();
    for text in lines!(network, network.clone().with_threads(Threads::new(2).unwrap())) {
        let start = format!("TextDirection {{ parameters: {}, level: ", TextDirection::PARAMETERS);
        assert!(text.starts_with(&start), "{text}");
        assert!(!text.contains(['(', '\n']), "{text}");
    }
    let threads = network.with_threads(Threads::new(2).unwrap());
    assert!(format!("{threads:?}").ends_with(", threads: 2 }"), "{threads:?}");
}

#[test]
fn memory_and_maps_say_how_large_they_are() {
    let bytes = TextDirection::WORKSPACE_BYTES;
    for text in lines!(TextDirection::workspace()) {
        assert_eq!(text, format!("Workspace {{ bytes: {bytes} }}"));
    }
    for text in lines!(Threads::new(2).unwrap()) {
        assert!(text.len() < 60 && text.contains('2'), "{text}");
    }
    // Zeros: the smallest file that fits.
    let zeros = vec![0; 1 << 20];
    let views = Backbone::TENSORS.iter().map(|t| {
        let bytes = 4 * t.shape.iter().product::<usize>();
        (
            t.name.to_string(),
            TensorView::new(Dtype::F32, t.shape.to_vec(), &zeros[..bytes]).unwrap(),
        )
    });
    let network = Backbone::from_safetensors(&safetensors::serialize(views, None).unwrap()).unwrap();
    let mut workspace = Backbone::workspace();
    let maps = network.forward_into(&mut workspace, &[0.0; 64 * 96 * 3]);
    for text in lines!(maps.features.view()) {
        assert_eq!(text, "MapView { 2 x 3 x 96 }");
    }
    let text = format!("{maps:?}");
    assert!(text.ends_with("features: Map { 2 x 3 x 96 } }"), "{text}");
}
