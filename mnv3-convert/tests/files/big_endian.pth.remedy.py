    import torch
    file = torch.load("IN.pth", map_location="cpu", weights_only=False)
    torch.save(file, "OUT.pth")
