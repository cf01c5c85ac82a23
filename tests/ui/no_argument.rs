mnv3::mobilenet!();

fn main() {}
