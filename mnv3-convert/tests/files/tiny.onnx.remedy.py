    import onnx, onnx.numpy_helper, safetensors.numpy
    tensors = onnx.load("IN.onnx").graph.initializer
    tensors = {t.name: onnx.numpy_helper.to_array(t).copy() for t in tensors}
    safetensors.numpy.save_file(tensors, "OUT.safetensors")
