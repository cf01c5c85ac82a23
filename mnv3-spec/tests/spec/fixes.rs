//! What messages propose, tried: the spec with the mistake names the fix, the spec with the fix is read.

use crate::tiny::{errors, tiny_with};

/// `place` of the tiny spec is mistaken; the message must propose `proposed`, and `fixed` in its place must be right.
fn proposes(place: &str, mistaken: &str, proposed: &str, fixed: &str) {
    let message = errors(&tiny_with(place, mistaken));
    assert!(message.contains(proposed), "`{proposed}` is not proposed in\n{message}");
    if let Err(errors) = mnv3_spec::parse("tiny.yaml", &tiny_with(place, fixed)) {
        panic!("the fix does not work:\n{errors}");
    }
}

#[test]
fn numbers_at_the_end_of_their_range_are_right() {
    proposes("exp: 64", "exp: 12", "write 16 or more", "exp: 16");
    proposes("k: 5", "k: 16", "from 1 to 15", "k: 15");
    proposes("k: 5", "k: 0", "from 1 to 15", "k: 1");
    proposes("[32, 32]", "[32, 0]", "from 1 to 4096", "[32, 4096]");
    proposes("channels: 3", "channels: 65", "from 1 to 64", "channels: 64");
    let alone = "classes: 1, softmax: true";
    proposes("classes: 10", alone, "write 2 or more", "classes: 2, softmax: true");
    proposes("classes: 10", alone, "or softmax: false", "classes: 1, softmax: false");
    let both = "classes: 10, softmax: true, sigmoid: true";
    let help = "write softmax: false where several classes may hold at once, or sigmoid: false";
    proposes("classes: 10", both, help, "classes: 10, softmax: false, sigmoid: true");
    proposes("classes: 10", both, help, "classes: 10, softmax: true, sigmoid: false");
    for activation in ["softmax", "sigmoid"] {
        let without = format!("classes: none, {activation}: true");
        let help = format!("write a number of classes, or {activation}: false");
        proposes(
            "classes: 10",
            &without,
            &help,
            &format!("classes: 7, {activation}: true"),
        );
        proposes(
            "classes: 10",
            &without,
            &help,
            &format!("classes: none, {activation}: false"),
        );
    }
    proposes("classes: 10", "classes: 100001", "from 1 to 100000", "classes: 100000");
    proposes(
        "nl: HS, s: 2 }\nlast",
        "nl: HS, s: 9 }\nlast",
        "from 1 to 8",
        "nl: HS, s: [8, 1] }\nlast",
    );
    proposes(
        "nl: HS, s: 2 }\nlast",
        "nl: HS, s: [2] }\nlast",
        "[height, width]",
        "nl: HS, s: [2, 1] }\nlast",
    );
    proposes("last", "width: 9\nlast", "from 0.05 to 8", "width: 8\nlast");
    proposes(
        "last",
        "width: half\nlast",
        "a fraction such as 3/4",
        "width: 3/4\nlast",
    );
}

#[test]
fn words_that_are_proposed_are_known() {
    proposes("classes", "clases", "did you mean `classes`?", "classes");
    proposes("torchvision", "torchvison", "did you mean torchvision?", "torchvision");
    proposes("nl: RE", "nl: swish", "HS (hard-swish)", "nl: HS");
    proposes("se: true", "se: 24", "{ squeeze: 24 }", "se: { squeeze: 24 }");
    proposes("Tiny", "tiny net", "such as TinyNet", "TinyNet");
    proposes("last", "taps: { C3: 1 }\nlast", "such as c3", "taps: { c3: 1 }\nlast");
    proposes(
        "last",
        "taps: [1]\nlast",
        "names and bottleneck numbers",
        "taps: { c3: 1, c4: 2 }\nlast",
    );
}

#[test]
fn what_is_to_be_added_is_enough() {
    proposes("k: 5, ", "", "add `k: 3`", "k: 3, ");
    proposes("hidden: 32, nl: HS", "hidden: 32", "add `nl: RE`", "hidden: 32, nl: RE");
    proposes(
        "dialect: torchvision\n",
        "",
        "add `dialect: torchvision`",
        "dialect: torchvision\n",
    );
    proposes(
        "name: Tiny\n",
        "",
        "add `name: MobileNetV3Large`",
        "name: MobileNetV3Large\n",
    );
    let stem = "stem: { k: 3, out: 16, nl: HS, s: 2 }";
    proposes(stem, "", &format!("add `{stem}`"), stem);
    let (last, published) = ("last: { out: 96, nl: HS }", "last: { out: 960, nl: HS }");
    proposes(last, "", &format!("add `{published}`"), published);
    proposes(last, "last:", "or none", "last: none");
    let head = "head: { pool: avg, hidden: 32, nl: HS, classes: 10 }";
    let published = "head: { pool: avg, hidden: 1280, nl: HS, classes: 1000 }";
    proposes(head, "", &format!("add `{published}`"), published);
}

#[test]
fn shapes_that_are_proposed_fit() {
    proposes(
        "pool: avg",
        "pool: { kind: avg, k: 7 }",
        "write avg or max alone",
        "pool: max",
    );
    proposes(
        "pool: avg",
        "pool: [avg, max]",
        "{ kind: avg, k: 2, s: 2 }",
        "pool: [{ kind: avg, k: 2, s: 2 }, max]",
    );
    proposes(
        "k: 3, exp: 16",
        "k: 4, exp: 16",
        "or residual: false",
        "k: 4, residual: false, exp: 16",
    );
    proposes("k: 3, exp: 16", "k: 4, exp: 16", "write an odd kernel", "k: 5, exp: 16");
    proposes("last", "depth: 2\nlast", "write the rows", "last");
}
