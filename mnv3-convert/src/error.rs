//! Why a file was not read, or not written: what is wrong and what to do about it.

use mnv3_ir::Visible;
use safetensors::Dtype;

/// How to save a whole PyTorch file with the byte order of this machine.
const SAVE_ANEW: &str = "Save it anew on a usual one, in Python:\n    import torch\n    \
    file = torch.load(\"IN.pth\", map_location=\"cpu\", weights_only=False)\n    torch.save(file, \"OUT.pth\")";

/// How to get the tensors out of a Keras file that is not read here.
const KERAS_REMEDY: &str = "export it in Python, with the model loaded:\n    \
    import safetensors.numpy\n    tensors = {getattr(v, \"path\", v.name): v.numpy() for v in model.weights}\n    \
    safetensors.numpy.save_file(tensors, \"OUT.safetensors\")";

/// Why a weights file was refused. The messages name the place and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ConvertError {
    /// None of the formats that are read.
    #[error("this is {what}{remedy}")]
    Unknown { what: &'static str, remedy: &'static str },
    /// `torch.jit.freeze`: a program whose weights have no names.
    #[error(
        "this is a frozen TorchScript program: its weights are constants without names; take the module before \
         `torch.jit.freeze` or `optimize_for_mobile`, and save its state_dict()"
    )]
    FrozenScript,
    /// The zip archive is broken, or of a kind that `torch.save` never writes.
    #[error("the zip archive cannot be read: {}; was the download complete?", Visible(.0))]
    Zip(String),
    /// An archive without what every checkpoint has.
    #[error(
        "this zip archive is no PyTorch checkpoint: it has no data.pkl; if a checkpoint lies inside it, unpack it first"
    )]
    NoPickle,
    /// Entries are compressed or encrypted, so that their bytes are not those of the file.
    #[error(
        "{} in the archive is compressed or encrypted, which PyTorch and Keras never do: unpack it and pack it anew with `zip -0`",
        Visible(.0)
    )]
    Compressed(String),
    /// An entry that fails its checksum, or is not as long as it should be.
    #[error("{} in the checkpoint is damaged: {what}; was the download complete?", Visible(.entry))]
    Damaged { entry: String, what: String },
    /// Saved on a big-endian machine.
    #[error(
        "the checkpoint was saved on a machine with the byte order `{}`; only little-endian ones are read. {SAVE_ANEW}",
        Visible(.0)
    )]
    ByteOrder(String),
    /// Not a pickle that `torch.save` writes.
    #[error("{} cannot be read at byte {at}: {}", Visible(.entry), Visible(.what))]
    Pickle { entry: String, at: usize, what: String },
    /// A wanted tensor would be made by a call that is not done here.
    #[error(
        "{} would be made by {}, which is not run here. If you trust whoever made the file, save its tensors alone, in \
         Python (the second line runs what the file says):\n{remedy}",
        Visible(.name),
        Visible(.global)
    )]
    NotMade {
        name: String,
        global: String,
        remedy: String,
    },
    /// A quantised tensor.
    #[error(
        "{} is quantised: its numbers are small integers with a scale; mnv3 computes with floats: take the checkpoint \
         of before the conversion to a quantised model",
        Visible(.name)
    )]
    Quantised { name: String },
    /// More modules in a module than any network has.
    #[error("the module that the file holds has more modules, deeper ones or longer names than any network")]
    Modules,
    /// A pickle instruction that is unknown, or refers to what is outside of the file.
    #[error(
        "{} uses the pickle instruction {opcode} (byte {at}), whose meaning is not in the file: PyTorch cannot read it \
         either",
        Visible(.entry)
    )]
    Opcode { entry: String, at: usize, opcode: String },
    /// Nothing that looks like a state dict.
    #[error("there is no state dict in the checkpoint{}", listed(.keys, .candidates))]
    NoTensors { keys: Vec<String>, candidates: Vec<String> },
    /// A wrapper that was asked for by name.
    #[error("there is no state dict under the key `{}`{}", Visible(.key), listed(.keys, .candidates))]
    NoKey {
        key: String,
        keys: Vec<String>,
        candidates: Vec<String>,
    },
    /// A prefix that was asked for.
    #[error("no tensor's name starts with `{}`; the first name is {}", Visible(.prefix), Visible(.first))]
    NoPrefix { prefix: String, first: String },
    /// A pattern that fits no name.
    #[error("no tensor is called `{}`; the first is {}", Visible(.pattern), Visible(.first))]
    NoRename { pattern: String, first: String },
    /// Two names that became one.
    #[error("after renaming, {} is there twice", Visible(.0))]
    RenamedTwice(String),
    /// A tensor's form does not fit the numbers it stands on.
    #[error("{} is no whole tensor: {what}", Visible(.name))]
    Tensor { name: String, what: String },
    /// A small file that claims to be a large one.
    #[error(
        "the tensors claim {claimed} bytes in a file of {file}; a checkpoint's tensors are no more than {limit} times as large as its file"
    )]
    TooMuch { claimed: u64, file: u64, limit: u64 },
    /// The same name twice.
    #[error("{} is in the file twice", Visible(.0))]
    Duplicate(String),
    /// Not a safetensors file, or a broken one.
    #[error("not a whole safetensors file: {}; was the download complete?", Visible(.0))]
    Safetensors(String),
    /// An HDF5 file that is broken or was not written by Keras.
    #[error("the Keras file cannot be read: {}. If the download is complete, {KERAS_REMEDY}", Visible(.0))]
    Keras(String),
    /// Not a whole ONNX model.
    #[error("the ONNX model cannot be read: {}; was the download complete?", Visible(.0))]
    Onnx(String),
    /// Not a whole TensorFlow Lite model.
    #[error("the TensorFlow Lite model cannot be read: {}; was the download complete?", Visible(.0))]
    Tflite(String),
    /// Weights in a file that is not there.
    #[error(
        "the model keeps its weights in {}, which cannot be read: {}. Put that file into the model's folder, and name the \
         model there",
        Visible(.location),
        Visible(.why)
    )]
    Beside { location: String, why: String },
    /// A kernel that is no constant.
    #[error(
        "the node {} has weights that the graph computes, or a batch norm that stands before its layer: export the model \
         for inference, with constants folded",
        Visible(.name)
    )]
    Computed { name: String },
    /// Whole numbers multiplied with whole numbers.
    #[error(
        "the node {} multiplies whole numbers: write the model in the form with QuantizeLinear and DequantizeLinear nodes \
         (QDQ), or take the model of before",
        Visible(.name)
    )]
    QuantisedNode { name: String },
    /// A graph of another network.
    #[error(
        "the graph has {found} convolutions and matrices, {network} {want}{}: is it of another network?",
        .first.as_ref().map(|(at, node, tensor)| {
            format!("; the first that is another is number {at}, {}, which would be {tensor}", Visible(node))
        }).unwrap_or_default()
    )]
    Layers {
        network: String,
        found: usize,
        want: usize,
        first: Option<(usize, String, String)>,
    },
    /// A bias that would be lost.
    #[error(
        "{}, which is {weight} of the network, has a bias, and the network has none there: write `conventions: {{ \
         hidden_bias: true }}` in the spec",
        Visible(.name)
    )]
    UnknownBias { name: String, weight: String },
    /// A single tensor is asked for where names go by order, or no network is named.
    #[error(
        "what the first kernel and the scores are called is not known: name a spec with names of its own (`naming: exact`)"
    )]
    NoNames,
    /// A kernel that cannot be summed over colours.
    #[error(
        "{name} cannot be summed to grey: {}, and the spec's images have {want}",
        .channels.map_or("it is not in the file".to_owned(), |n| format!("it is for images of {n} channels"))
    )]
    NotGrey {
        name: String,
        channels: Option<usize>,
        want: usize,
    },
    /// Numbers that the wanted type cannot hold.
    #[error("{} holds {value} at index {index}, beyond what {dtype:?} can hold: choose another --dtype or none", Visible(.name))]
    Overflow {
        name: String,
        index: usize,
        value: f64,
        dtype: Dtype,
    },
}

/// Where tensors are instead, or else what there is at all.
fn listed(keys: &[String], candidates: &[String]) -> String {
    const SHOWN: usize = 12;
    let quoted = |names: &[String]| {
        let shown: Vec<_> = names
            .iter()
            .take(SHOWN)
            .map(|name| format!("`{}`", Visible(name)))
            .collect();
        let more = if names.len() > SHOWN { ", ..." } else { "" };
        format!("{}{more}", shown.join(", "))
    };
    match (keys, candidates) {
        ([], []) => String::new(),
        (keys, []) => format!(": no tensors lie under its keys, {}", quoted(keys)),
        (_, candidates) => format!("; tensors lie under {}: name one with --key", quoted(candidates)),
    }
}
