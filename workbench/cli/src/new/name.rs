//! The name of a new node, which is that of its crate.

use std::path::Path;

use mael_sim::command::bad;

/// Names that a crate can't have: keywords of Rust, packages that it depends on, crates of the
/// compiler, and folders that cargo uses for other files.
const RESERVED: [&str; 68] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "mael",
    "mael-macros",
    "mael-sim",
    "mael-workbench",
    "mael_sim",
    "mael_workbench",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "sim",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// The name of a crate.
#[derive(Debug)]
pub(super) struct Name(String);

impl Name {
    /// Returns the name of a folder, if a crate can have it.
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = name.to_string_lossy();
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_word) {
            return Err(bad(format!(
                "{name:?} can't be the name of a node: it starts with a lowercase letter, and has \
                 only lowercase letters, digits, - and _, such as my-node"
            )));
        }
        if RESERVED.contains(&&*name) {
            return Err(bad(format!(
                "{name:?} can't be the name of a node, because Rust or cargo reserves it: choose \
                 another one, such as my-{name}"
            )));
        }
        Ok(Self(name.into_owned()))
    }

    /// Replaces the names `my-node` and `my_node` of the templates.
    pub(super) fn replace(&self, text: &str) -> String {
        let text = text.replace("my-node", &self.0);
        text.replace("my_node", &self.0.replace('-', "_"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_can_have_the_name() {
        for path in ["a", "my-node", "/tmp/counter_2", "x/y/z", "mine/"] {
            Name::of(Path::new(path)).unwrap();
        }
        for path in [
            "", ".", "..", "/", "a b", "Mine", "9", "-a", "a.b", "ä", "fn", "x/std", "mael",
        ] {
            let error = Name::of(Path::new(path)).unwrap_err().to_string();
            assert!(error.contains("can't be the name of a node"), "{error}");
        }
    }

    #[test]
    fn both_forms_of_the_name_are_replaced() {
        let name = Name::of(Path::new("a-b_c")).unwrap();
        assert_eq!(name.replace("my-node my_node::Node"), "a-b_c a_b_c::Node");
    }
}
