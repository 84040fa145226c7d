//! Tests that each page is complete, and that the checkers report what it explains.

use std::collections::BTreeSet;

use clap::{Args, Command};
use mael_checkers::linearizable::CasRegister;
use mael_checkers::{convergent, named_anomalies, sequential};
use mael_history::{History, NetStats, Validity, Value};
use mael_sim::judge::{self, Results};
use mael_sim::{Options, workloads};

use super::page::{Example, PAGES, Page};
use super::{CYCLE_EXISTS, find, list, pages};

/// Anomalies that no history shows, or no small one.
const WITHOUT_HISTORY: [&str; 3] = ["cycle-search-timeout", "panic", "broken"];

/// Anomalies of specifications, which built-in workloads don't have.
const OF_SPECIFICATIONS: [&str; 2] = ["not-sequential", "not-convergent"];

/// Anomalies that always come with another one.
const WITH_ANOTHER: [(&str, &[&str]); 3] = [
    (CYCLE_EXISTS, &["G1c", "PL-2-cycle-exists"]),
    ("dirty-update", &["G1a", "dirty-update"]),
    ("lost-write", &["lost-write", "unseen"]),
];

/// Returns the value of a flag of a command.
fn flag<'a>(command: &'a str, name: &str) -> Option<&'a str> {
    let mut words = command.split(' ');
    words.find(|word| *word == name)?;
    words.next()
}

fn parsed(page: &Page, edn: &str) -> History {
    History::from_edn(edn).unwrap_or_else(|error| panic!("{}: {error}", page.name))
}

/// Checks the history of a page with all checkers.
fn results(page: &Page, example: &Example) -> Results {
    let name = flag(example.command, "-w").expect(page.name);
    let workload = workloads::by_name(name).unwrap();
    let mut options = Options {
        strict: example.command.contains("--strict"),
        ..Options::default()
    };
    if let Some(model) = flag(example.command, "--consistency-models") {
        options.consistency_models = vec![model.to_owned()];
    }
    if flag(example.command, "--availability") == Some("total") {
        options.availability = Some(1.0);
    }
    let history = parsed(page, example.edn);
    judge::check(&options, &*workload, &history, &NetStats::default())
}

fn names<'a>(results: &'a Value, key: &'static str) -> impl Iterator<Item = &'a str> {
    let names = results.get(key).into_iter().flat_map(Value::items);
    names.filter_map(Value::name)
}

/// Returns what the checkers report.
fn reported(page: &Page, example: &Example) -> BTreeSet<String> {
    let results = results(page, example);
    let workload = results.map.get("workload").unwrap();
    let mut reported = results.anomalies();
    if reported.is_empty() {
        // Anomalies that don't make a run invalid.
        reported.extend(names(workload, "error-types").map(str::to_owned));
        let is_stale = workload.get("stale-count") == Some(&Value::from(1));
        reported.extend(is_stale.then(|| "stale".to_owned()));
    }
    if results.coverage.judged == 0 && reported.is_empty() {
        reported.insert("nothing-judged".to_owned());
    }
    reported
}

