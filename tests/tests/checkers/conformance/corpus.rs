//! Reads the recorded histories, and compares verdicts for all workloads.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use mael_checkers::Counts;
use mael_history::{History, Value};
use mael_sim::{Options, workloads};
use mael_tests::workspace;
use serde_json::{Value as Json, json};

use crate::conformance::keys;

/// A recorded history with Maelstrom's verdict.
pub(crate) struct Case {
    /// The id of the history in the recordings.
    pub(crate) id: String,
    /// The workload's name.
    pub(crate) workload: &'static str,
    /// The options that its checker was given.
    pub(crate) test: Options,
    /// The recorded history.
    pub(crate) history: History,
    /// The verdicts of Maelstrom: two, if repeated checks differed.
    recorded: Vec<Recorded>,
}

/// A verdict of Maelstrom.
pub(crate) struct Recorded {
    /// Its main fields, whose names have underscores.
    summary: Json,
    /// The workload's result map, if the whole run was recorded.
    results: Option<Json>,
    /// The same result map as EDN, with keywords and sets.
    written: Option<Value>,
}

/// Returns the differences between a recorded verdict and our result map, apart from `valid?`.
pub(crate) type Differences = fn(case: &Case, recorded: &Recorded, ours: &Json) -> Vec<String>;

impl Case {
    /// Returns the result map of our checker as JSON.
    pub(crate) fn check(&self, options: &Options) -> Json {
        serde_json::to_value(self.check_case(options)).unwrap()
    }

    /// Returns the result map of our checker.
    fn check_case(&self, options: &Options) -> Value {
        let workload = workloads::by_name(self.workload).unwrap();
        let verdict = workload.check(options, &self.history);
        let valid = Some(&Value::from(verdict.valid));
        assert_eq!(verdict.results.get("valid?"), valid, "{}", self.id);
        verdict.results
    }
}

impl Recorded {
    /// Returns a field of the verdict by its name in the result map, such as `lost-count`; null if
    /// there is none.
    pub(crate) fn get(&self, name: &str) -> &Json {
        let from_results = self.results.as_ref().and_then(|results| results.get(name));
        from_results.unwrap_or_else(|| &self.summary[name.replace('-', "_").as_str()])
    }

    /// The main fields of the verdict.
    pub(crate) fn summary(&self) -> &Json {
        &self.summary
    }

    /// Returns the differences between these fields and those of our result map.
    pub(crate) fn fields(&self, ours: &Json, names: &[&str]) -> Vec<String> {
        let differs = |name: &&&str| *self.get(name) != ours[**name];
        names
            .iter()
            .filter(differs)
            .map(|name| difference(name, self.get(name), &ours[*name]))
            .collect()
    }

    /// Returns the difference in validity. If Maelstrom's checker threw an exception, its verdict
    /// is unknown, and ours may be invalid.
    fn valid(&self, ours: &Json) -> Vec<String> {
        let ours = &ours["valid?"];
        let matches = match &self.summary["valid"] {
            _ if self.threw() => *ours != json!(true),
            recorded => recorded == ours,
        };
        let difference = difference("valid?", &self.summary["valid"], ours);
        if matches {
            Vec::new()
        } else {
            vec![difference]
        }
    }

    fn threw(&self) -> bool {
        self.summary.get("error").is_some()
    }
}

/// Describes the difference between two values of a field.
pub(crate) fn difference(name: &str, recorded: &Json, ours: &Json) -> String {
    let shorten = |value: &Json| {
        let text = value.to_string();
        match text.char_indices().nth(300) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    };
    format!(
        "{name}: recorded {}, ours {}",
        shorten(recorded),
        shorten(ours)
    )
}

/// Asserts that our checker agrees with Maelstrom on every recorded history of a workload, except
/// for those with the ids in `exceptions`, which the documentation lists with their reasons.
pub(crate) fn assert_conformance(
    workload: &'static str,
    differences: Differences,
    exceptions: &[&str],
) {
    let Some(folder) = folder() else {
        println!("skipped: no recorded histories; set MAEL_HISTORIES to their folder");
        return;
    };
    let cases: Vec<Case> = live(&folder, workload)
        .into_iter()
        .chain(synthetic(&folder, workload))
        .collect();
    assert!(!cases.is_empty(), "no history of {workload} was recorded");
    let mut errors = Vec::new();
    for case in &cases {
        let written = case.check_case(&case.test);
        let ours = serde_json::to_value(&written).unwrap();
        let of_each = case.recorded.iter().map(|recorded| {
            let mut found = recorded.valid(&ours);
            if !recorded.threw() {
                found.extend(differences(case, recorded, &ours));
                let theirs = recorded.written.iter();
                found.extend(theirs.flat_map(|theirs| keys::differences(theirs, &written)));
            }
            found
        });
        let fewest = of_each.min_by_key(Vec::len).unwrap();
        let excepted = exceptions.contains(&case.id.as_str());
        if excepted == fewest.is_empty() {
            errors.push(format!("{} (excepted: {excepted}): {fewest:#?}", case.id));
        }
    }
    println!("{} histories of {workload}", cases.len());
    assert!(
        errors.is_empty(),
        "{} of {} histories of {workload} have unexpected verdicts:\n{}",
        errors.len(),
        cases.len(),
        errors.join("\n")
    );
}

