//! `cargo xtask build`: the crate becomes the npm package in `pkg/`.

use std::time::Instant;

use crate::process::{self, Failure, command};
use crate::tools;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

pub(crate) fn package() -> Result<(), Failure> {
    let js = crate::root().join("js");
    tools::wasm_target()?;
    tools::wasm_bindgen()?;
    tools::npm_modules(&js)?;
    process::run(command("cargo").args(["build", "--release", "--lib", "--target", TARGET]))?;
    process::run(
        command("wasm-bindgen")
            .args(["--target", "web", "--out-dir"])
            .arg(js.join("wasm"))
            .arg(target_directory().join(TARGET).join("release/mse_polyfill.wasm")),
    )?;
    process::run(command("node").arg(js.join("build.mjs")))
}

pub(crate) fn run() -> Result<(), Failure> {
    let start = Instant::now();
    package()?;
    println!(
        "\nThe package is in pkg/ ({:.0} s).",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

pub(crate) fn target_directory() -> std::path::PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::root().join("target"), Into::into)
}
