//! `cargo xtask size`: what a page downloads.

use crate::Options;
use crate::process::{self, Failure, command};
use crate::tools;

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    options.only(&["--parts"])?;
    if !crate::root().join("pkg/dist/index.js").is_file() {
        return Err(Failure::new("pkg/dist is not there yet: run `cargo xtask build`"));
    }
    tools::npm_modules(&crate::root().join("js"))?;
    process::run(command("node").arg(crate::root().join("xtask/size.mjs")))?;
    if options.has("--parts") {
        process::run(command("node").arg(crate::root().join("xtask/size_parts.mjs")))?;
    }
    Ok(())
}
