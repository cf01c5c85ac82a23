mnv3::mobilenet!("tests/ui/wrong.yaml");

fn main() {}
