"""Makes the small files that the tests read, with PyTorch, Keras and safetensors themselves.

Beside every file that can be read lies `NAME.expected.safetensors`, written by safetensors' own library.

    pip install torch==2.15.0 safetensors==0.8.0 numpy==2.4.6                    && python make.py torch
    pip install torch==2.15.0 safetensors==0.8.0 numpy==2.4.6                    && python make.py other
    the same                                                                     && python make.py remedies
    pip install paddlepaddle==3.3.1 safetensors==0.8.0 numpy==2.4.6              && python make.py paddle
    pip install keras==3.15.1 tf_keras==2.21.0 tensorflow-cpu==2.21.0 safetensors && python make.py keras
"""

import os
import re
import sys
import tempfile
import textwrap
import zipfile
from pathlib import Path

FILES = Path(__file__).parent / "files"


def torch_files():
    import argparse
    import collections
    import copy

    import numpy
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(5)
    net = torch.nn.Sequential(
        collections.OrderedDict(
            conv=torch.nn.Conv2d(3, 4, 3, bias=False),
            bn=torch.nn.BatchNorm2d(4),
            classifier=torch.nn.Linear(4, 5),
        )
    )
    state = net.state_dict()

    def expect(name, tensors):
        tensors = {n: t.detach().clone().contiguous() for n, t in tensors.items() if t.is_floating_point()}
        save_file(tensors, FILES / f"{name}.expected.safetensors")

    def save(name, value, tensors=None, **options):
        torch.save(value, FILES / f"{name}.pth", **options)
        if tensors is not None:
            expect(name, tensors)

    with torch.no_grad():
        net.bn.running_mean.normal_()
        net.bn.running_var.uniform_(0.5, 2)
    save("plain", state, state)
    save("protocol4", state, state, pickle_protocol=4)
    save("protocol5", state, state, pickle_protocol=5)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    sum(p.sum() for p in net.parameters()).backward()
    optimizer.step()
    state = net.state_dict()
    training = {"epoch": 3, "best": 0.75, "arch": "tiny", "state_dict": state, "optimizer": optimizer.state_dict()}
    save("wrapped", training, state)
    averaged = torch.optim.swa_utils.AveragedModel(net)
    with torch.no_grad():
        for p in averaged.parameters():
            p.mul_(0.5)
    save("averaged", {"model": state, "model_ema": averaged.state_dict()}, averaged.module.state_dict())
    save("prefixed", {f"module.model.{n}": t for n, t in state.items()}, state)
    for name, dtype in [("half", torch.float16), ("bf16", torch.bfloat16), ("double", torch.float64)]:
        cast = {n: t.to(dtype) if t.is_floating_point() else t for n, t in state.items()}
        save(name, cast, cast)
    parameters = {"weight": torch.nn.Parameter(torch.randn(2, 3)), "frozen": torch.nn.Parameter(torch.randn(2), False)}
    save("parameters", parameters, parameters)
    base = torch.arange(120, dtype=torch.float32).reshape(2, 3, 4, 5)
    views = {
        "transposed": base.transpose(1, 3),
        "sliced": base[1, :, 1:3, ::2],
        "channels_last": base.clone().to(memory_format=torch.channels_last),
        "whole": base,
        "row": base[1, 2, 3],
        "scalar": base[1, 1, 1, 1],
        "empty": torch.zeros(0, 4),
        "single": base[:, :1, :, :1],
    }
    save("strided", views, views)
    torch.serialization.set_crc32_options(False)
    save("no_checksums", state, state)
    torch.serialization.set_crc32_options(True)

    # As training scripts leave them, with the weights of wrapped.pth: each names what a state dict does not need.
    steps = torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 60])
    arguments = argparse.Namespace(lr=0.064, output_dir=".", weights=None)
    save("reference_script", {"model": state, "optimizer": optimizer.state_dict(), "epoch": 599, "args": arguments})
    save("numpy_scalar", {"state_dict": state, "best_acc1": numpy.float64(71.3)})
    save("multistep", {"model": state, "lr_scheduler": steps.state_dict()})
    save("device", {"model": state, "device": torch.device("cuda:0")})
    lightning = {f"model.{n}": t for n, t in state.items()} | {"criterion.weight": torch.ones(5)}
    save("lightning", {"epoch": 9, "state_dict": lightning, "hyper_parameters": {"lr": 0.001}, "callbacks": {}})
    save("only_key", {"epoch": 3, "weights": state})
    save("default_dict", collections.defaultdict(list, state))
    save("legacy", state, _use_new_zipfile_serialization=False)
    whole = copy.deepcopy(net)
    whole.zero_grad()
    whole.conv.register_buffer("scratch", torch.ones(3), persistent=False)
    save("module", whole)
    save("module_key", {"epoch": 3, "ema": whole, "model": None})
    # The older form has the source of every class in it, where that can be had.
    torch.serialization.get_source_lines_and_file = None
    save("module_legacy", whole, _use_new_zipfile_serialization=False)

    def save_program(name, program):
        """Without the sources that it was made from."""
        with tempfile.TemporaryDirectory() as folder:
            program.save(Path(folder) / "script.pth")
            repacked(Path(folder) / "script.pth", name, lambda name, data: None if "debug_pkl" in name else data)

    # A program cannot say which buffers are not persistent.
    save_program("script", torch.jit.script(net.eval()))
    save_program("frozen_script", torch.jit.freeze(torch.jit.script(net)))
    shared = torch.nn.Sequential(net.classifier, net.classifier)
    save("shared_module", shared, shared.state_dict())
    graph = torch.fx.symbolic_trace(torch.nn.Sequential(torch.nn.Linear(2, 3)))
    save("graph_module", graph, graph.state_dict())

    # What a call would make.
    class Evil:
        def __reduce__(self):
            return os.system, ("echo this must never run",)

    save("system", {"conv.weight": state["conv.weight"], "extra": Evil()})
    expect("system", {"conv.weight": state["conv.weight"]})
    save("system_weight", {"conv.weight": Evil(), "conv.bias": torch.ones(2)})
    sparse = {"conv.weight": torch.eye(3).to_sparse(), "conv.bias": torch.ones(2)}
    save("sparse", sparse)
    save("sparse_key", {"epoch": 3, "model": sparse})
    holder = torch.nn.Linear(3, 3)
    holder.weight = torch.nn.Parameter(torch.eye(3).to_sparse(), requires_grad=False)
    save("sparse_module", {"ema": holder})
    save("quantised", {"conv.weight": torch.quantize_per_tensor(torch.ones(2, 2), 0.1, 0, torch.qint8)})
    save("expanded", {"weight": torch.ones(1).expand(1000)})
    save("no_state", {"epoch": 3, "history": {"loss": [1.0, 0.5]}})
    save("other_key", {"epoch": 3, "net": state, "discriminator": state})
    def rewritten(name, change, compression=zipfile.ZIP_STORED):
        repacked(FILES / "plain.pth", name, change, compression)

    rewritten("big_endian", lambda name, data: b"big" if name == "byteorder" else data)
    rewritten("compressed", lambda name, data: data, zipfile.ZIP_DEFLATED)
    rewritten("lost_storage", lambda name, data: None if name == "data/0" else data)
    rewritten("short_storage", lambda name, data: data[:-4] if name == "data/0" else data)

    # 108 numbers that claim to be 2^31 - 1: the size of storage and tensor, in the place of the small numbers.
    def claim(name, data):
        return data.replace(b"Kl", b"J\xff\xff\xff\x7f") if name == "data.pkl" else data

    rewritten("huge", claim)
    # One storage under so many names that they would fill a disk.
    whole = torch.zeros(2000)
    save("repeated", {f"name{i}": whole for i in range(40)})
    import pickle

    FILES.joinpath("pickled.pkl").write_bytes(pickle.dumps({"weight": torch.ones(2, 3)}))
    exported = torch.export.export(torch.nn.Linear(2, 1), (torch.ones(1, 2),))
    with tempfile.TemporaryDirectory() as folder:
        torch.export.save(exported, Path(folder) / "exported.pt2")
        # What is in it is of no interest, and there is much of it.
        with zipfile.ZipFile(Path(folder) / "exported.pt2") as old, zipfile.ZipFile(FILES / "exported.pt2", "w") as new:
            for entry in old.infolist():
                new.writestr(zipfile.ZipInfo(entry.filename), b"")


