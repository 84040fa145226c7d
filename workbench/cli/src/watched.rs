//! The files that a program consists of, whose changes `--watch` waits for.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that have no sources: results, and what tools build or download.
const OTHER: [&str; 3] = ["store", "target", "node_modules"];

/// Returns the source files of a binary that cargo has built, which it lists beside the binary.
pub(crate) fn of_built(binary: &Path) -> Vec<PathBuf> {
    let mut list = binary.as_os_str().to_owned();
    list.push(".d");
    let text = fs::read_to_string(list).unwrap_or_default();
    let mut rules = text.lines().filter_map(|line| line.split_once(": "));
    let Some((_, files)) = rules.next() else {
        return Vec::new();
    };
    // A space in a path is escaped.
    let files = files.replace("\\ ", "\0");
    let files = files.split(' ').filter(|file| !file.is_empty());
    files.map(|file| file.replace('\0', " ").into()).collect()
}

/// Returns the files that the argument of a command names: for a file, also those beside it with
/// the same extension, which it may import; for a folder, all in it.
pub(crate) fn named(argument: &str) -> Vec<PathBuf> {
    let path = Path::new(argument);
    let mut files = Vec::new();
    if path.is_file() {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let beside = entries(folder.unwrap_or(Path::new(".")));
        let is_alike = |file: &PathBuf| file.extension() == path.extension() && file.is_file();
        files.extend(beside.into_iter().filter(is_alike));
    } else if path.is_dir() {
        collect(path, &mut files);
    }
    files
}

/// Adds the files in a folder. Hidden ones are left out.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            if !OTHER.iter().any(|other| path.ends_with(other)) {
                collect(&path, files);
            }
        } else {
            files.push(path);
        }
    }
}

/// Returns what is in a folder, without what is hidden. Nothing if it can't be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let is_hidden = |path: &PathBuf| {
        let name = path.file_name().map(OsStr::as_encoded_bytes);
        name.is_some_and(|name| name.starts_with(b"."))
    };
    paths.filter(|path| !is_hidden(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_commands_and_of_built_binaries_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["sub", ".git", "store"] {
            fs::create_dir(at(name)).unwrap();
        }
        for name in [
            "node.py",
            "other.py",
            "notes",
            "sub/deep.go",
            ".git/HEAD",
            "store/log",
            ".x",
        ] {
            fs::write(at(name), "").unwrap();
        }
        fs::write(at("node.d"), "").unwrap();
        let sorted = |mut files: Vec<PathBuf>| {
            files.sort();
            files
        };
        let named = |path: PathBuf| sorted(named(path.to_str().unwrap()));
        assert_eq!(named(at("node.py")), [at("node.py"), at("other.py")]);
        let all = ["node.d", "node.py", "notes", "other.py", "sub/deep.go"];
        assert_eq!(named(folder.path().to_owned()), all.map(at));
        assert!(named(at("missing")).is_empty());

        fs::write(
            at("node.d"),
            "/t/node: /a/lib.rs /a\\ b/main.rs\n\n/a/lib.rs:\n",
        )
        .unwrap();
        let built = of_built(&at("node"));
        assert_eq!(built, ["/a/lib.rs", "/a b/main.rs"].map(PathBuf::from));
        assert!(of_built(&at("missing")).is_empty());
    }
}
