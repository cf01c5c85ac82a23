    import numpy, safetensors.numpy
    arrays = numpy.load("IN.npz").items()
    arrays = {name: numpy.ascontiguousarray(array) for name, array in arrays}
    safetensors.numpy.save_file(arrays, "OUT.safetensors")
