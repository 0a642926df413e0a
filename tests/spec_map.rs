//! `docs/spec-map.md` speaks the truth: every requirement has its row, every name in it is a function of the sources.
// clippy.toml allows these in tests, but takes only `#[test]` and `#[cfg(test)]` for such.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::fs;
use std::path::Path;

/// A row by its cells: id, requirement, function, test.
fn rows(map: &str) -> Vec<Vec<&str>> {
    map.lines()
        .filter_map(|line| line.strip_prefix("| "))
        .map(|line| line.split('|').map(str::trim).collect())
        .filter(|cells: &Vec<&str>| ["H-", "J-", "K-"].iter().any(|group| cells[0].starts_with(group)))
        .collect()
}

/// The text of a source file, or of all of a folder.
fn sources(path: &Path) -> String {
    if path.is_file() {
        return fs::read_to_string(path).unwrap();
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| sources(&entry.unwrap().path())).collect()
}

/// What is wrong with a name like `` `mse/answers.rs::appended` ``.
fn complaint(cell: &str, must_be_test: bool) -> Option<String> {
    let name = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
    let Some((path, function)) = name.and_then(|name| name.split_once("::")) else {
        return Some(format!("{cell} is no `path::function`"));
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path);
    if !path.exists() {
        return Some(format!("{} does not exist", path.display()));
    }
    let text = sources(&path);
    let declared = ["(", "<"]
        .iter()
        .find_map(|after| text.find(&format!("fn {function}{after}")));
    let Some(at) = declared else {
        return Some(format!("{cell}: no such function"));
    };
    // The attribute stands right before it, in proptest's macro too.
    let before: Vec<&str> = text[..at].lines().rev().take(3).collect();
    let is_test = before.iter().any(|line| line.trim() == "#[test]");
    (must_be_test && !is_test).then(|| format!("{cell} is no test"))
}

#[test]
fn the_specification_map_names_what_exists() {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/spec-map.md")).unwrap();
    let rows = rows(&map);

    let ids: Vec<&str> = rows.iter().map(|cells| cells[0]).collect();
    let expected: Vec<String> = (1..=46)
        .map(|number| format!("H-{number:02}"))
        .chain(
            (1..=3)
                .chain(10..=19)
                .chain(30..=36)
                .chain(50..=52)
                .map(|number| format!("J-{number:02}")),
        )
        .chain((1..=4).map(|number| format!("K-{number:02}")))
        .collect();
    assert_eq!(ids, expected);

    let (open, met): (Vec<_>, Vec<_>) = rows.iter().partition(|cells| cells[2].starts_with("open: "));
    let count = map.lines().find_map(|line| line.strip_prefix("Open rows: "));
    assert_eq!(count, Some(open.len().to_string().as_str()));

    let complaints: Vec<String> = met
        .iter()
        .flat_map(|cells| {
            [(cells[2], false), (cells[3], true)]
                .into_iter()
                .flat_map(|(cell, is_test)| cell.split(", ").map(move |name| (name, is_test)))
                .filter_map(|(cell, is_test)| Some(format!("{}: {}", cells[0], complaint(cell, is_test)?)))
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
