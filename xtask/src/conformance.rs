//! `cargo xtask conformance`: docs/conformance.json and docs/conformance.md from results of web-platform-tests.

use crate::Options;
use crate::process::{self, Failure, command};

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    options.only(&[])?;
    if options.words.iter().any(|word| !word.contains('=')) {
        return Err(Failure::new(
            "name browsers and files of results: `cargo xtask conformance Chromium=ours.json,its-own.json …`",
        ));
    }
    process::run(
        command("node")
            .arg("xtask/conformance.mjs")
            .arg("docs")
            .args(&options.words),
    )
}
