    import torch
    file = torch.load("IN.pth", map_location="cpu", weights_only=False)
    state = file["ema"].state_dict()
    state = {name: t.to_dense() for name, t in state.items() if torch.is_tensor(t)}
    torch.save(state, "OUT.pth")
