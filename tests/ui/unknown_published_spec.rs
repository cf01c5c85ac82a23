mnv3::mobilenet!("mnv3:timm/smal-1.0");

fn main() {}
