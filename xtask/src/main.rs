//! The project's own commands: `cargo xtask` prints them.

mod apt;
mod bench;
mod build;
mod conformance;
mod demo;
mod fixtures;
mod node_tests;
mod picture;
mod process;
mod pulse;
mod size;
mod test;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use process::Failure;

const HELP: &str = "\
cargo xtask COMMAND

  build              make the npm package in pkg/ (wasm, JavaScript, types)
  demo               build, serve the demo site on localhost and print its address
    --port N         listen there (default 8080, or the next free one)
    --no-build       serve what the last build left
  test [STEP…]       check everything, or only the steps named
    --browser B      chromium or firefox only, where a step runs in both
    --list           name the steps
    --fail-fast      stop at the first step that fails
  fixtures           make the test clips in tests/fixtures/clips again (needs ffmpeg)
  bench [PART…]      measure against other libraries and the browser's own MediaSource: demux, append, seek, play, growth;
                     and, when it is named, drift: ten minutes of playing, sound against picture
    --quick          with tiny files (drift: for a minute), to see that it works
    --media A,B      only files whose names begin so
    --save           put the results into docs/benchmarks.json, from which the demo site draws them
    --browser B      chromium (default) or firefox
    --no-build       measure what the last build left
  bench live         play a microphone live in both browsers: from voice to ear, and memory over time
    --seconds N      for so long (default 300)
    --native         by the browser's own MediaSource
    --browser B, --no-build
  conformance B=F…   write docs/conformance.json and its page docs/conformance.md from files of results of
                     web-platform-tests, for each browser one of ours and, behind a comma, one of its own:
                     Chromium=ours.json,its-own.json; without any, write the page again
  picture            film the moving picture of the README, docs/picture.webp
    --no-build       with what the last build left
  size               what a page downloads, by brotli, beside size-budget.json
    --parts          and what each part of the module has of it

What is missing is installed where that is possible (Rust targets and tools from crates.io, npm modules, browsers by
apt where you are root); otherwise the message says which command installs it.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    let outcome = match arguments.first().map(String::as_str) {
        None | Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(())
        }
        Some("build") => options(rest, &[]).and_then(|_| build::run()),
        Some("demo") => options(rest, &["--port"]).and_then(|options| demo::run(&options)),
        Some("test") => options(rest, &["--browser"]).and_then(|options| test::run(&options)),
        Some("fixtures") => options(rest, &[]).and_then(|_| fixtures::run()),
        Some("bench") => {
            options(rest, &["--browser", "--media", "--seconds"]).and_then(|options| bench::run(&options))
        }
        Some("conformance") => options(rest, &[]).and_then(|options| conformance::run(&options)),
        Some("picture") => options(rest, &[]).and_then(|options| picture::run(&options)),
        Some("size") => options(rest, &[]).and_then(|options| size::run(&options)),
        Some(other) => Err(Failure::new(format!("no command `{other}`\n\n{HELP}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// A command's arguments.
#[derive(Default)]
struct Options {
    /// `--name` and `--name value`.
    flags: Vec<(String, Option<String>)>,
    /// The others.
    words: Vec<String>,
}

impl Options {
    fn has(&self, name: &str) -> bool {
        self.flags.iter().any(|(flag, _)| flag == name)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.flags
            .iter()
            .find_map(|(flag, value)| value.as_deref().filter(|_| flag == name))
    }

    /// Fails on a flag that is not among `known`: a misspelt one must not be silently ignored.
    fn only(&self, known: &[&str]) -> Result<(), Failure> {
        match self
            .flags
            .iter()
            .find(|(flag, _)| !known.contains(&flag.as_str()))
        {
            Some((flag, _)) => Err(Failure::new(format!(
                "no option `{flag}` here; see `cargo xtask help`"
            ))),
            None => Ok(()),
        }
    }
}

/// Splits arguments; the flags in `with_value` take the next argument, or what stands behind their `=`.
fn options(arguments: &[String], with_value: &[&str]) -> Result<Options, Failure> {
    let mut options = Options::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if !argument.starts_with("--") {
            options.words.push(argument.clone());
            continue;
        }
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let value = match inline {
            None if with_value.contains(&name) => Some(
                arguments
                    .next()
                    .cloned()
                    .ok_or_else(|| Failure::new(format!("{name} needs a value")))?,
            ),
            inline => inline,
        };
        options.flags.push((name.to_owned(), value));
    }
    Ok(options)
}

/// The repository.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(PathBuf::from).unwrap_or(here)
}
