//! Draws random sentences from what users and contributors read, to review their English out of
//! context.
//!
//! ```sh
//! cargo run -p mael-tests --example sentences -- SEED [KIND]
//! ```
//!
//! prints thirty of each kind: compile errors, help, rustdoc, comments, reports and test names.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use mael_tests::{binary, mael, run, workspace};
use regex::Regex;

/// The number of sentences drawn of each kind.
const COUNT: usize = 30;

fn main() {
    let mut args = env::args().skip(1);
    let seed = args.next().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let wanted = args.next();
    let sources = sources();
    type Kind<'a> = (&'a str, Box<dyn Fn() -> Vec<String> + 'a>);
    let kinds: [Kind<'_>; 6] = [
        ("compile-errors", Box::new(compile_errors)),
        ("help", Box::new(help)),
        (
            "rustdoc",
            Box::new(|| comments(&sources, r"(?m)^\s*//[/!] ?(.*)$")),
        ),
        (
            "comments",
            Box::new(|| comments(&sources, r"(?m)^\s*// (.*)$")),
        ),
        ("reports", Box::new(|| reports(&sources))),
        ("test-names", Box::new(|| test_names(&sources))),
    ];
    for (kind, all) in kinds {
        if wanted.as_deref().is_some_and(|wanted| wanted != kind) {
            continue;
        }
        let mut all = all();
        all.sort_unstable();
        all.dedup();
        println!("\n# {COUNT} of {} {kind}, seed {seed}\n", all.len());
        Rng::with_seed(seed).shuffle(&mut all);
        for sentence in all.iter().take(COUNT) {
            println!("- {sentence}");
        }
    }
}

/// Returns the text of each Rust source.
fn sources() -> Vec<String> {
    let mut files = Vec::new();
    for folder in ["macros", "runtime", "workbench", "challenges", "tests"] {
        collect(&workspace().join(folder), "rs", &mut files);
    }
    files.sort_unstable();
    files.iter().map(|path| read(path)).collect()
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, extension, files);
        } else if path.extension().is_some_and(|it| it == extension) {
            files.push(path);
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is valid")
}

fn compile_errors() -> Vec<String> {
    let mut files = Vec::new();
    collect(&workspace().join("macros/tests/ui"), "stderr", &mut files);
    let error = pattern(r"(?m)^error: (.*)$");
    let texts = files.iter().map(|path| read(path));
    let errors = texts.flat_map(|text| all(&error, &text));
    errors.collect()
}

fn help() -> Vec<String> {
    let mut texts: Vec<String> = [
        "test", "glomers", "demo", "check", "analyze", "doc", "serve",
    ]
    .iter()
    .map(|command| mael(Path::new("."), &[command, "--help"]).text().to_owned())
    .collect();
    let sim = run(std::process::Command::new(binary("sim")).arg("--help"));
    texts.push(sim.text().to_owned());
    let entries = texts.iter().flat_map(|text| {
        let joined = pattern(r"\n {20,}").replace_all(text, " ").into_owned();
        let lines: Vec<String> = joined.lines().map(|line| line.trim().to_owned()).collect();
        lines
    });
    entries.filter(|line| line.contains("  ")).collect()
}

/// Returns the sentences of the comments whose lines match this pattern.
fn comments(sources: &[String], line: &str) -> Vec<String> {
    let line = pattern(line);
    let end = pattern(r"[.:;!?] +|\.$");
    let mut sentences = Vec::new();
    for source in sources {
        let mut block = String::new();
        for text in source.lines() {
            if let Some(found) = line.captures(text) {
                block.push_str(&found[1]);
                block.push(' ');
            } else if !block.is_empty() {
                let parts = end.split(&block).map(str::trim);
                sentences.extend(parts.filter(|it| it.contains(' ')).map(str::to_owned));
                block.clear();
            }
        }
    }
    sentences
}

/// Returns the string literals outside of unit tests that have several words.
fn reports(sources: &[String]) -> Vec<String> {
    let text = pattern(r#""((?:[^"\\\n]|\\.|\\\n)*)""#);
    let outside = sources.iter().map(|source| {
        let end = source.find("#[cfg(test)]").unwrap_or(source.len());
        &source[..end]
    });
    let texts = outside.flat_map(|source| all(&text, source));
    texts.filter(|text| text.split(' ').count() > 3).collect()
}

fn test_names(sources: &[String]) -> Vec<String> {
    let name = pattern(r"#\[test\]\s+(?:#\[[^\]]*\]\s+)*fn (\w+)");
    sources
        .iter()
        .flat_map(|source| all(&name, source))
        .collect()
}

/// Returns each match of a pattern's first group.
fn all(pattern: &Regex, text: &str) -> Vec<String> {
    let found = pattern.captures_iter(text).map(|found| found[1].to_owned());
    found.collect()
}
