//! `mael completions` and `mael man`: what a package installs beside the program.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;
use mael_sim::Exit;
use mael_sim::output::print;

/// The name of an installed program.
const NAME: &str = "mael";

#[derive(Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

#[derive(Args)]
pub(super) struct ManArguments {
    /// The folder, which is created if there is none. `mael.1` is the page of the command, and
    /// each subcommand has a page of its own
    folder: PathBuf,
}

/// Prints the completions of a shell.
pub(super) fn completions(
    arguments: &CompletionsArguments,
    command: Command,
) -> anyhow::Result<Exit> {
    let (mut command, mut script) = (installed(command), Vec::new());
    clap_complete::generate(arguments.shell, &mut command, NAME, &mut script);
    print(String::from_utf8(script)?.trim_end());
    Ok(Exit::Valid)
}

/// Writes the man pages.
pub(super) fn man(arguments: &ManArguments, command: Command) -> anyhow::Result<Exit> {
    let folder = &arguments.folder;
    let write = || {
        fs::create_dir_all(folder)?;
        clap_mangen::generate_to(installed(command), folder)
    };
    write().with_context(|| format!("can't write man pages to {}", folder.display()))?;
    print(&format!("man pages: {}", folder.display()));
    Ok(Exit::Valid)
}

/// Returns the command as an installed program has it.
fn installed(command: Command) -> Command {
    command.bin_name(NAME)
}
