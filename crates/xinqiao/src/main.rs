//! The Xinqiao program.
fn main() {}
