//! The files of a new folder.

use mael_sim::workloads::Workloads;

use super::Language;
use super::name::Name;
use super::nodes::NODES;
use super::source::Source;
use crate::report;

/// A file: its path in the new folder, and its content.
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) text: String,
}

macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("../../templates/", $name))
    };
}

const README: &str = "README.md";

/// Returns the crate of a node that serves a built-in workload.
pub(super) fn node(name: &Name, source: &Source, workload: &str) -> Vec<File> {
    let node = NODES.iter().find(|node| node.workload == workload);
    let node = node.expect("the parser only accepts workloads that have one");
    let of_workload = |text: &str| {
        text.replace("my-workload", workload)
            .replace("MY_FLAGS", node.flags)
            .replace(
                "workloads::GCounter",
                &format!("workloads::{}", type_name(workload)),
            )
    };
    let readme = of_workload(template!("rust/README.md")) + &requests(workload);
    let files = [
        (
            "Cargo.toml",
            manifest(template!("rust/manifest.toml"), source),
        ),
        (
            ".cargo/config.toml",
            template!("rust/config.toml").to_owned(),
        ),
        (README, readme),
        ("src/lib.rs", of_workload(node.text)),
        (
            "examples/sim.rs",
            of_workload(template!("rust/examples/sim.rs")),
        ),
    ];
    in_rust(name, files)
}

/// Returns the crate of a node with a protocol of its own.
pub(super) fn protocol(name: &Name, source: &Source) -> Vec<File> {
    let copied = |name, text: &str| (name, text.to_owned());
    let manifest = manifest(template!("protocol/manifest.toml"), source);
    let files = [
        ("Cargo.toml", manifest),
        copied(".cargo/config.toml", template!("protocol/config.toml")),
        copied(README, template!("protocol/README.md")),
        copied("src/lib.rs", template!("protocol/src/lib.rs")),
        copied("src/workload.rs", template!("protocol/src/workload.rs")),
        copied("examples/mael.rs", template!("protocol/examples/mael.rs")),
    ];
    in_rust(name, files)
}

/// Returns a node that serves echo in another language than Rust.
pub(super) fn in_language(name: &Name, language: Language) -> Vec<File> {
    let (title, command, sources): (_, _, &[_]) = match language {
        Language::Rust => unreachable!("a node in Rust is a crate"),
        Language::Python => {
            let file = ("node.py", template!("python/node.py"));
            ("Python", "python3 node.py", &[file])
        }
        Language::JavaScript => {
            let file = ("node.js", template!("javascript/node.js"));
            ("JavaScript", "node node.js", &[file])
        }
        Language::Go => {
            let file = ("main.go", template!("go/main.go"));
            (
                "Go",
                "go run .",
                &[file, ("go.mod", template!("go/go.mod"))],
            )
        }
    };
    let readme = template!("language.md")
        .replace("MY_LANGUAGE", title)
        .replace("MY_FILE", sources[0].0)
        .replace("MY_COMMAND", command);
    let sources = sources
        .iter()
        .map(|(file, text)| (*file, (*text).to_owned()));
    let files = sources.chain([(README, readme), ignored("/store/\n")]);
    named(name, files)
}

/// Returns the files of a crate, with those that all crates have.
fn in_rust<const N: usize>(name: &Name, files: [(&'static str, String); N]) -> Vec<File> {
    let main = ("src/main.rs", template!("rust/src/main.rs").to_owned());
    named(
        name,
        files
            .into_iter()
            .chain([main, ignored("/target/\n/store/\n")]),
    )
}

/// Returns the files for a node of this name.
fn named(name: &Name, files: impl Iterator<Item = (&'static str, String)>) -> Vec<File> {
    let file = |(path, text): (_, String)| File {
        name: path,
        text: name.replace(&text),
    };
    files.map(file).collect()
}

fn ignored(folders: &str) -> (&'static str, String) {
    (".gitignore", folders.to_owned())
}

fn manifest(text: &str, source: &Source) -> String {
    let folders = ["runtime", "workbench/sim", "workbench/cli"];
    folders.iter().fold(text.to_owned(), |text, folder| {
        text.replace(&format!("FROM({folder})"), &source.dependency(folder))
    })
}

/// Returns the description of a workload and its requests, from its declaration.
fn requests(workload: &str) -> String {
    let all = Workloads::built_in().all();
    let found = all.iter().filter(|it| it.name() == workload);
    found.map(|it| report::workload(&**it)).collect()
}

/// Returns the name of a workload's type: that of `g-set` is `GSet`.
fn type_name(workload: &str) -> String {
    let words = workload.split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    words.collect()
}

/// Returns the commands in the README of these files.
pub(super) fn commands(files: &[File]) -> &str {
    let readme = files.iter().find(|file| file.name == README);
    let text = readme.map_or("", |readme| &*readme.text);
    let block = text.split("```sh\n").nth(1).unwrap_or_default();
    block.split("```").next().unwrap_or_default().trim_end()
}