def repacked(source, name, change, compression=zipfile.ZIP_STORED):
    """Writes NAME.pth with the entries of an archive, each as `change` makes it or left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(FILES / f"{name}.pth", "w", compression) as new:
        for entry in old.infolist():
            data = change(entry.filename.split("/", 1)[1], old.read(entry))
            if data is not None:
                new.writestr(zipfile.ZipInfo(entry.filename), data, compression)


def other_files():
    """Files of kinds that are not read."""
    import json

    import numpy
    from safetensors.numpy import save_file

    weight = numpy.arange(6, dtype="float32").reshape(2, 3)
    numpy.savez(FILES / "tiny.npz", **{"fc.weight": numpy.asfortranarray(weight)})
    save_file({"fc.weight": weight}, FILES / "shard1.safetensors")
    save_file({"fc.bias": weight[0]}, FILES / "shard2.safetensors")
    shards = {"fc.weight": "shard1.safetensors", "fc.bias": "shard2.safetensors"}
    FILES.joinpath("shards.index.json").write_text(json.dumps({"metadata": {}, "weight_map": shards}))


def paddle_files():
    """Parameters as Paddle saves them; and arrays in all forms that NumPy has for a pickle."""
    import pickle

    import numpy
    import paddle
    from safetensors.numpy import save_file

    paddle.seed(3)
    net = paddle.nn.Sequential(
        ("conv", paddle.nn.Conv2D(3, 4, 3, bias_attr=False)),
        ("bn", paddle.nn.BatchNorm2D(4)),
        ("fc", paddle.nn.Linear(4, 5)),
    )
    state = net.state_dict()
    paddle.save(state, str(FILES / "paddle.pdparams"))
    paddle.save(state, str(FILES / "paddle2.pdparams"), protocol=2)
    paddle.save({"state": state, "epoch": 3}, str(FILES / "paddle_nested.pdparams"))
    save_file({name: t.numpy() for name, t in state.items()}, FILES / "paddle.expected.safetensors")

    random = numpy.random.default_rng(5)
    rows = random.standard_normal((2, 3, 4)).astype("float32")
    arrays = {"rows": rows, "columns": numpy.asfortranarray(rows), "half": rows.astype("float16"), "scalar": numpy.full((), 0.5, "float32")}
    arrays |= {"double": rows.astype("float64"), "empty": rows[:0]}
    save_file({name: numpy.array(a, order="C") for name, a in arrays.items()}, FILES / "numpy.expected.safetensors")
    for protocol in [2, 5]:
        counted = arrays | {"count": numpy.arange(3)}
        FILES.joinpath(f"numpy{protocol}.pkl").write_bytes(pickle.dumps(counted, protocol=protocol))


def run_remedies():
    """Runs the lines that `mnv3 convert` prints for files that it does not read, and looks at what they save.

    `cargo test` sees to it that it still prints the lines of NAME.remedy.py. Those that need TensorFlow are run by
    `python make.py keras`.
    """
    import torch
    from safetensors.torch import load_file

    for remedy in sorted(FILES.glob("*.remedy.py")):
        source = FILES / remedy.name.removesuffix(".remedy.py")
        if "tensorflow" in remedy.read_text() or source.suffix == ".h5":
            continue
        saved = run_remedy(remedy, source, lambda out: load_file(out) if out.suffix == ".safetensors" else torch.load(out))
        assert saved and all(t.layout == torch.strided for t in saved.values()), remedy


def run_remedy(remedy, source, load, **given):
    """Runs printed lines on a file, in its folder; what `load` makes of the file that they write."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / re.search(r'"(OUT[^"]*)"', remedy.read_text())[1]
        lines = re.sub(r'"IN[^"]*"', lambda _: repr(str(source)), textwrap.dedent(remedy.read_text()))
        lines = re.sub(r'"OUT[^"]*"', lambda _: repr(str(out)), lines)
        os.chdir(FILES)
        exec(lines, given)
        saved = load(out)
    print(remedy.name, sorted(saved))
    return saved


def keras_files():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import numpy
    import tf_keras
    from safetensors.numpy import save_file

    def model(k, named):
        name = (lambda n: {"name": n}) if named else (lambda _: {})
        slashes = k is tf_keras and named
        inputs = k.Input((8, 8, 3), **name("image"))
        x = k.layers.Conv2D(4, 3, use_bias=not named, **name("Conv" if slashes else "conv"))(inputs)
        x = k.layers.BatchNormalization(**name("Conv/BatchNorm" if slashes else "conv_bn"))(x)
        depthwise = "expanded_conv/depthwise" if slashes else "expanded_conv_depthwise"
        x = k.layers.DepthwiseConv2D(3, use_bias=False, **name(depthwise))(x)
        outputs = k.layers.Conv2D(5, 1, **name("Logits" if slashes else "logits"))(x)
        made = k.Model(inputs, outputs, **name("tiny"))
        random = numpy.random.default_rng(7)
        made.set_weights([random.standard_normal(v.shape).astype("float32") for v in made.weights])
        return made

    def expect(name, weights):
        save_file({n: numpy.ascontiguousarray(v) for n, v in weights}, FILES / f"{name}.expected.safetensors")

    three = model(keras, True)
    three.save_weights(FILES / "keras3.weights.h5")
    three.save(FILES / "keras3.keras")
    three.save(FILES / "keras3_whole.h5")
    today = [(v.path, v.numpy()) for v in three.weights]
    for name in ["keras3.weights.h5", "keras3.keras", "keras3_whole.h5"]:
        expect(name, today)
    # The downloads of Keras applications are of this form; today's names are their expected ones.
    two = model(tf_keras, True)
    two.save_weights(FILES / "applications.h5")
    expect("applications.h5", [(name, v.numpy()) for (name, _), v in zip(today, two.weights)])
    tf_keras.backend.clear_session()
    plain = model(tf_keras, False)
    plain.save_weights(FILES / "automatic.h5")
    expect("automatic.h5", [(v.name, v.numpy()) for v in plain.weights])
    plain.save_weights(FILES / "automatic.weights.h5")
    expect("automatic.weights.h5", [(v.name.removesuffix(":0"), v.numpy()) for v in plain.weights])
    rnn = keras.Sequential([keras.Input((4, 3)), keras.layers.SimpleRNN(2)])
    rnn.save_weights(FILES / "recurrent.weights.h5")

    from safetensors.numpy import load_file

    saved = run_remedy(FILES / "recurrent.weights.h5.remedy.py", None, load_file, model=rnn)
    assert all((saved[v.path] == v.numpy()).all() for v in rnn.weights)
    with tempfile.TemporaryDirectory() as folder:
        two.export(folder)
        saved = run_remedy(FILES / "saved_model.remedy.py", folder, load_file)
        assert all((saved[v.name] == v.numpy()).all() for v in two.weights)


if __name__ == "__main__":
    FILES.mkdir(exist_ok=True)
    {"torch": torch_files, "keras": keras_files, "other": other_files, "paddle": paddle_files, "remedies": run_remedies}[sys.argv[1]]()
