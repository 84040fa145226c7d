//! Plants bugs: writes copies of a challenge's modules that differ from it in a place or two.
//!
//! The tests thus measure the code that runs, and that code knows nothing of bugs. An edit that no
//! longer fits the code exactly once fails the build.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// One bug: its name, and in which file which text becomes which other.
type Bug = (&'static str, &'static [Edit]);
type Edit = (&'static str, &'static str, &'static str);

/// Bugs of `lin-kv`, after the rules of Raft that they break.
const LIN_KV: &[Bug] = &[
    (
        "votes_twice",
        &[(
            "mod",
            "voted_for.is_none_or(|other| other == candidate)",
            "voted_for.is_none_or(|_| true)",
        )],
    ),
    (
        "forgets_its_vote_when_killed",
        &[(
            "election",
            "replace(RECORD, &ballot)",
            "replace(RECORD, &Ballot { term, voted_for: None })",
        )],
    ),
    (
        "forgets_its_term_when_killed",
        &[("election", "self.storage.replace(RECORD, &ballot)?;", "")],
    ),
    (
        "votes_for_a_shorter_log",
        &[(
            "mod",
            "last >= self.log.borrow().last()",
            "last.term >= self.log.borrow().last().term",
        )],
    ),
    (
        "votes_for_an_older_log",
        &[(
            "mod",
            "last >= self.log.borrow().last()",
            "last.index >= self.log.borrow().last().index",
        )],
    ),
    (
        "leads_with_half_of_the_votes",
        &[("election", "div_ceil(2) + 1", "div_ceil(2)")],
    ),
    (
        "acknowledges_before_storing",
        &[(
            "log",
            "storage.append(RECORD, &change)?;",
            "let _ = storage;",
        )],
    ),
    (
        "does_not_truncate",
        &[(
            "log",
            "self.entries.truncate(change.after);",
            "let _ = change.after;",
        )],
    ),
    (
        "overlooks_a_conflict",
        &[(
            "mod",
            "log.position(previous.index) != Some(previous)",
            "log.position(previous.index).is_none()",
        )],
    ),
    (
        "truncates_for_an_old_message",
        &[
            (
                "log",
                "let new = entries.split_off(known);",
                "let new = entries.split_off(known * 0);",
            ),
            ("log", "after + known, new", "after, new"),
        ],
    ),
    (
        "commits_what_half_of_the_nodes_have",
        &[(
            "replication",
            "(values.len() - 1) / 2",
            "values.len() / 2 + 1",
        )],
    ),
    (
        "reads_its_own_state",
        &[("mod", "self.confirm(term).await?;", "let _ = term;")],
    ),
    (
        "reads_before_its_first_commit",
        &[("replication", "last.term == term", "last.term <= term")],
    ),
    (
        "applies_a_request_twice",
        &[("store", "self.outcome(request).is_some()", "false")],
    ),
    (
        "numbers_its_requests_anew_when_started",
        &[("mod", "self.storage.replace(\"start\", &start)?;", "")],
    ),
    (
        "denies_what_may_be_done",
        &[("mod", "untouched.replace(false)", "untouched.get()")],
    ),
    (
        "does_not_apply_before_it_answers",
        &[(
            "replication",
            "if let Some(outcome) = self.store.borrow().outcome(&request)",
            "if let Some(outcome) = Some(self.store.borrow_mut().execute(&request.command))",
        )],
    ),
];

fn main() {
    let source = Path::new("../challenges/src/lin_kv");
    println!("cargo::rerun-if-changed={}", source.display());
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_PLANTED").is_none() {
        return;
    }
    let out: PathBuf = env::var_os("OUT_DIR").expect("cargo sets it").into();
    let planted: String = LIN_KV.iter().map(|bug| plant(source, bug)).collect();
    fs::write(out.join("planted_lin_kv.rs"), planted).expect("the output folder can be written");
}

/// The module with this bug, the files of its submodules inside it.
fn plant(source: &Path, (name, edits): &Bug) -> String {
    let read = |file: &str| {
        let path = source.join(file).with_extension("rs");
        let text = fs::read_to_string(&path);
        let mut text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for (_, right, wrong) in edits.iter().filter(|edit| edit.0 == file) {
            let count = text.matches(right).count();
            assert_eq!(
                count,
                1,
                "{name}: {right:?} is in {} {count} times",
                path.display()
            );
            text = text.replace(right, wrong);
        }
        text
    };
    let mut module = read("mod");
    for part in ["election", "log", "replication", "store"] {
        let declared = format!("\nmod {part};\n");
        assert!(module.contains(&declared), "there is no `mod {part};`");
        module = module.replace(&declared, &format!("\nmod {part} {{\n{}}}\n", read(part)));
    }
    format!(
        "/// `lin-kv` with a bug.\n#[allow(unused, unreachable_pub, clippy::all)]\npub mod {name} {{\n{module}}}\n"
    )
}
