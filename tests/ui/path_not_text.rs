mnv3::mobilenet!(specs / large);

fn main() {}
