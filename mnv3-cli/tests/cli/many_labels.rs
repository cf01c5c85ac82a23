//! `classify` with `sigmoid: true`: any number of labels at once.

use crate::classify::{TINY, classes, classify, folder};

fn spec() -> String {
    TINY.replace("classes: 7", "classes: 7, sigmoid: true")
}

#[test]
fn all_labels_of_half_or_more_are_named_and_other_bounds_may_be_asked() {
    let folder = folder(&spec());
    let ask = |more: &[&str]| {
        let arguments = [&["spec.yaml", "w.safetensors", "a.png", "--json"][..], more].concat();
        let run = classify(folder.path(), &arguments);
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        classes(&run.json()[0])
    };
    let all = ask(&["--threshold", "0"]);
    assert_eq!(all.len(), 7);
    assert!((all.iter().map(|(_, p)| p).sum::<f64>() - 1.0).abs() > 0.1, "{all:?}");
    let above = |bound: f64| all.iter().copied().filter(|(_, p)| *p >= bound).collect::<Vec<_>>();
    assert!((1..7).contains(&above(0.5).len()), "{all:?}");
    assert_eq!(ask(&[]), above(0.5));
    let bound = all[1].1;
    assert_eq!(ask(&["--threshold", &bound.to_string()]), all[..2]);
    assert_eq!(ask(&["--threshold", "0", "--top", "3"]), all[..3]);
    assert!(ask(&["--threshold", "1"]).is_empty());
}

#[test]
fn no_label_at_all_is_said_and_a_threshold_is_a_probability() {
    let folder = folder(&spec());
    let run = classify(
        folder.path(),
        &["spec.yaml", "w.safetensors", "a.png", "--threshold", "1"],
    );
    assert_eq!(run.out, "a.png\n  no class is as probable as asked\n");
    for wrong in ["1.5", "-0.1", "NaN", "half"] {
        let threshold = format!("--threshold={wrong}");
        let run = classify(folder.path(), &["spec.yaml", "w.safetensors", "a.png", &threshold]);
        assert_eq!(run.code, 2);
        assert!(run.err.contains("write a number from 0 to 1"), "{}", run.err);
    }
}
