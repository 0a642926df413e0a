//! `cargo xtask size`: what a page downloads.

use crate::process::{self, Failure, command};

pub(crate) fn run() -> Result<(), Failure> {
    let dist = crate::root().join("pkg/dist");
    if !dist.is_dir() {
        return Err(Failure::new("pkg/dist is not there yet: run `cargo xtask build`"));
    }
    process::run(
        command("node")
            .arg(crate::root().join("xtask/size.mjs"))
            .arg(dist),
    )
}
