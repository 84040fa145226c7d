//! Where a new crate gets the packages of Mael from.

use std::path::{Path, PathBuf};

/// Where the packages come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A registry, which has them by version.
    Registry,
    /// A folder with their sources.
    Folder(PathBuf),
    /// A Git repository, at a commit if it is known.
    Git { url: String, rev: Option<String> },
}

impl Origin {
    /// Returns where this program came from.
    pub(super) fn of_this_program() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self::of(manifest, env!("CARGO_PKG_REPOSITORY"))
    }

    /// Returns where a program came from that cargo built in the folder `manifest`. Cargo keeps
    /// what it downloads in `registry/src/` and `git/checkouts/NAME/COMMIT/`.
    fn of(manifest: &Path, repository: &str) -> Self {
        let parts: Vec<_> = manifest.iter().map(|part| part.to_string_lossy()).collect();
        let after = |names: [&str; 2]| {
            let mut pairs = parts.windows(2);
            let start = pairs.position(|pair| *pair == names)?;
            Some(&parts[start + 2..])
        };
        let checkout = after(["git", "checkouts"]);
        let root = manifest.ancestors().nth(2).filter(|root| {
            let is_downloaded = checkout.is_some() || after(["registry", "src"]).is_some();
            !is_downloaded && root.join("runtime/Cargo.toml").is_file()
        });
        match root {
            Some(root) => Self::Folder(root.to_owned()),
            None if repository.is_empty() || after(["registry", "src"]).is_some() => Self::Registry,
            None => Self::Git {
                url: repository.to_owned(),
                rev: checkout
                    .and_then(|rest| rest.get(1))
                    .map(|rev| rev.to_string()),
            },
        }
    }

    /// Returns the keys of a dependency on the package in this folder of the workspace.
    pub(super) fn dependency(&self, folder: &str) -> String {
        match self {
            Self::Registry => format!("version = {}", quoted(env!("CARGO_PKG_VERSION"))),
            Self::Folder(root) => {
                format!("path = {}", quoted(&root.join(folder).to_string_lossy()))
            }
            Self::Git { url, rev: None } => format!("git = {}", quoted(url)),
            Self::Git {
                url,
                rev: Some(rev),
            } => {
                format!("git = {}, rev = {}", quoted(url), quoted(rev))
            }
        }
    }
}

/// Returns a string of TOML, whose escapes are those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(manifest: &str) -> Origin {
        Origin::of(Path::new(manifest), "https://example.org/mael")
    }

    #[test]
    fn dependencies_are_found_where_the_program_came_from() {
        let installed = origin("/home/me/.cargo/registry/src/index-1/mael-workbench-0.1.0");
        assert_eq!(installed, Origin::Registry);
        let version = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
        assert_eq!(installed.dependency("runtime"), version);

        let checkout = origin("/home/me/.cargo/git/checkouts/mael-0af/1bc2/workbench/cli");
        let git = r#"git = "https://example.org/mael", rev = "1bc2""#;
        assert_eq!(checkout.dependency("runtime"), git);

        let moved = origin("/no/such/folder/workbench/cli");
        let git = r#"git = "https://example.org/mael""#;
        assert_eq!(moved.dependency("runtime"), git);
        let unknown = Origin::of(Path::new("/no/such/folder/workbench/cli"), "");
        assert_eq!(unknown, Origin::Registry);

        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .unwrap();
        let Origin::Folder(found) = origin(env!("CARGO_MANIFEST_DIR")) else {
            panic!("the sources of this test are in a folder");
        };
        assert_eq!(found, root);
    }

    #[test]
    fn paths_are_quoted() {
        let odd = Origin::Folder("/a \"b\"\\c".into());
        assert_eq!(odd.dependency("runtime"), r#"path = "/a \"b\"\\c/runtime""#);
    }
}
