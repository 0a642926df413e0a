//! `cargo xtask test`: everything that is checked, step by step.

use std::time::{Duration, Instant};

use crate::process::{self, Failure, command};
use crate::pulse::Pulse;
use crate::{Options, apt, build, demo, fixtures, node_tests, tools};

/// What a step runs in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Browser {
    Chromium,
    Firefox,
}

impl Browser {
    fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
        }
    }

    /// The browser, and what drives it.
    fn ensure(self) -> Result<(), Failure> {
        apt::ensure(match self {
            Self::Chromium => apt::CHROMIUM,
            Self::Firefox => apt::FIREFOX,
        })
    }
}

/// One thing to check.
struct Step {
    /// What one types to run it.
    name: &'static str,
    browser: Option<Browser>,
    run: fn(&mut Machine) -> Result<(), Failure>,
}

const STEPS: &[Step] = &[
    step("format", None, format),
    step("clippy", None, clippy),
    step("native", None, native),
    step("docs", None, docs),
    step("build", None, |_| build::package()),
    step("js", None, js),
    step("site", None, site),
    step("wasm", Some(Browser::Chromium), |machine| {
        wasm(machine, Browser::Chromium)
    }),
    step("wasm", Some(Browser::Firefox), |machine| {
        wasm(machine, Browser::Firefox)
    }),
    step("packaging", None, packaging),
    step("e2e", Some(Browser::Chromium), |machine| {
        e2e(machine, Browser::Chromium)
    }),
    step("e2e", Some(Browser::Firefox), |machine| {
        e2e(machine, Browser::Firefox)
    }),
    step("players", Some(Browser::Chromium), |machine| {
        players(machine, Browser::Chromium)
    }),
    step("players", Some(Browser::Firefox), |machine| {
        players(machine, Browser::Firefox)
    }),
];

/// Steps that run only when they are named: what they need is large, and what they say is no promise yet.
const EXTRA_STEPS: &[Step] = &[step("webkit", None, webkit)];

const fn step(
    name: &'static str,
    browser: Option<Browser>,
    run: fn(&mut Machine) -> Result<(), Failure>,
) -> Step {
    Step { name, browser, run }
}

impl Step {
    fn title(&self) -> String {
        match self.browser {
            Some(browser) => format!("{} {}", self.name, browser.name()),
            None => self.name.to_owned(),
        }
    }
}

/// What steps share: the sound server runs from the first step that needs it to the end.
#[derive(Default)]
struct Machine {
    pulse: Option<Pulse>,
    /// What passed only when it was run again.
    second_goes: Vec<String>,
}

impl Machine {
    /// Its sound device, the same for all.
    fn sound(&mut self) -> Result<&Pulse, Failure> {
        match &mut self.pulse {
            Some(pulse) => Ok(pulse),
            none => Ok(none.insert(Pulse::start()?)),
        }
    }
}

enum Outcome {
    Passed,
    Failed(Failure),
    NotRun,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    options.only(&["--browser", "--list", "--fail-fast"])?;
    let steps = chosen(options)?;
    if options.has("--list") {
        steps.iter().for_each(|step| println!("{}", step.title()));
        return Ok(());
    }
    let start = Instant::now();
    let mut machine = Machine::default();
    let mut results: Vec<(String, Outcome, Duration)> = Vec::new();
    let mut failed = false;
    for (index, step) in steps.iter().enumerate() {
        if failed && options.has("--fail-fast") {
            results.push((step.title(), Outcome::NotRun, Duration::ZERO));
            continue;
        }
        println!("\n━━ {}/{} {} ━━", index + 1, steps.len(), step.title());
        let began = Instant::now();
        let outcome = match (step.run)(&mut machine) {
            Ok(()) => Outcome::Passed,
            Err(failure) => {
                failed = true;
                eprintln!("  failed: {failure}");
                Outcome::Failed(failure)
            }
        };
        let took = began.elapsed();
        println!("  {:.1} s", took.as_secs_f64());
        results.push((step.title(), outcome, took));
    }
    summary(&results, start.elapsed());
    for file in &machine.second_goes {
        println!("  passed at the second go only: {file}");
    }
    drop(machine);
    if failed {
        Err(Failure::new("not everything passed"))
    } else {
        Ok(())
    }
}

/// The steps that the words name (all but the extra ones, when there are none), in the browser that is asked for.
fn chosen(options: &Options) -> Result<Vec<&'static Step>, Failure> {
    let words = &options.words;
    let every = || STEPS.iter().chain(EXTRA_STEPS);
    let names: Vec<&str> = every().map(|step| step.name).collect();
    if let Some(word) = words.iter().find(|word| !names.contains(&word.as_str())) {
        let mut names = names;
        names.dedup();
        return Err(Failure::new(format!(
            "no step `{word}`; there are: {}",
            names.join(", ")
        )));
    }
    let browser = options.value("--browser");
    if browser.is_some_and(|name| !["chromium", "firefox"].contains(&name)) {
        return Err(Failure::new("--browser is chromium or firefox"));
    }
    let wanted = |step: &&Step| {
        step.browser
            .is_none_or(|own| browser.is_none_or(|name| name == own.name()))
    };
    Ok(match words.as_slice() {
        [] => STEPS.iter().filter(wanted).collect(),
        words => every()
            .filter(|step| words.iter().any(|word| word == step.name))
            .filter(wanted)
            .collect(),
    })
}

