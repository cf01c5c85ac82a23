"""Writes files/graphs/decoder.tflite, a small network in the form of MediaPipe's selfie segmentation, weights in half precision, and
beside it decoder.json, what LiteRT answers: `python make_decoder.py` (ai-edge-litert 2.3, flatbuffers, numpy).

Weights and image are by the formula of tests/fixtures.
"""

import json
import pathlib
import sys

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

FOLDER = pathlib.Path(__file__).parent / "files" / "graphs"
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "fixtures"))
import formula  # noqa: E402

Builtin = schema.BuiltinOperator


class Model:
    """A graph that grows op by op; maps are N x H x W x C."""

    def __init__(self, shape):
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]
        self.input = self.tensor("image", shape)

    def tensor(self, name, shape, values=None, kind=schema.TensorType.FLOAT32):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), kind, 0
        if values is not None:
            buffer = schema.BufferT()
            buffer.data = list(values.tobytes())
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def op(self, builtin, inputs, name, shape, options=None, custom=None):
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = builtin
        code.version, code.customCode = 1, custom
        self.model.operatorCodes.append(code)
        op = schema.OperatorT()
        op.opcodeIndex = len(self.model.operatorCodes) - 1
        op.inputs, op.outputs = inputs, [self.tensor(name, shape)]
        if custom:
            # Padding, stride across and down, as TfLiteTransposeConvParams lies in memory.
            op.customOptions = list(np.array([1, 2, 2], "<i4").tobytes())
        elif options:
            op.builtinOptions = options
            op.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        self.graph.operators.append(op)
        return op.outputs[0]

    def shape(self, value):
        return self.graph.tensors[value].shape

    def constant(self, name, shape):
        """Half precision, and an op that widens it."""
        values = formula.weights(name, shape, 4.0).astype("<f2")
        half = self.tensor(name, shape, values, schema.TensorType.FLOAT16)
        return self.op(Builtin.DEQUANTIZE, [half], f"{name} wide", shape)

    def conv(self, x, name, outputs, k=1, s=1):
        options = schema.Conv2DOptionsT()
        options.padding, options.strideH, options.strideW = schema.Padding.SAME, s, s
        options.dilationHFactor = options.dilationWFactor = 1
        _, h, w, c = self.shape(x)
        weights = [self.constant(f"{name}.weight", (outputs, k, k, c)), self.constant(f"{name}.bias", (outputs,))]
        return self.op(Builtin.CONV_2D, [x, *weights], name, (1, -(-h // s), -(-w // s), outputs), options)

    def depthwise(self, x, name, k, s=1):
        options = schema.DepthwiseConv2DOptionsT()
        options.padding, options.strideH, options.strideW, options.depthMultiplier = schema.Padding.SAME, s, s, 1
        options.dilationHFactor = options.dilationWFactor = 1
        _, h, w, c = self.shape(x)
        weights = [self.constant(f"{name}.weight", (1, k, k, c)), self.constant(f"{name}.bias", (c,))]
        return self.op(Builtin.DEPTHWISE_CONV_2D, [x, *weights], name, (1, -(-h // s), -(-w // s), c), options)

    def unary(self, builtin, x):
        return self.op(builtin, [x], "unary", self.shape(x))

    def relu(self, x):
        return self.unary(Builtin.RELU, x)

    def both(self, builtin, a, b):
        return self.op(builtin, [a, b], "both", self.shape(a), schema.AddOptionsT() if builtin == Builtin.ADD else schema.MulOptionsT())

    def gate(self, of, x, names, width):
        """`x` times the sigmoid of layers on the means of `of`."""
        _, h, w, c = self.shape(of)
        options = schema.Pool2DOptionsT()
        options.padding, options.strideH, options.strideW = schema.Padding.VALID, h, w
        options.filterHeight, options.filterWidth = h, w
        y = self.op(Builtin.AVERAGE_POOL_2D, [of], "mean", (1, 1, 1, c), options)
        *inner, last = names
        for name in inner:
            y = self.relu(self.conv(y, name, width))
        y = self.unary(Builtin.LOGISTIC, self.conv(y, last, self.shape(x)[3]))
        return self.both(Builtin.MUL, x, y)

    def doubled(self, x):
        options = schema.ResizeBilinearOptionsT()
        options.halfPixelCenters = True
        _, h, w, c = self.shape(x)
        size = self.tensor("size", (2,), np.array([2 * h, 2 * w], "<i4"), schema.TensorType.INT32)
        return self.op(Builtin.RESIZE_BILINEAR, [x, size], "doubled", (1, 2 * h, 2 * w, c), options)

    def transposed(self, x, name, outputs):
        _, h, w, c = self.shape(x)
        weights = [self.constant(f"{name}.weight", (outputs, 2, 2, c)), self.constant(f"{name}.bias", (outputs,))]
        shape = (1, 2 * h, 2 * w, outputs)
        return self.op(Builtin.CUSTOM, [x, *weights], name, shape, custom="Convolution2DTransposeBias")

    def bytes(self, output):
        self.graph.inputs, self.graph.outputs = [self.input], [output]
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())


def main():
    model = Model((1, 16, 24, 3))
    stem = model.unary(Builtin.HARD_SWISH, model.conv(model.input, "stem", 8, k=3, s=2))
    x = model.relu(model.conv(stem, "expand", 8))
    x = model.relu(model.depthwise(x, "depthwise", 3, s=2))
    x = model.gate(x, x, ["reduce", "excite"], 8)
    x = model.conv(x, "project", 16)
    hidden = model.relu(model.conv(x, "hidden", 24))
    x = model.doubled(model.gate(x, hidden, ["gate"], 24))
    up = model.conv(x, "up", 8)
    gated = model.gate(model.both(Builtin.ADD, stem, up), stem, ["stage.reduce", "stage.excite"], 8)
    x = model.relu(model.conv(model.both(Builtin.ADD, gated, up), "merge", 8))
    x = model.both(Builtin.ADD, x, model.relu(model.depthwise(x, "refine", 3)))
    logits = model.transposed(x, "classes", 2)
    file = model.bytes(model.unary(Builtin.LOGISTIC, logits))
    (FOLDER / "decoder.tflite").write_bytes(file)
    interpreter = Interpreter(model_content=file)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], formula.image(16, 24, 3)[None])
    interpreter.invoke()
    answer = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
    print(f"{len(file)} bytes, sigmoids from {answer.min():.3f} to {answer.max():.3f}")
    (FOLDER / "decoder.json").write_text(json.dumps([float(f"{x:.9g}") for x in answer.ravel()]) + "\n")


if __name__ == "__main__":
    main()
