mnv3::mobilenet!("specs/large.yaml", wieghts = "large.safetensors");

fn main() {}
