"""Writes a torchvision MobileNetV3 (batch norms folded) as a .tflite file in the form that XNNPACK runs fastest.

NHWC throughout; relu fused into its convolution; HARD_SWISH as one operator; the squeeze-excite gate
relu6(x + 3) / 6 costs no pass of its own: the 3 goes into the bias, relu6 is fused, the 1/6 goes into the weights of
the projection. Symmetric padding at stride 2 is a PAD that XNNPACK fuses into the convolution; at stride 1 it is SAME.
"""

from __future__ import annotations

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from torch import nn
from torchvision.models.mobilenetv3 import InvertedResidual
from torchvision.ops.misc import SqueezeExcitation

NONE, RELU, RELU6 = (
    schema.ActivationFunctionType.NONE,
    schema.ActivationFunctionType.RELU,
    schema.ActivationFunctionType.RELU6,
)


def encode(module: nn.Module, size: int) -> bytes:
    """The .tflite file of a folded network for a square image of `size` pixels."""
    graph = Graph()
    image = graph.tensor((1, size, size, 3))
    x = image
    for layer in module.features:
        x = bottleneck(graph, x, layer) if isinstance(layer, InvertedResidual) else conv_act(graph, x, layer)
    x = graph.mean(x, keep=False)
    hidden, _, _, classes = module.classifier
    x = graph.hard_swish(graph.linear(x, hidden))
    return graph.finish(image, graph.linear(x, classes))


def bottleneck(graph: Graph, x: int, block: InvertedResidual) -> int:
    y = bottleneck_layers(graph, x, block.block)
    return graph.add(x, y) if block.use_res_connect else y


def bottleneck_layers(graph: Graph, x: int, block: nn.Sequential) -> int:
    """All but what is added: depthwise, squeeze-excite, project, and the expansion before them if it is there."""
    gated = False
    *layers, project = block
    for layer in layers:
        if isinstance(layer, SqueezeExcitation):
            gate = graph.conv(graph.mean(x, keep=True), layer.fc1, RELU)
            gate = graph.conv(gate, layer.fc2, RELU6, bias_plus=3.0)
            x = graph.mul(x, gate)
            gated = True
        else:
            x = conv_act(graph, x, layer)
    return graph.conv(x, project[0], NONE, scale=1.0 / 6.0 if gated else 1.0)


def conv_act(graph: Graph, x: int, layer: nn.Sequential) -> int:
    activation = layer[-1]
    if isinstance(activation, nn.Hardswish):
        return graph.hard_swish(graph.conv(x, layer[0], NONE))
    fused = {nn.ReLU: RELU, nn.ReLU6: RELU6}
    return graph.conv(x, layer[0], fused.get(type(activation), NONE))


