//! `cargo xtask demo`: the demo site on localhost.

use crate::Options;
use crate::process::{self, Failure, command};

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    options.only(&["--port", "--no-build"])?;
    let root = crate::root();
    let site = root.join("www/dist");
    if !options.has("--no-build") {
        println!("Building the package (the first time takes some minutes)");
        crate::build::package()?;
        println!("Building the site");
        if let Err(failure) = players() {
            println!("  without the page of players: {failure}");
        }
        process::run(command("node").arg(root.join("www/build.mjs")))?;
    }
    if !site.join("index.html").is_file() {
        return Err(Failure::new(
            "www/dist holds no site: run `cargo xtask demo` without --no-build",
        ));
    }
    let port = options.value("--port").unwrap_or("8080");
    let fixed = options.has("--port");
    let mut serve = command("node");
    serve.arg(root.join("xtask/serve.mjs")).arg(&site).arg(port);
    if !fixed {
        serve.arg("--or-next");
    }
    process::run(&mut serve)
}

/// What the page of players shows: the players of the tests, and their streams.
pub(crate) fn players() -> Result<(), Failure> {
    crate::tools::npm_modules(&crate::root().join("tests/players"))?;
    crate::fixtures::streams::make().map(|_| ())
}
