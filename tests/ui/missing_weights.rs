mnv3::mobilenet!("specs/small.yaml", weights = "specs/smal.safetensors");

fn main() {}
