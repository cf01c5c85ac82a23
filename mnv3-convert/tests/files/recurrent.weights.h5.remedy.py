    import safetensors.numpy
    tensors = {getattr(v, "path", v.name): v.numpy() for v in model.weights}
    safetensors.numpy.save_file(tensors, "OUT.safetensors")
