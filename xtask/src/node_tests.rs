//! Tests that node's own test runner runs: `*.test.mjs`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::process::{self, Failure};

/// Three times what a directory of browser tests takes.
const LIMIT: Duration = Duration::from_secs(2_000);

/// What test files import that judge times or sound.
const TIMED: &str = "lib/timed.mjs";

/// In how many files tests may fail for them to be run again. Where there are more, something is wrong.
const FEW: usize = 4;

/// Runs a directory's `*.test.mjs`. `node` makes the command, without arguments.
pub(crate) fn run(directory: &str, node: impl Fn() -> Command) -> Result<(), Failure> {
    first_go(directory, &node).map_err(|(failure, _)| failure)
}

/// As [`run`], for tests in browsers on a machine that may be busy: files in which something failed are run again, alone. What is
/// wrong is wrong each time. Gives those that passed then only.
pub(crate) fn run_twice_where_needed(
    directory: &str,
    node: impl Fn() -> Command,
) -> Result<Vec<String>, Failure> {
    let Err((failure, failed)) = first_go(directory, &node) else {
        return Ok(Vec::new());
    };
    if failed.is_empty() || failed.len() > FEW {
        return Err(failure);
    }
    println!("\n  Once more, as something else may have been in the way:");
    let root = crate::root();
    let names = failed
        .iter()
        .map(|file| process::shown(file.as_os_str(), &root))
        .collect();
    go(&node, 1, failed).map_err(|(failure, _)| failure)?;
    Ok(names)
}

/// What failed, and the files in which it did, as far as they are known.
type Failed = (Failure, Vec<PathBuf>);

/// Files that judge times or sound have the machine and its sound device for themselves; of the others two run at once.
fn first_go(directory: &str, node: &impl Fn() -> Command) -> Result<(), Failed> {
    let (timed, others): (Vec<_>, Vec<_>) = files(directory)
        .map_err(|failure| (failure, Vec::new()))?
        .into_iter()
        .partition(|(_, is_timed)| *is_timed);
    // Both, whatever comes of the first.
    let outcomes = [(2, others), (1, timed)].map(|(at_once, files)| {
        let files = files.into_iter().map(|(file, _)| file).collect();
        go(node, at_once, files)
    });
    outcomes
        .into_iter()
        .filter_map(Result::err)
        .reduce(|(failure, mut files), (_, more)| {
            files.extend(more);
            (failure, files)
        })
        .map_or(Ok(()), Err)
}

/// The test files there, in the order of their names, and whether they judge times or sound.
fn files(directory: &str) -> Result<Vec<(PathBuf, bool)>, Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(crate::root().join(directory))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            let is_timed = std::fs::read_to_string(&path)?.contains(TIMED);
            files.push((path, is_timed));
        }
    }
    files.sort();
    Ok(files)
}

fn go(node: &impl Fn() -> Command, at_once: usize, files: Vec<PathBuf>) -> Result<(), Failed> {
    if files.is_empty() {
        return Ok(());
    }
    let list = crate::root().join("target/failed-tests.txt");
    let reporter = crate::root().join("xtask/failed_files.mjs");
    let mut tests = node();
    tests
        .args([
            "--test",
            "--test-reporter=spec",
            "--test-reporter-destination=stdout",
        ])
        .arg(format!("--test-reporter={}", reporter.display()))
        .arg(format!("--test-reporter-destination={}", list.display()))
        .arg(format!("--test-concurrency={at_once}"))
        .args(["--test-timeout=400000", "--test-force-exit"])
        .args(files);
    process::run_within(LIMIT, &mut tests).map_err(|failure| {
        let failed = std::fs::read_to_string(&list).unwrap_or_default();
        let failed: BTreeSet<_> = failed.lines().map(PathBuf::from).collect();
        (failure, failed.into_iter().collect())
    })
}
