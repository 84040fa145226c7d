//! Builds binaries of the workspace with cargo.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use serde::Deserialize;

/// How binaries are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The debug profile, which is quick to build.
    Debug,
    /// The release profile, which is quick to run.
    Release,
}

/// The error for a name that no binary of the workspace has.
#[derive(Debug)]
pub(super) struct NoSuchBinary(String);

impl fmt::Display for NoSuchBinary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoSuchBinary {}

/// The part of cargo's messages that has the path of a binary.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// The part of cargo's metadata that lists the binaries of the workspace.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    targets: Vec<Target>,
}

/// Returns the cargo that runs this program, or else the one in `PATH`.
fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Builds binary targets of the workspace that `folder` belongs to, and returns their paths in the
/// order of `names`. Cargo's output goes to stderr.
///
/// # Errors
/// Returns an error if cargo can't be run, there is no such binary, or it can't be built.
pub fn build_binaries(
    folder: &Path,
    names: &[&str],
    profile: Profile,
) -> anyhow::Result<Vec<PathBuf>> {
    // Otherwise, cargo would print its own error first.
    check_names(names, &binaries(folder)?)?;
    let mut command = cargo(folder);
    command.args([
        "build",
        "--workspace",
        "--message-format=json-render-diagnostics",
    ]);
    command.arg(match profile {
        // The tests ask for these. Examples have dev-dependencies, which turn on the features that
        // `cargo test` has built everything with, so that only the binary is built.
        Profile::Debug => "--examples",
        Profile::Release => "--release",
    });
    for name in names {
        command.args(["--bin", name]);
    }
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("can't run cargo to build the node's program")?;
    let stdout = child.stdout.take().context("cargo has no stdout")?;
    let mut built = BTreeMap::new();
    for line in BufReader::new(stdout).lines() {
        let line = line.context("can't read cargo's output")?;
        let Ok(message) = serde_json::from_str::<Message>(&line) else {
            continue;
        };
        if let ("compiler-artifact", Some(target), Some(executable)) =
            (message.reason.as_str(), message.target, message.executable)
        {
            built.insert(target.name, executable);
        }
    }
    if !child.wait().context("can't wait for cargo")?.success() {
        anyhow::bail!("cargo could not build {}", names.join(", "));
    }
    let path = |name: &&str| {
        let path = built.get(*name).cloned();
        path.with_context(|| format!("cargo did not report the path of {name}"))
    };
    names.iter().map(path).collect()
}

/// Returns the names of the binaries of the workspace that `folder` belongs to.
fn binaries(folder: &Path) -> anyhow::Result<Vec<String>> {
    let no_binaries = |reason: &str| NoSuchBinary(reason.to_owned()).into();
    let output = cargo(folder)
        .args(["metadata", "--no-deps", "--format-version=1"])
        .output()
        .map_err(|_| no_binaries("there is no cargo to build one"))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        if reason.contains("could not find `Cargo.toml`") {
            return Err(no_binaries(
                "the current folder is not in a cargo workspace",
            ));
        }
        let reason = reason.trim().trim_start_matches("error: ");
        anyhow::bail!("cargo can't read the workspace: {reason}");
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("can't read cargo's metadata")?;
    let packages = metadata.packages.into_iter();
    let targets = packages.flat_map(|package| package.targets);
    let binaries = targets.filter(|target| target.kind.iter().any(|kind| kind == "bin"));
    Ok(binaries.map(|target| target.name).collect())
}

/// Checks that there are binaries with these names.
fn check_names(names: &[&str], binaries: &[String]) -> Result<(), NoSuchBinary> {
    let is_known = |name: &&&str| binaries.iter().any(|binary| binary == **name);
    match names.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => Err(NoSuchBinary(match binaries {
            [] => "this workspace has no binaries".to_owned(),
            _ => format!(
                "there is no binary {name:?} in this workspace; there are {}",
                binaries.join(", ")
            ),
        })),
    }
}
