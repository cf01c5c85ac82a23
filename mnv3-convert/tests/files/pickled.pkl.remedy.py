    import pickle, torch
    file = pickle.load(open("IN.pkl", "rb"))
    torch.save(file, "OUT.pth")
