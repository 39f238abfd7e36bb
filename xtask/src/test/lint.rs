//! Clippy looks at the code while it is compiled for the tests. In a pass of its own it would have all dependencies checked that the
//! tests compile anyway, and the workspace read twice.

use std::process::Command;

/// Compiles all targets, those that no test needs too.
pub const BUILD: [&str; 3] = ["build", "--workspace", "--all-targets"];
/// What compiles the crates of the workspace instead of rustc, and asks it to.
const COMPILER: &str = "RUSTC_WORKSPACE_WRAPPER";
const DRIVER: &str = "clippy-driver";
/// How `cargo clippy` hands on `-D warnings`.
const ARGUMENTS: &str = "CLIPPY_ARGS";
const WARNINGS: &str = "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";

/// Has clippy compile what the command compiles; warnings are errors. Steps of one run all get it or none: it is part of what
/// cargo compares before it takes something as compiled.
pub fn while_compiling(command: &mut Command) {
    command.env(COMPILER, DRIVER).env(ARGUMENTS, WARNINGS);
}
