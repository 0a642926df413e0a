//! `cargo xtask size`: what a page downloads.

use crate::process::{self, Failure, command};
use crate::tools;

pub(crate) fn run() -> Result<(), Failure> {
    if !crate::root().join("pkg/dist/index.js").is_file() {
        return Err(Failure::new("pkg/dist is not there yet: run `cargo xtask build`"));
    }
    tools::npm_modules(&crate::root().join("js"))?;
    process::run(command("node").arg(crate::root().join("xtask/size.mjs")))
}
