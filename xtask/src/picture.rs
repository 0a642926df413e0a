//! `cargo xtask picture`: the moving picture at the head of the README.

use crate::Options;
use crate::process::{self, Failure, command};
use crate::{apt, build, tools};

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    options.only(&["--no-build"])?;
    for needs in [apt::CHROMIUM, apt::FFMPEG, apt::WEBP] {
        apt::ensure(needs)?;
    }
    if !options.has("--no-build") {
        build::package()?;
    }
    tools::npm_modules(&crate::root().join("tests/e2e"))?;
    process::run(command("node").args(["xtask/picture/record.mjs", "docs/picture.webp"]))
}
