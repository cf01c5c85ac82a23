    import safetensors.numpy, tensorflow
    variables = tensorflow.saved_model.load("IN").variables
    tensors = {v.name: v.numpy() for v in variables}
    safetensors.numpy.save_file(tensors, "OUT.safetensors")
