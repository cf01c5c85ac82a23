mnv3::mobilenet!("mnv3:large", weights = "mnv3:large");

fn main() {}
