//! Builds binaries of the workspace with cargo.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde::Deserialize;

/// How binaries are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Debug,
    /// Quick to run.
    Release,
}

/// The part of cargo's messages that tells where a binary is.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds binary targets of the workspace that `folder` belongs to, and gives their paths in the
/// order of their names. What cargo has to say goes to stderr.
///
/// # Errors
/// When cargo can't be run, there is no such binary, or it can't be built.
pub fn build_binaries(
    folder: &Path,
    names: &[&str],
    profile: Profile,
) -> anyhow::Result<Vec<PathBuf>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(folder).args([
        "build",
        "--quiet",
        "--workspace",
        "--message-format=json-render-diagnostics",
    ]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    for name in names {
        command.args(["--bin", name]);
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("can't run cargo to build the node's program")?;
    let stdout = child.stdout.take().context("cargo has no stdout")?;
    let mut built = BTreeMap::new();
    for line in BufReader::new(stdout).lines() {
        let line = line.context("can't read what cargo says")?;
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
        bail!("cargo could not build {}", names.join(", "));
    }
    let path = |name: &&str| {
        let path = built.get(*name).cloned();
        path.with_context(|| format!("cargo did not say where it put {name}"))
    };
    names.iter().map(path).collect()
}
