//! The mnv3 command.

fn main() {}
