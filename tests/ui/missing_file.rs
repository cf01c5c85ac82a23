mnv3::mobilenet!("specs/lagre.yaml");

fn main() {}