class Graph:
    """A graph of operators under construction; tensors are known by their index."""

    def __init__(self) -> None:
        self.buffers = [schema.BufferT()]
        self.tensors: list[schema.TensorT] = []
        self.operators: list[schema.OperatorT] = []
        self.codes: list[int] = []

    def tensor(self, shape: tuple[int, ...], data: np.ndarray | None = None) -> int:
        tensor = schema.TensorT()
        tensor.shape = list(shape)
        tensor.name = f"t{len(self.tensors)}"
        tensor.type = schema.TensorType.FLOAT32
        if data is not None:
            tensor.type = schema.TensorType.INT32 if data.dtype == np.int32 else schema.TensorType.FLOAT32
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            tensor.buffer = len(self.buffers)
            self.buffers.append(buffer)
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def constant(self, data: np.ndarray) -> int:
        data = np.ascontiguousarray(data if data.dtype == np.int32 else data.astype(np.float32))
        return self.tensor(data.shape, data)

    def shape(self, tensor: int) -> tuple[int, ...]:
        return tuple(self.tensors[tensor].shape)

    def operator(self, name: str, inputs: list[int], shape: tuple[int, ...], options: object | None = None) -> int:
        code = getattr(schema.BuiltinOperator, name)
        if code not in self.codes:
            self.codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = self.codes.index(code)
        operator.inputs = inputs
        output = self.tensor(shape)
        operator.outputs = [output]
        if options is not None:
            operator.builtinOptions = options
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        self.operators.append(operator)
        return output

    def conv(self, x: int, conv: nn.Conv2d, activation: int, scale: float = 1.0, bias_plus: float = 0.0) -> int:
        depthwise = conv.groups > 1
        weights = conv.weight.detach().numpy() * scale
        bias = np.zeros(conv.out_channels) if conv.bias is None else conv.bias.detach().numpy()
        bias = self.constant(bias + bias_plus)
        filters = self.constant(weights.transpose(1, 2, 3, 0) if depthwise else weights.transpose(0, 2, 3, 1))
        (stride, _), (pad, _), (kernel, _), (dilation, _) = conv.stride, conv.padding, conv.kernel_size, conv.dilation
        _, height, width, channels = self.shape(x)
        out = tuple((side + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1 for side in (height, width))
        options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
        options.padding = schema.Padding.SAME
        options.strideH = options.strideW = stride
        options.dilationHFactor = options.dilationWFactor = dilation
        options.fusedActivationFunction = activation
        if depthwise:
            options.depthMultiplier = 1
        if stride > 1 and pad > 0:
            paddings = self.constant(np.array([[0, 0], [pad, pad], [pad, pad], [0, 0]], np.int32))
            padded = (1, height + 2 * pad, width + 2 * pad, channels)
            x = self.operator("PAD", [x, paddings], padded, schema.PadOptionsT())
            options.padding = schema.Padding.VALID
        name = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
        return self.operator(name, [x, filters, bias], (1, *out, conv.out_channels), options)

    def linear(self, x: int, linear: nn.Linear) -> int:
        weights = self.constant(linear.weight.detach().numpy())
        bias = self.constant(linear.bias.detach().numpy())
        options = schema.FullyConnectedOptionsT()
        return self.operator("FULLY_CONNECTED", [x, weights, bias], (1, linear.out_features), options)

    def hard_swish(self, x: int) -> int:
        return self.operator("HARD_SWISH", [x], self.shape(x), schema.HardSwishOptionsT())

    def mean(self, x: int, keep: bool) -> int:
        options = schema.ReducerOptionsT()
        options.keepDims = keep
        channels = self.shape(x)[-1]
        axes = self.constant(np.array([1, 2], np.int32))
        return self.operator("MEAN", [x, axes], (1, 1, 1, channels) if keep else (1, channels), options)

    def mul(self, x: int, y: int) -> int:
        return self.operator("MUL", [x, y], self.shape(x), schema.MulOptionsT())

    def add(self, x: int, y: int) -> int:
        return self.operator("ADD", [x, y], self.shape(x), schema.AddOptionsT())

    def sigmoid(self, x: int) -> int:
        return self.operator("LOGISTIC", [x], self.shape(x))

    def resize(self, x: int, height: int, width: int) -> int:
        """Bilinear, the edges of first and last pixels on each other."""
        options = schema.ResizeBilinearOptionsT()
        options.halfPixelCenters = True
        size = self.constant(np.array([height, width], np.int32))
        return self.operator("RESIZE_BILINEAR", [x, size], (1, height, width, self.shape(x)[-1]), options)

    def reshape(self, x: int, shape: tuple[int, ...]) -> int:
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        return self.operator("RESHAPE", [x, self.constant(np.array(shape, np.int32))], shape, options)

    def joined(self, parts: list[int]) -> int:
        """One after the other along the second axis."""
        options = schema.ConcatenationOptionsT()
        options.axis = 1
        first, _, last = self.shape(parts[0])
        return self.operator("CONCATENATION", parts, (first, sum(self.shape(part)[1] for part in parts), last), options)

    def finish(self, image: int, *outputs: int) -> bytes:
        graph = schema.SubGraphT()
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs = [image], list(outputs)
        model = schema.ModelT()
        model.version = 3
        model.subgraphs, model.buffers = [graph], self.buffers
        # What LiteRT's quantiser knows inputs by.
        signature = schema.SignatureDefT()
        signature.signatureKey = "serving_default"
        signature.inputs = [_named("image", image)]
        signature.outputs = [_named(f"output_{i}", output) for i, output in enumerate(outputs)]
        model.signatureDefs = [signature]
        model.operatorCodes = []
        for code in self.codes:
            operator = schema.OperatorCodeT()
            operator.builtinCode = code
            operator.deprecatedBuiltinCode = min(code, 127)
            operator.version = 1
            model.operatorCodes.append(operator)
        builder = flatbuffers.Builder(1 << 25)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def _named(name: str, tensor: int) -> schema.TensorMapT:
    named = schema.TensorMapT()
    named.name, named.tensorIndex = name, tensor
    return named
