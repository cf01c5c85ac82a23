mnv3::mobilenet!("tests/ui/eight-bits.yaml", weights = "specs/text-direction.safetensors");

fn main() {}
