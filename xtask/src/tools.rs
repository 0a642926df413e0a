//! The tools a build needs besides cargo and node: found, or installed.

use std::fs;
use std::path::Path;

use crate::process::{Failure, command, is_there, output, run};

/// The wasm target of the Rust compiler.
pub(crate) fn wasm_target() -> Result<(), Failure> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let libraries = output(command("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    if libraries.is_some_and(|directory| Path::new(directory.trim()).is_dir()) {
        return Ok(());
    }
    if !is_there("rustup") {
        return Err(Failure::new(format!(
            "the Rust compiler has no target {TARGET} and there is no rustup to add it. Install rustup \
             (https://rustup.rs) or your distribution's package of the target."
        )));
    }
    run(command("rustup").args(["target", "add", TARGET]))
}

/// Whether the compiler's own library can be compiled here; adds its source where rustup is.
pub(crate) fn standard_library_source() -> bool {
    let is_there = || {
        let root = output(command("rustc").args(["--print", "sysroot"]));
        root.is_some_and(|root| {
            let library = Path::new(root.trim()).join("lib/rustlib/src/rust/library/Cargo.lock");
            library.is_file()
        })
    };
    if !is_there() && crate::process::is_there("rustup") {
        // Without it the module is larger, and no worse.
        let _ = run(command("rustup").args(["component", "add", "rust-src"]));
    }
    is_there()
}

/// The wasm-bindgen command line tool, of the very version of the crate: they refuse each other otherwise.
pub(crate) fn wasm_bindgen() -> Result<(), Failure> {
    let wanted = locked_version("wasm-bindgen")?;
    let found = output(command("wasm-bindgen").arg("--version"));
    if found.is_some_and(|line| line.split_whitespace().nth(1) == Some(wanted.as_str())) {
        return Ok(());
    }
    cargo_install("wasm-bindgen-cli", Some(&wanted))
}

/// The modules that a directory's package.json asks for.
pub(crate) fn npm_modules(directory: &Path) -> Result<(), Failure> {
    if !is_there("node") || !is_there("npm") {
        return Err(Failure::new(
            "node and npm are needed, version 20 or newer: https://nodejs.org, or `apt-get install nodejs npm`",
        ));
    }
    let lock = directory.join("package-lock.json");
    // npm writes this file last. Older than the lists of what is wanted means out of date.
    let installed = modified(&directory.join("node_modules/.package-lock.json"));
    let wanted = modified(&lock).max(modified(&directory.join("package.json")));
    if installed.is_some() && installed >= wanted {
        return Ok(());
    }
    let verb = if lock.is_file() { "ci" } else { "install" };
    run(command("npm")
        .args([verb, "--no-audit", "--no-fund"])
        .current_dir(directory))
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

fn cargo_install(package: &str, version: Option<&str>) -> Result<(), Failure> {
    println!("  {package} is missing: installing it from crates.io, once");
    let mut install = command("cargo");
    install.args(["install", package, "--force"]);
    if let Some(version) = version {
        install.args(["--version", version]);
    }
    // The environment's target directory would keep the objects of a tool that is built once.
    run(install.env_remove("CARGO_TARGET_DIR"))
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String, Failure> {
    let path = crate::root().join("Cargo.lock");
    let lock = fs::read_to_string(&path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines
        .nth(1)
        .and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .ok_or_else(|| Failure::new(format!("Cargo.lock does not name {package}")))
}
