mnv3::mobilenet!("mnv3:small");
mnv3::mobilenet!("tests/ui/nameless.yaml");

fn main() {}