fn summary(results: &[(String, Outcome, Duration)], total: Duration) {
    println!("\n━━ summary ━━");
    for (title, outcome, took) in results {
        let word = match outcome {
            Outcome::Passed => "passed",
            Outcome::Failed(_) => "FAILED",
            Outcome::NotRun => "not run",
        };
        println!("  {title:<16} {word:<8} {:>7.1} s", took.as_secs_f64());
        if let Outcome::Failed(failure) = outcome {
            println!("    {failure}");
        }
    }
    println!("  {:<25} {:>7.1} s", "all", total.as_secs_f64());
}

fn format(_: &mut Machine) -> Result<(), Failure> {
    process::run(command("cargo").args(["fmt", "--all", "--check"]))
}

fn clippy(_: &mut Machine) -> Result<(), Failure> {
    tools::wasm_target()?;
    let clippy = ["clippy", "--quiet"];
    process::run(command("cargo").args(clippy).args([
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    process::run(command("cargo").args(clippy).args([
        "--lib",
        "--target",
        build::TARGET,
        "--",
        "-D",
        "warnings",
    ]))
}

fn native(_: &mut Machine) -> Result<(), Failure> {
    process::run(command("cargo").args(["test", "--quiet", "--workspace"]))
}

fn docs(_: &mut Machine) -> Result<(), Failure> {
    process::run(
        command("cargo")
            .args(["doc", "--quiet", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

/// The package's own tests in Node.
fn js(_: &mut Machine) -> Result<(), Failure> {
    need_package()?;
    let js = crate::root().join("js");
    tools::npm_modules(&js)?;
    process::run(command("npm").args(["test", "--silent"]).current_dir(js))
}

/// The demo site: it builds, its links lead somewhere, its Korean is whole.
fn site(_: &mut Machine) -> Result<(), Failure> {
    need_package()?;
    demo::players()?;
    let modules = crate::root().join("js");
    tools::npm_modules(&modules)?;
    process::run(
        command("node")
            .arg(modules.join("node_modules/typescript/bin/tsc"))
            .args(["--noEmit", "--project", "www/tsconfig.json"]),
    )?;
    node_tests::run("www", || command("node"))
}

/// The crate's own tests in a browser.
fn wasm(machine: &mut Machine, browser: Browser) -> Result<(), Failure> {
    tools::wasm_target()?;
    tools::wasm_bindgen()?;
    tools::npm_modules(&crate::root().join("tests/e2e"))?;
    browser.ensure()?;
    let mut test = command("cargo");
    let runner = crate::root().join("xtask/wasm_tests.mjs");
    test.args(["test", "--target", build::TARGET, "--test", "web", "--config"])
        .arg(format!(
            "target.{}.runner=['node','{}']",
            build::TARGET,
            runner.display()
        ))
        .env("BROWSER", browser.name());
    machine.sound()?.apply(&mut test);
    process::run(&mut test)
}

/// What `npm pack` makes of the package, in a fresh application.
fn packaging(_: &mut Machine) -> Result<(), Failure> {
    Browser::Chromium.ensure()?;
    need_package()?;
    tools::npm_modules(&crate::root().join("tests/e2e"))?;
    node_tests::run("tests/packaging", || command("node"))
}

fn e2e(machine: &mut Machine, browser: Browser) -> Result<(), Failure> {
    browser.ensure()?;
    need_package()?;
    tools::npm_modules(&crate::root().join("tests/e2e"))?;
    browser_tests("tests/e2e", machine, browser)
}

/// Players as they are on npm, through the package.
fn players(machine: &mut Machine, browser: Browser) -> Result<(), Failure> {
    browser.ensure()?;
    need_package()?;
    fixtures::streams::make()?;
    for directory in ["tests/e2e", "tests/players"] {
        tools::npm_modules(&crate::root().join(directory))?;
    }
    browser_tests("tests/players", machine, browser)
}

/// A directory's tests in that browser, with the sound device.
fn browser_tests(directory: &str, machine: &mut Machine, browser: Browser) -> Result<(), Failure> {
    let sound = machine.sound()?;
    let second = node_tests::run_twice_where_needed(directory, || {
        let mut node = command("node");
        node.env("BROWSER", browser.name());
        sound.apply(&mut node);
        node
    })?;
    machine.second_goes.extend(second);
    Ok(())
}

/// What WebKitGTK can decode, played there.
fn webkit(machine: &mut Machine) -> Result<(), Failure> {
    apt::ensure(apt::WEBKIT)?;
    need_package()?;
    tools::npm_modules(&crate::root().join("tests/e2e"))?;
    let sound = machine.sound()?;
    node_tests::run("tests/webkit", || {
        let mut node = command("node");
        sound.apply(&mut node);
        node
    })
}

/// A step that is run alone uses what the last build left; only where there is none it builds.
fn need_package() -> Result<(), Failure> {
    if crate::root().join("pkg/dist/mse-polyfill.js").is_file() {
        return Ok(());
    }
    build::package()
}
