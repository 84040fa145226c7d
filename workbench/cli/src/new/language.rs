//! A node in each language.

use clap::ValueEnum;

/// The language of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    Rust,
    Python,
    Go,
    #[value(name = "javascript")]
    JavaScript,
}

/// A node that serves echo, and needs only the standard library of its language.
pub(super) struct Program {
    /// The name of the language.
    pub(super) title: &'static str,
    /// The command that runs the node.
    pub(super) command: &'static str,
    /// The file with the node, and its content.
    pub(super) node: (&'static str, &'static str),
    /// Another file that the command needs.
    pub(super) other: Option<(&'static str, &'static str)>,
}

impl Language {
    /// Returns the node in this language, unless it is Rust, where a node is a crate.
    pub(super) fn program(self) -> Option<Program> {
        let program = match self {
            Self::Rust => return None,
            Self::Python => Program {
                title: "Python",
                command: "python3 node.py",
                node: ("node.py", include_str!("../../templates/python/node.py")),
                other: None,
            },
            Self::JavaScript => Program {
                title: "JavaScript",
                command: "node node.js",
                node: (
                    "node.js",
                    include_str!("../../templates/javascript/node.js"),
                ),
                other: None,
            },
            Self::Go => Program {
                title: "Go",
                command: "go run .",
                node: ("main.go", include_str!("../../templates/go/main.go")),
                other: Some(("go.mod", include_str!("../../templates/go/go.mod"))),
            },
        };
        Some(program)
    }
}