#[test]
fn the_checkers_report_exactly_the_anomaly_of_each_history() {
    let mut wrong = Vec::new();
    for page in PAGES {
        let Some(example) = page.history() else {
            assert!(WITHOUT_HISTORY.contains(&page.name), "{}", page.name);
            continue;
        };
        if OF_SPECIFICATIONS.contains(&page.name) {
            continue;
        }
        let mut with_another = WITH_ANOTHER.iter();
        let expected = with_another
            .find(|(name, _)| *name == page.name)
            .map_or_else(|| vec![page.name], |(_, names)| names.to_vec());
        let reported = reported(page, &example);
        if !reported.iter().eq(expected.iter()) {
            wrong.push((page.name, reported));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_checkers_of_specifications_report_their_anomalies() {
    let [sequentially, convergently] = OF_SPECIFICATIONS.map(|name| {
        let (_, page) = find(name).unwrap();
        parsed(page, page.history().unwrap().edn)
    });
    let verdict = sequential::check(&CasRegister, &sequentially);
    assert_eq!(verdict.valid, Validity::False);
    let verdict = convergent::check(&CasRegister, &convergently);
    assert_eq!(verdict.valid, Validity::False);
}

#[test]
fn every_command_is_one_that_mael_accepts() {
    for (page, example) in PAGES.iter().filter_map(|it| Some((it, it.history()?))) {
        let words: Vec<&str> = example.command.split(' ').skip(1).collect();
        let command = match words[0] {
            "check" => crate::check::Arguments::augment_args(Command::new("check")),
            "test" => crate::test::Arguments::augment_args(Command::new("test")),
            other => panic!("{}: {other}", page.name),
        };
        let rest = match words[0] {
            "check" => ["--history", "file.edn"],
            _ => ["--bin", "echo"],
        };
        if let Err(error) = command.try_get_matches_from(words.into_iter().chain(rest)) {
            panic!("{}: {error}", page.name);
        }
    }
}

#[test]
fn every_anomaly_that_a_checker_names_is_explained() {
    let pages = pages();
    let explained = |name: &&str| !pages.contains_key(name);
    let missing: Vec<&str> = named_anomalies().into_iter().filter(explained).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_anomaly_of_every_workload_is_explained() {
    // The results of the others always name their anomalies.
    let names_none = |name: &str| !name.starts_with("txn-") && name != "kafka";
    for workload in workloads::all() {
        if names_none(workload.name()) {
            assert!(
                find(workload.anomaly()).is_ok(),
                "{}: {}",
                workload.name(),
                workload.anomaly()
            );
        }
    }
}

#[test]
fn the_anomaly_of_every_other_checker_is_explained() {
    let (_, page) = find("lost").unwrap();
    let results = results(page, &page.history().unwrap());
    let Value::Map(checkers) = &results.map else {
        panic!("{}", results.map);
    };
    // The verdicts of these are always valid.
    let are_valid = ["net", "exceptions"];
    let others = checkers.keys().filter_map(Value::name);
    let others = others.filter(|name| !["valid?", "workload"].contains(name));
    for checker in others
        .chain(["panic"])
        .filter(|name| !are_valid.contains(name))
    {
        let invalid = Value::map([("valid?", false.into())]);
        let mut results = results.clone();
        results.map = Value::Map([(Value::keyword(checker.to_owned()), invalid)].into());
        for name in results.anomalies() {
            assert!(find(&name).is_ok(), "{checker}: {name}");
        }
    }
}

#[test]
fn every_finding_of_stricter_checks_is_explained() {
    let page = include_str!("../../../checkers/docs/stricter.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let findings: BTreeSet<&str> = rows
        .filter_map(|row| {
            row.split(" | ")
                .nth(4)?
                .strip_prefix('`')?
                .strip_suffix('`')
        })
        .collect();
    assert!(findings.len() > 5, "{findings:?}");
    for name in findings {
        assert!(find(name).is_ok(), "{name}");
    }
}

#[test]
fn every_page_is_complete_and_every_file_is_a_page() {
    for (name, page) in pages() {
        assert!(page.summary().lines().count() == 1, "{name}");
        assert!(page.summary().len() <= 76, "{name}");
        assert!(page.meaning().len() > 100, "{name}");
        assert!(page.source().is_some(), "{name}");
        assert!(page.forbidden_by(name).is_some(), "{name}");
        let text = page.explain(name);
        assert!(text.starts_with(&format!("{name}: ")), "{text}");
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/explain");
    let files = std::fs::read_dir(folder).unwrap();
    let files: BTreeSet<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let known = PAGES.iter().map(|page| format!("{}.md", page.name));
    assert_eq!(files, known.collect());
}

#[test]
fn the_models_are_those_of_the_table() {
    let forbidden = |name| {
        let (name, page) = find(name).unwrap();
        page.forbidden_by(name).unwrap()
    };
    assert!(
        forbidden("G1c").starts_with("read-committed, and the stronger models that imply it:\n  ")
    );
    assert_eq!(
        forbidden("not-linearizable"),
        "linearizable, and the stronger models that imply it:\n  strong-serializable."
    );
    assert!(forbidden("PL-SI-cycle-exists").starts_with("snapshot-isolation, "));
}

#[test]
fn an_unknown_name_gets_a_suggestion() {
    let error = find("G-singel-item").err().unwrap();
    assert!(error.contains("did you mean G-single-item?"), "{error}");
    assert_eq!(list().lines().count(), PAGES.len());
}