fn folder() -> Option<PathBuf> {
    let default = || workspace().with_file_name("shared").join("histories");
    let folder = std::env::var_os("MAEL_HISTORIES").map_or_else(default, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Reads the recorded runs of Maelstrom.
fn live(folder: &Path, workload: &'static str) -> Vec<Case> {
    let runs = fs::read_dir(folder.join("live").join(workload));
    let Ok(runs) = runs else {
        return Vec::new();
    };
    let mut runs: Vec<PathBuf> = runs.map(|run| run.unwrap().path()).collect();
    runs.sort_unstable();
    runs.iter().map(|run| live_case(run, workload)).collect()
}

fn live_case(run: &Path, workload: &'static str) -> Case {
    let meta: Json = serde_json::from_slice(&fs::read(run.join("meta.json")).unwrap()).unwrap();
    let mut text = String::new();
    let packed = File::open(run.join("history.edn.gz")).unwrap();
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let history = History::from_edn(&text).unwrap();
    assert_complete(&text, &history);
    let results = fs::read_to_string(run.join("results.edn")).unwrap();
    let results = Value::from_edn(&results).unwrap();
    let written = results.get("workload").cloned();
    let of_workload = written.as_ref().map(|it| serde_json::to_value(it).unwrap());
    // If an assertion failed, Maelstrom only reports that the verdict is unknown.
    let threw = meta["checkers"].get("error").is_some();
    let summary = if threw {
        json!({"valid": meta["valid"], "error": "an assertion failed"})
    } else {
        assert_counts(&history, &meta);
        meta["workload_verdict"].clone()
    };
    Case {
        id: meta["id"].as_str().unwrap().to_owned(),
        workload,
        test: test(&meta["options"]),
        history,
        recorded: vec![Recorded {
            summary,
            results: of_workload,
            written,
        }],
    }
}

/// Asserts that a history contains every key of every operation in its text, and is the same after
/// it is written and read again. The text has one operation per line.
fn assert_complete(text: &str, history: &History) {
    let mut rewritten = String::new();
    assert_eq!(text.lines().count(), history.0.len());
    for (line, operation) in text.lines().zip(&history.0) {
        let recorded = Value::from_edn(line).unwrap();
        assert_eq!(operation.to_value(), recorded, "{line}");
        let written = operation.to_string();
        // The entries of maps and sets have no order.
        if line.matches('{').count() == 1 {
            assert_eq!(written, line);
        }
        rewritten.push_str(&written);
    }
    assert_eq!(History::from_edn(&rewritten).as_ref(), Ok(history));
}

/// Asserts that the numbers of operations equal those counted by Maelstrom.
fn assert_counts(history: &History, meta: &Json) {
    let counts = Counts::of(history);
    let ours = json!({
        "count": counts.total(), "ok-count": counts.ok,
        "fail-count": counts.fail, "info-count": counts.info,
    });
    assert_eq!(ours, meta["stats"], "{}", meta["id"]);
}

/// Reads the synthetic histories.
fn synthetic(folder: &Path, workload: &'static str) -> Vec<Case> {
    let path = folder
        .join("synthetic")
        .join(format!("{workload}.jsonl.gz"));
    let Ok(packed) = File::open(path) else {
        return Vec::new();
    };
    let lines = BufReader::new(GzDecoder::new(packed)).lines();
    lines
        .map(|line| synthetic_case(&serde_json::from_str(&line.unwrap()).unwrap(), workload))
        .collect()
}

fn synthetic_case(line: &Json, workload: &'static str) -> Case {
    let verdicts = [line.get("verdict"), line.get("second_verdict")];
    let recorded = verdicts.into_iter().flatten().map(|verdict| Recorded {
        summary: verdict.clone(),
        results: None,
        written: None,
    });
    let id = line["id"].as_str().unwrap().to_owned();
    let history = History::from_edn(line["history"].as_str().unwrap());
    Case {
        workload,
        test: test(&line["options"]),
        history: history.unwrap_or_else(|error| panic!("{id}: {error}")),
        recorded: recorded.collect(),
        id,
    }
}

/// Returns the options that checkers use. A list was recorded as a list, or as a string with
/// commas.
fn test(options: &Json) -> Options {
    let mut test = Options::default();
    let models: Option<Vec<&str>> = match &options["consistency-models"] {
        Json::String(models) => Some(models.split(',').map(str::trim).collect()),
        Json::Array(models) => models.iter().map(Json::as_str).collect(),
        _ => None,
    };
    if let Some(models) = models {
        test.consistency_models = models.into_iter().map(str::to_owned).collect();
    }
    test
}
