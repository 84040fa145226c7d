//! The files of a new folder.

use mael_sim::workloads::Workloads;

use super::language::Program;
use super::name::Name;
use super::nodes::NODES;
use super::origin::Origin;
use crate::report;

/// A file: its path in the new folder, and its content.
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) text: String,
}

impl File {
    fn new(name: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { name, text }
    }
}

macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("../../templates/", $name))
    };
}

const README: &str = "README.md";

/// Returns the crate of a node that serves a built-in workload.
pub(super) fn node(name: &Name, origin: &Origin, workload: &str) -> Vec<File> {
    let node = NODES.iter().find(|node| node.workload == workload);
    let node = node.expect("the parser only accepts workloads that have one");
    let of_workload = |text: &str| {
        let workload_type = format!("workloads::{}", type_name(workload));
        text.replace("my-workload", workload)
            .replace("MY_FLAGS", node.flags)
            .replace("workloads::GCounter", &workload_type)
    };
    let readme = of_workload(template!("rust/README.md")) + "\n" + requests(workload).trim_start();
    let example = of_workload(template!("rust/examples/sim.rs"));
    let files = [
        File::new("Cargo.toml", template!("rust/manifest.toml")),
        File::new(".cargo/config.toml", template!("rust/config.toml")),
        File::new(README, readme),
        File::new("src/lib.rs", of_workload(node.text)),
        File::new("examples/sim.rs", example),
    ];
    in_rust(name, origin, files.into())
}

/// Returns the crate of a node with a protocol of its own.
pub(super) fn protocol(name: &Name, origin: &Origin) -> Vec<File> {
    let files = [
        File::new("Cargo.toml", template!("protocol/manifest.toml")),
        File::new(".cargo/config.toml", template!("protocol/config.toml")),
        File::new(README, template!("protocol/README.md")),
        File::new("src/lib.rs", template!("protocol/src/lib.rs")),
        File::new("src/workload.rs", template!("protocol/src/workload.rs")),
        File::new("examples/mael.rs", template!("protocol/examples/mael.rs")),
    ];
    in_rust(name, origin, files.into())
}

/// Returns a node in another language than Rust.
pub(super) fn program(name: &Name, program: &Program) -> Vec<File> {
    let readme = template!("language.md")
        .replace("MY_LANGUAGE", program.title)
        .replace("MY_FILE", program.node.0)
        .replace("MY_COMMAND", program.command);
    let sources = [Some(program.node), program.other].into_iter().flatten();
    let mut files: Vec<File> = sources.map(|(path, text)| File::new(path, text)).collect();
    files.push(File::new(README, readme));
    files.push(File::new(".gitignore", "/store/\n"));
    named(name, files)
}

/// Returns these files of a crate, and those that all crates have.
fn in_rust(name: &Name, origin: &Origin, mut files: Vec<File>) -> Vec<File> {
    files.push(File::new("src/main.rs", template!("rust/src/main.rs")));
    files.push(File::new(".gitignore", "/target/\n/store/\n"));
    let mut files = named(name, files);
    for file in &mut files {
        for folder in ["runtime", "workbench/sim", "workbench/cli"] {
            let keys = origin.dependency(folder);
            file.text = file.text.replace(&format!("FROM({folder})"), &keys);
        }
    }
    files
}

/// Returns the files for a node of this name.
fn named(name: &Name, files: Vec<File>) -> Vec<File> {
    let named = |File { name: path, text }| File::new(path, name.replace(&text));
    files.into_iter().map(named).collect()
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
