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
    module(&["--lib"])?;
    process::run(
        command("wasm-bindgen")
            .args(["--target", "web", "--encode-into", "always", "--out-dir"])
            .arg(js.join("wasm"))
            .arg(target_directory().join(TARGET).join("release/mse_polyfill.wasm")),
    )?;
    process::run(command("node").arg(js.join("build.mjs")))
}

/// LLVM puts a function into the only place that calls it up to a fixed size. What all else costs in the same count is ten times
/// the usual here, so that size is a tenth: see docs/decisions/0021.
const INLINING: &str = "-Cllvm-args=-inline-threshold=50 -inline-instr-cost=50 -inline-call-penalty=250";

/// Compiles what `package` selects to a wasm module as small as it gets: see docs/decisions/0017.
pub(crate) fn module(package: &[&str]) -> Result<(), Failure> {
    let mut cargo = command("cargo");
    // Of all crate types only this one: beside an rlib, Cargo does without optimization at link time.
    cargo
        .args(["rustc", "--release", "--target", TARGET, "--crate-type", "cdylib"])
        .args(package);
    if tools::standard_library_source() {
        cargo
            .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
            .arg("--config")
            .arg(format!(
                "target.{TARGET}.rustflags=['-Zunstable-options','-Cpanic=immediate-abort','-Zlocation-detail=none','-Zfmt-debug=none']"
            ))
            // The flags above are not stable yet. They change no code that we wrote.
            .env("RUSTC_BOOTSTRAP", "1");
    } else {
        println!(
            "  The standard library's source is missing and cannot be added: the module will be a twentieth larger."
        );
    }
    process::run(cargo.args(["--", INLINING]))
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
