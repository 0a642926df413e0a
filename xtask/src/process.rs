//! Running other programs, and saying so.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Why a command of ours stops, in words for the person who started it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// A program to run in the repository's root.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::root());
    command
}

/// Prints the command line, runs it with our output, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let line = line(command);
    println!("  $ {line}");
    let status = command
        .status()
        .map_err(|error| Failure::new(format!("`{line}` did not start: {error}")))?;
    succeeded(&line, status)
}

fn succeeded(line: &str, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("`{line}` failed ({status})")))
    }
}

/// As [`run`], but kills a program that takes longer: a browser that hangs must not hang everything.
pub(crate) fn run_within(limit: Duration, command: &mut Command) -> Result<(), Failure> {
    let line = line(command);
    println!("  $ {line}");
    let mut child = command
        .spawn()
        .map_err(|error| Failure::new(format!("`{line}` did not start: {error}")))?;
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait()? {
            Some(status) => return succeeded(&line, status),
            None if Instant::now() > deadline => {
                child.kill()?;
                child.wait()?;
                let seconds = limit.as_secs();
                return Err(Failure::new(format!("`{line}` did not end within {seconds} s")));
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// What the program writes to its standard output; `None` when it cannot be started or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// Whether a program of this name is in `PATH`.
pub(crate) fn is_there(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|directory| directory.join(program).is_file())
}

fn line(command: &Command) -> String {
    let root = crate::root();
    let mut words: Vec<String> = Vec::new();
    if let Some(directory) = command.get_current_dir().filter(|directory| *directory != root) {
        let shown = directory.strip_prefix(&root).unwrap_or(directory);
        words.push(format!("cd {} &&", shown.display()));
    }
    words.push(shown(command.get_program(), &root));
    words.extend(command.get_args().map(|argument| shown(argument, &root)));
    words.join(" ")
}

/// An argument as one would type it in the repository's root.
pub(crate) fn shown(argument: &OsStr, root: &Path) -> String {
    let text = argument.to_string_lossy();
    let text = text.replace(&format!("{}/", root.display()), "");
    if text.contains(' ') || text.is_empty() {
        format!("'{text}'")
    } else {
        text
    }
}
