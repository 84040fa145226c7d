//! Tests `mael doc`, which prints or writes the reference.

use std::fs;

use mael_tests::mael;

#[test]
fn the_reference_is_printed_or_written_to_the_same_folder_as_by_maelstrom() {
    let folder = tempfile::tempdir().unwrap();
    let printed = mael(folder.path(), &["doc"]);
    assert_eq!(printed.code(), 0, "{printed:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let written = mael(folder.path(), &["doc", "--write"]);
    assert_eq!((written.code(), written.text()), (0, ""));
    let page = |name: &str| fs::read_to_string(folder.path().join("doc").join(name)).unwrap();
    let (workloads, protocol) = (page("workloads.md"), page("protocol.md"));
    assert!(workloads.contains("\n## unique-ids\n"), "{workloads}");
    assert!(protocol.contains("\n## Errors\n"), "{protocol}");
    assert_eq!(printed.text(), format!("{workloads}\n{protocol}\n"));
}
