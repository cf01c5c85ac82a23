mnv3::mobilenet!("specs/timm/small-0.5.yaml", weights = "specs/text-direction.safetensors");

fn main() {}
