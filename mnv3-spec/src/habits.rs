//! Keys that people write out of habit from other libraries and papers, and what a spec calls the same thing.

/// What a word from elsewhere is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Habit {
    /// The key to write; a table that has none of this name does not know the habit.
    pub(crate) key: &'static str,
    /// Whether the word stands for that key, which then is not missing; else for what needs no key.
    pub(crate) stands_for: bool,
    pub(crate) help: &'static str,
}

/// The habit behind an unknown key of a table that has the keys `known`.
pub(crate) fn habit(word: &str, known: &[&str]) -> Option<Habit> {
    // No word below is longer, and hostile ones may be.
    if word.len() > 32 {
        return None;
    }
    let word = word.to_ascii_lowercase().replace('-', "_");
    let found = HABITS
        .iter()
        .find(|(words, key, ..)| known.contains(key) && words.contains(&word.as_str()));
    found.map(|&(_, key, stands_for, help)| Habit { key, stands_for, help })
}

type Entry = (&'static [&'static str], &'static str, bool, &'static str);

const HABITS: &[Entry] = &[
    // Rows, stem and last: the paper's columns.
    (
        &["kernel", "kernel_size", "kernels", "ksize", "filter_size", "dw_kernel"],
        "k",
        true,
        "write `k: 3`: columns are named as in the paper's tables",
    ),
    (
        &["stride", "strides"],
        "s",
        true,
        "write `s: 2`: columns are named as in the paper's tables",
    ),
    (
        &[
            "activation",
            "act",
            "act_fn",
            "act_layer",
            "nonlinearity",
            "non_linearity",
            "hs",
            "use_hs",
        ],
        "nl",
        true,
        "write `nl: RE` (relu) or `nl: HS` (hard-swish): columns are named as in the paper's tables",
    ),
    (
        &[
            "expansion",
            "expand",
            "expand_ratio",
            "expansion_ratio",
            "expansion_factor",
            "exp_ratio",
            "t",
        ],
        "exp",
        true,
        "write `exp: 64`, the number of expanded channels and not a factor, as in the paper's tables",
    ),
    (
        &[
            "exp_size",
            "expanded",
            "expanded_channels",
            "hidden_dim",
            "mid_channels",
            "mid_chs",
        ],
        "exp",
        true,
        "write `exp: 64`: columns are named as in the paper's tables",
    ),
    (
        &[
            "filters",
            "channels",
            "out_channels",
            "output_channels",
            "out_chs",
            "oup",
            "output",
            "c",
        ],
        "out",
        true,
        "write `out: 24`: columns are named as in the paper's tables",
    ),
    (
        &[
            "se_ratio",
            "use_se",
            "squeeze_excite",
            "squeeze_excitation",
            "squeeze",
            "attention",
        ],
        "se",
        true,
        "write `se: true`, `se: false`, or `se: { squeeze: 24 }` with a width of your own",
    ),
    (
        &["ratio", "width", "channels", "reduction", "rd_channels"],
        "squeeze",
        true,
        "write `squeeze: 24`, the width between the two layers; a ratio is a convention: `squeeze: { ratio: 1/4 }`",
    ),
    (
        &["skip", "shortcut", "add", "use_res_connect", "no_skip"],
        "residual",
        true,
        "write `residual: false` where the input is not added; where it fits, it is added",
    ),
    (
        &["dilations", "dilation_rate", "atrous", "rate"],
        "dilation",
        true,
        "write `dilation: 2`",
    ),
    (
        &["repeat", "repeats", "n", "num_layers", "num_blocks", "times"],
        "residual",
        false,
        "write the row as often as the network has it; `&row` before a row and `*row` repeat it",
    ),
    (
        &["groups", "group", "depthwise"],
        "k",
        false,
        "leave it out: the k x k convolution of a bottleneck is always depthwise, and no other has groups",
    ),
    (
        &["pad", "padding", "pads"],
        "k",
        false,
        "leave it out: padding follows from k, for all layers alike, as `conventions: { padding: same }` or the dialect says",
    ),
    (
        &["in", "in_channels", "input_channels", "in_chs", "inp", "input"],
        "out",
        false,
        "leave it out: what comes in is what comes out of the layer before",
    ),
    (
        &["bias", "use_bias", "conv_bias"],
        "out",
        false,
        "leave it out: `conventions: { conv_bias: true }` says it for all convolutions",
    ),
    (
        &["bn", "norm", "batch_norm", "use_bn", "norm_layer", "bn_epsilon", "eps"],
        "out",
        false,
        "leave it out: a batch norm follows each of these convolutions, and `conventions: { bn_epsilon: 0.001 }` says its epsilon",
    ),
    // Head.
    (
        &["num_classes", "n_classes", "nb_classes", "nclasses", "class_count"],
        "classes",
        true,
        "write `classes: 10`",
    ),
    (
        &["class_names", "names", "label_names", "label_file", "categories"],
        "labels",
        false,
        "write the names as `classes: [cat, dog]`, or `labels: names.txt`, a file with one a line",
    ),
    (&["pooling", "global_pool", "gap"], "pool", true, "write `pool: avg`"),
    (
        &[
            "last_channel",
            "hidden_dim",
            "hidden_size",
            "features",
            "num_features",
            "last_channels",
        ],
        "hidden",
        true,
        "write `hidden: 1280`, or `hidden: none`",
    ),
    (
        &["dropout", "drop_rate", "dropout_rate"],
        "classes",
        false,
        "leave it out: nothing is dropped when a network is asked",
    ),
    (
        &["activation", "act", "output_activation"],
        "softmax",
        false,
        "write `nl: HS` for the hidden layer, and `softmax: true` or `sigmoid: true` for probabilities",
    ),
    // Input.
    (
        &[
            "shape",
            "resolution",
            "image_size",
            "input_size",
            "img_size",
            "height",
            "hw",
        ],
        "size",
        true,
        "write `size: [224, 224]`, height and width",
    ),
    (
        &["in_chans", "in_channels", "c"],
        "channels",
        true,
        "write `channels: 3`",
    ),
    // The spec.
    (
        &[
            "blocks",
            "layers",
            "rows",
            "body",
            "backbone",
            "stages",
            "bneck",
            "bottleneck",
            "block_args",
        ],
        "bottlenecks",
        true,
        "write `bottlenecks:` and a row to each line below it",
    ),
    (
        &["width_mult", "width_multiplier", "multiplier", "alpha"],
        "width",
        true,
        "write `width: 0.75`",
    ),
    (&["depth_mult"], "depth", true, "write `depth: 1.2`"),
    (
        &["depth_multiplier"],
        "width",
        true,
        "write `width: 0.75` if channels are multiplied, as TensorFlow's depth_multiplier does, `depth: 1.2` if rows are",
    ),
    (
        &[
            "size",
            "resolution",
            "image_size",
            "input_size",
            "input_shape",
            "img_size",
            "channels",
        ],
        "input",
        true,
        "write `input: { size: [224, 224], channels: 3 }`",
    ),
    (
        &[
            "classes",
            "num_classes",
            "softmax",
            "sigmoid",
            "hidden",
            "pool",
            "classifier",
            "dropout",
        ],
        "head",
        true,
        "write it into the head, such as `head: { classes: 10 }`",
    ),
    (
        &["normalize", "normalization", "transform", "transforms", "mean", "std"],
        "preprocess",
        true,
        "write it into preprocess, such as `preprocess: { mean: 0.5, std: 0.5 }`",
    ),
    (
        &[
            "padding",
            "bn_epsilon",
            "conv_bias",
            "layout",
            "tensors",
            "squeeze",
            "expand_when_equal",
        ],
        "conventions",
        true,
        "write it into conventions, such as `conventions: { padding: same }`",
    ),
];
