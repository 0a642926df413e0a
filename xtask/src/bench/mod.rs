//! `cargo xtask bench`: what it costs beside other libraries and the browser's own MediaSource, in one run.

mod media;

use crate::process::{self, Failure, command};
use crate::pulse::Pulse;
use crate::{Options, apt, build, tools};

/// What is measured in a browser. The last is measured only when it is named: it takes ten minutes.
const IN_BROWSER: [&str; 5] = ["demux", "append", "seek", "play", "drift"];

/// What is measured natively.
const GROWTH: &str = "growth";

/// A part of its own, measured only when it is named.
const LIVE: &str = "live";

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    options.only(&[
        "--quick",
        "--browser",
        "--no-build",
        "--media",
        "--seconds",
        "--save",
        "--native",
    ])?;
    if options.has("--save") && options.has("--quick") {
        return Err(Failure::new("--quick measures nothing that is worth to be saved"));
    }
    if options.words.iter().any(|word| word == LIVE) {
        return live(options);
    }
    let is_part = |word: &str| word == GROWTH || IN_BROWSER.contains(&word);
    if let Some(word) = options.words.iter().find(|word| !is_part(word)) {
        return Err(Failure::new(format!(
            "no part `{word}`; there are: {}, {GROWTH}, {LIVE}",
            IN_BROWSER.join(", ")
        )));
    }
    let is_named = |part: &str| options.words.iter().any(|word| word == part);
    let wants = |part: &str| is_named(part) || (options.words.is_empty() && part != "drift");
    let in_browser: Vec<&str> = IN_BROWSER.into_iter().filter(|part| wants(part)).collect();
    if !in_browser.is_empty() {
        browser(&in_browser, options)?;
    }
    if wants(GROWTH) {
        growth(options.has("--quick"))?;
    }
    Ok(())
}

/// A microphone heard live, for minutes, in both browsers or the one that is named.
fn live(options: &Options) -> Result<(), Failure> {
    let named = options.value("--browser");
    let browsers = named.map_or(vec!["chromium", "firefox"], |name| vec![name]);
    for name in &browsers {
        ensure(name)?;
    }
    if !options.has("--no-build") {
        build::package()?;
    }
    tools::npm_modules(&crate::root().join("tests/e2e"))?;
    for name in browsers {
        let mut node = command("node");
        node.arg(crate::root().join("bench/live.mjs"));
        if let Some(seconds) = options.value("--seconds") {
            node.arg(format!("--seconds={seconds}"));
        }
        if options.has("--native") {
            node.arg("--native");
        }
        node.env("BROWSER", name);
        let pulse = Pulse::start()?;
        pulse.apply(&mut node);
        process::run(&mut node)?;
    }
    Ok(())
}

/// The browser of that name.
fn ensure(browser: &str) -> Result<(), Failure> {
    apt::ensure(match browser {
        "chromium" => apt::CHROMIUM,
        "firefox" => apt::FIREFOX,
        _ => return Err(Failure::new("--browser is chromium or firefox")),
    })
}

/// Everything the pages need, then the pages.
fn browser(parts: &[&str], options: &Options) -> Result<(), Failure> {
    let quick = options.has("--quick");
    let name = options.value("--browser").unwrap_or("chromium");
    ensure(name)?;
    if !options.has("--no-build") {
        build::package()?;
        demuxer()?;
    }
    let bench = crate::root().join("bench");
    tools::npm_modules(&bench)?;
    tools::npm_modules(&crate::root().join("tests/e2e"))?;
    let media = media::make(quick)?;
    let mut node = command("node");
    node.arg(bench.join("run.mjs")).arg(media).args(parts);
    if quick {
        node.arg("--quick");
    }
    if options.has("--save") {
        node.arg("--save");
    }
    if let Some(names) = options.value("--media") {
        node.arg(format!("--media={names}"));
    }
    node.env("BROWSER", name);
    // With a sound device, as users have one: without, an AudioContext has another clock.
    let pulse = Pulse::start()?;
    pulse.apply(&mut node);
    process::run(&mut node)
}

/// The bare demuxer for the pages, built like the product.
fn demuxer() -> Result<(), Failure> {
    let package = "mse-polyfill-bench";
    build::module(&["--package", package])?;
    let raw = build::target_directory()
        .join(build::TARGET)
        .join("release/mse_polyfill_bench.wasm");
    let out = crate::root().join("target/bench/wasm");
    process::run(
        command("wasm-bindgen")
            .args(["--target", "web", "--out-dir"])
            .arg(&out)
            .arg(raw),
    )?;
    let wasm = out.join("mse_polyfill_bench_bg.wasm");
    process::run(
        command("node")
            .arg(crate::root().join("js/node_modules/binaryen/bin/wasm-opt"))
            .arg("-Os")
            .arg(&wasm)
            .arg("-o")
            .arg(&wasm),
    )
}

/// What a long stream costs, natively.
fn growth(quick: bool) -> Result<(), Failure> {
    let mut bench = command("cargo");
    bench.args(["bench", "--quiet", "--bench", "growth"]);
    if quick {
        bench.args(["--", "--quick"]);
    }
    process::run(&mut bench)
}
