    import json, safetensors.torch, torch
    files = set(json.load(open("IN.index.json"))["weight_map"].values())
    read = lambda f: safetensors.torch.load_file(f) if f.endswith("safetensors") else torch.load(f)
    tensors = {name: t for f in files for name, t in read(f).items()}
    torch.save(tensors, "OUT.pth")
