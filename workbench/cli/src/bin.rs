//! What `--bin` names: a file, a binary of the workspace, or a command.

use std::path::{Path, PathBuf};

use mael_sim::command::bad;

use crate::cargo::{NoSuchBinary, Profile, build_binaries};
use crate::watched;

/// A program that runs as nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Bin {
    /// What `--bin` takes to find it again: a path, the name of a binary, or a command.
    pub(super) name: String,
    /// The file to execute.
    pub(super) path: PathBuf,
    /// The arguments that a command has.
    pub(super) args: Vec<String>,
    /// Whether it runs in the current folder, to which the arguments of a command may refer. Other
    /// programs run in a temporary folder, as in Maelstrom.
    pub(super) runs_here: bool,
    /// Whether cargo has built it.
    is_built: bool,
}

impl Bin {
    /// Returns the program of a file.
    fn file(path: &Path) -> anyhow::Result<Self> {
        let path = std::path::absolute(path)?;
        Ok(Self {
            name: path.display().to_string(),
            path,
            ..Self::default()
        })
    }

    /// Returns a binary of the workspace.
    pub(super) fn built(name: &str, path: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            path,
            is_built: true,
            ..Self::default()
        }
    }

    /// Returns the program that `text` names: a file, or a command whose first word is a file, a
    /// binary of the workspace, which is built first, or a program on `PATH`.
    ///
    /// # Errors
    /// Returns an error if there is no such program, or it can't be built.
    pub(super) fn find(text: &str) -> anyhow::Result<Self> {
        if Path::new(text).is_file() {
            return Self::file(Path::new(text));
        }
        let Some(words) = shlex::split(text) else {
            return Err(bad(format!("--bin {text:?} has an unclosed quote")));
        };
        match &*words {
            [] => Err(bad(format!(
                "--bin {text:?} is empty: it is a file, the name of a binary, or a command"
            ))),
            [word] => Self::of_word(word),
            [word, args @ ..] => Ok(Self {
                name: text.to_owned(),
                args: args.to_vec(),
                runs_here: true,
                ..Self::of_word(word)?
            }),
        }
    }

    /// Returns the program that a word names.
    fn of_word(word: &str) -> anyhow::Result<Self> {
        let path = Path::new(word);
        if path.is_file() {
            return Self::file(path);
        }
        if path.components().count() != 1 {
            return Err(bad(format!("there is no file {word:?}")));
        }
        let built = build_binaries(Path::new("."), &[word], Profile::Release);
        let error = match built.map_err(|error| error.downcast::<NoSuchBinary>()) {
            Ok(built) => return Ok(Self::built(word, built.into_iter().collect())),
            Err(Ok(error)) => error,
            Err(Err(error)) => return Err(error),
        };
        match which::which(word) {
            Ok(path) => Ok(Self {
                name: word.to_owned(),
                path,
                runs_here: true,
                ..Self::default()
            }),
            Err(_) => Err(bad(format!(
                "{word:?} is neither a file nor a program on PATH, and {error}"
            ))),
        }
    }

    /// Returns what `--bin` takes to run the same file again.
    pub(super) fn again(&self) -> String {
        if self.runs_here {
            self.name.clone()
        } else {
            self.path.display().to_string()
        }
    }

    /// Returns the files that it consists of, when it is run with these arguments.
    pub(super) fn files(&self, args: &[String]) -> Vec<PathBuf> {
        let mut files = if self.is_built {
            watched::of_built(&self.path)
        } else {
            vec![self.path.clone()]
        };
        if self.runs_here {
            let args = self.args.iter().chain(args);
            files.extend(args.flat_map(|arg| watched::named(arg)));
        }
        files
    }

    /// Returns the folder in which it runs.
    pub(super) fn folder(&self) -> std::io::Result<PathBuf> {
        if self.runs_here {
            std::env::current_dir()
        } else {
            Ok(std::env::temp_dir())
        }
    }
}
