//! Programs that come as Debian packages.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::process::{Failure, command, is_there, output, run};

/// A program, and the package it comes in.
type Need = (&'static str, &'static str);

/// Chromium.
pub(crate) const CHROMIUM: &[Need] = &[("chromium", "chromium")];
/// Firefox.
pub(crate) const FIREFOX: &[Need] = &[("firefox", "firefox-esr")];
/// WebKitGTK's small browser, a display for it, and its decoders.
pub(crate) const WEBKIT: &[Need] = &[
    ("WebKitWebDriver", "webkit2gtk-driver"),
    ("WebKitWebDriver", "gstreamer1.0-plugins-good"),
    ("xvfb-run", "xvfb"),
];
/// A sound server to give the browsers a sound device, and the program that records what they play.
pub(crate) const SOUND: &[Need] = &[("pulseaudio", "pulseaudio"), ("parec", "pulseaudio-utils")];
/// The encoder of the test clips.
pub(crate) const FFMPEG: &[Need] = &[("ffmpeg", "ffmpeg"), ("ffprobe", "ffmpeg")];
/// What puts the pictures of an animation together.
pub(crate) const WEBP: &[Need] = &[("webpmux", "webp")];

/// Installs the packages of the programs that are not in `PATH`, where that is possible.
pub(crate) fn ensure(needs: &[Need]) -> Result<(), Failure> {
    let mut packages: Vec<&str> = needs
        .iter()
        .filter(|(program, _)| !is_there(program))
        .map(|(_, package)| *package)
        .collect();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    let install = format!("apt-get install {}", packages.join(" "));
    if !is_there("apt-get") {
        return Err(Failure::new(format!(
            "these are missing: {}. Install them by your system's packages (on Debian: `{install}`).",
            packages.join(", ")
        )));
    }
    if output(command("id").arg("-u")).as_deref().map(str::trim) != Some("0") {
        return Err(Failure::new(format!(
            "these are missing: {}. Run `sudo {install}` and try again.",
            packages.join(", ")
        )));
    }
    update()?;
    run(command("apt-get")
        .args(["install", "--yes", "--no-install-recommends"])
        .args(&packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// The lists of packages, fetched once.
fn update() -> Result<(), Failure> {
    static DONE: AtomicBool = AtomicBool::new(false);
    if DONE.swap(true, Ordering::Relaxed) || !Path::new("/var/lib/apt").is_dir() {
        return Ok(());
    }
    run(command("apt-get").args(["update", "--quiet"]))
}
