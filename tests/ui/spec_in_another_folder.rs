mnv3::mobilenet!("small");

fn main() {}
