"""Makes the model graphs that the tests read, with torchvision, PyTorch's exporters, ONNX Runtime, Keras and TensorFlow Lite.

`files/graphs/scores.json` has what each file's own runtime answers for the formula's image (`tests/fixtures/formula.py`, whose
weights all of them have). Beside a file of eight bits lies `NAME.expected.safetensors`: its kernels and biases as numbers, by
the names of the network that it was made of.

    pip install torch==2.15.0 torchvision==0.29.2 onnx==1.23.2 onnxscript onnxruntime==1.32.0 safetensors==0.8.0  && python make_graphs.py onnx
    pip install keras==3.15.1 tensorflow-cpu==2.21.0 safetensors==0.8.0                              && python make_graphs.py tflite
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
FILES = Path(__file__).parent / "files" / "graphs"
sys.path.insert(0, str(ROOT / "tests" / "fixtures"))
import formula  # noqa: E402

GAIN = 4.0
SIZE = 32
# k, exp, out, squeeze-excite, non-linearity, stride; a stem of 16 before them, a hidden layer of 24 and 10 classes after.
ROWS = [(3, 16, 8, True, "RE", 2), (3, 24, 16, False, "RE", 2), (5, 40, 16, True, "HS", 1)]
STEM, HIDDEN, CLASSES = 16, 24, 10


def keep(name, scores):
    """Adds the answer for a file to the table."""
    path = FILES / "scores.json"
    table = json.loads(path.read_text()) if path.exists() else {}
    table[name] = [float(f"{x:.9g}") for x in np.asarray(scores, dtype=np.float64).ravel()]
    lines = (f"{json.dumps(name)}: {json.dumps(table[name])}" for name in sorted(table))
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def onnx_files():
    import onnx
    import onnxruntime
    import torch
    from onnxruntime import quantization
    from safetensors.numpy import save_file
    from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3

    incoming = [STEM, *(row[2] for row in ROWS)]
    rows = [
        InvertedResidualConfig(c, k, exp, out, se, nl, s, 1, 1.0) for c, (k, exp, out, se, nl, s) in zip(incoming, ROWS)
    ]
    net = MobileNetV3(rows, HIDDEN, CLASSES).eval()
    state = net.state_dict()
    real = {name: t for name, t in state.items() if t.is_floating_point()}
    net.load_state_dict(
        state | {name: torch.from_numpy(formula.weights(name, tuple(t.shape), GAIN)) for name, t in real.items()}
    )
    image = torch.from_numpy(formula.image(SIZE, SIZE, 3)).permute(2, 0, 1)[None].contiguous()

    def answer(name):
        session = onnxruntime.InferenceSession(FILES / name, providers=["CPUExecutionProvider"])
        keep(name, session.run(None, {session.get_inputs()[0].name: image.numpy()})[0])

    def export(name, **options):
        torch.onnx.export(net, (image,), FILES / name, **options)
        answer(name)

    export("torchscript.onnx", dynamo=False)
    export("unfolded.onnx", dynamo=False, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
    # Its weights lie in a file of their own beside it.
    export("dynamo.onnx", dynamo=True)

    # Weights as nodes, and biases as sums, as Paddle's exporter writes them.
    model = onnx.load(FILES / "unfolded.onnx")
    graph = model.graph
    nodes = [
        onnx.helper.make_node("Constant", [], [t.name], value=onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(t)))
        for t in graph.initializer
    ]
    for node in graph.node:
        nodes.append(node)
        if node.op_type == "Conv" and len(node.input) == 3:
            bias, output = node.input.pop(), node.output[0]
            shape = onnx.numpy_helper.from_array(np.array([1, -1, 1, 1]))
            node.output[0] = f"{output}/sum"
            nodes += [
                onnx.helper.make_node("Constant", [], [f"{output}/shape"], value=shape),
                onnx.helper.make_node("Reshape", [bias, f"{output}/shape"], [f"{output}/bias"]),
                onnx.helper.make_node("Add", [f"{output}/sum", f"{output}/bias"], [output]),
            ]
    del graph.initializer[:], graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, FILES / "nodes.onnx")
    answer("nodes.onnx")

    class Images(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = [{"input": image.numpy()}]

        def get_next(self):
            return self.left.pop() if self.left else None

    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(net, (image,), plain, dynamo=False, input_names=["input"])
        quantization.quantize_static(plain, FILES / "eight.onnx", Images(), per_channel=True)
    graph = onnx.load(FILES / "eight.onnx").graph
    numbers = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    real = {}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in numbers:
            whole, scale, zero = (numbers[name] for name in node.input)
            axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
            shape = [-1 if i == axis else 1 for i in range(whole.ndim)] if scale.ndim else []
            real[node.output[0]] = (whole.astype(np.float32) - zero.reshape(shape)) * scale.reshape(shape)
    layers = [n for n in graph.node if n.op_type in ("Conv", "Gemm", "MatMul")]
    kernels = [name for name, t in state.items() if t.dim() >= 2]
    assert len(layers) == len(kernels)
    expected = {}
    for node, kernel in zip(layers, kernels):
        expected[kernel] = real[node.input[1]].reshape(state[kernel].shape)
        expected[f"{kernel}.bias"] = real[node.input[2]]
    save_file({n: np.ascontiguousarray(a, dtype=np.float32) for n, a in expected.items()}, FILES / "eight.onnx.expected.safetensors")


def tflite_files():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tensorflow as tf
    from keras.src.applications import mobilenet_v3
    from safetensors.numpy import save_file

    def stack(x, _kernel, _activation, se_ratio):
        incoming = STEM
        for i, (k, exp, out, se, nl, s) in enumerate(ROWS):
            act = {"RE": mobilenet_v3.relu, "HS": mobilenet_v3.hard_swish}[nl]
            x = mobilenet_v3._inverted_res_block(x, exp / incoming, out, k, s, se_ratio if se else None, act, i)
            incoming = out
        return x

    net = mobilenet_v3.MobileNetV3(
        stack, HIDDEN, (SIZE, SIZE, 3), weights=None, classes=CLASSES, include_preprocessing=False, classifier_activation=None
    )
    for variable in net.weights:
        variable.assign(formula.weights(variable.path, tuple(variable.shape), GAIN))
    image = formula.image(SIZE, SIZE, 3)[None]

    def write(name, prepare=lambda converter: None):
        with tempfile.TemporaryDirectory() as folder:
            net.export(folder, verbose=False)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            prepare(converter)
            (FILES / name).write_bytes(converter.convert())
        runtime = tf.lite.Interpreter(str(FILES / name))
        runtime.allocate_tensors()
        runtime.set_tensor(runtime.get_input_details()[0]["index"], image)
        runtime.invoke()
        keep(name, runtime.get_tensor(runtime.get_output_details()[0]["index"]))
        return runtime

    def half(converter):
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]

    def eight(converter):
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: iter([[image]])

    write("plain.tflite")
    write("half.tflite", half)
    runtime = write("eight.tflite", eight)
    kinds = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    layers = [op for op in runtime._get_ops_details() if op["op_name"] in kinds]
    kernels = [variable for variable in net.weights if len(variable.shape) >= 2]
    assert len(layers) == len(kernels)
    details = {t["index"]: t for t in runtime.get_tensor_details()}

    def real(index):
        how = details[index]["quantization_parameters"]
        whole = runtime.get_tensor(index)
        shape = [-1 if i == how["quantized_dimension"] else 1 for i in range(whole.ndim)]
        scale, zero = (how[key].reshape(shape) for key in ("scales", "zero_points"))
        return ((whole.astype(np.float64) - zero) * scale).astype(np.float32)

    expected = {}
    for op, kernel in zip(layers, kernels):
        _, weight, bias = op["inputs"]
        # Outputs, height, width, inputs to height, width, inputs, outputs; depthwise ones to height, width, channels, 1.
        axes = (1, 2, 3, 0)
        expected[kernel.path] = np.ascontiguousarray(real(weight).transpose(axes))
        expected[f"{kernel.path}.bias"] = real(bias)
    save_file(expected, FILES / "eight.tflite.expected.safetensors")


if __name__ == "__main__":
    FILES.mkdir(exist_ok=True)
    {"onnx": onnx_files, "tflite": tflite_files}[sys.argv[1]]()
