//! Each transaction anomaly, in a minimal history.

use mael_checkers::Verdict;
use mael_checkers::elle::rw_register::VersionSources;
use mael_checkers::elle::{list_append, rw_register};
use mael_history::{History, Validity, Value};

type Check = fn(&History, &[String]) -> Verdict;

const LIST: Check = list_append::check;
const REGISTER: Check =
    |history, models| rw_register::check(history, models, VersionSources::default());

/// Returns transactions, such as `ok [[:r 1 nil]]`, that are all invoked before the first
/// completes.
fn concurrent(transactions: &[&str]) -> History {
    let invocation = |(process, it): (usize, &&str)| line(process, true, it);
    let completion = |(process, it): (usize, &&str)| line(process, false, it);
    let invocations = transactions.iter().enumerate().map(invocation);
    let completions = transactions.iter().enumerate().map(completion);
    read(invocations.chain(completions))
}

/// Returns transactions that are each invoked after the previous one has completed, all by
/// different processes.
fn sequential(transactions: &[&str]) -> History {
    let both = |(process, it): (usize, &&str)| line(process, true, it) + &line(process, false, it);
    read(transactions.iter().enumerate().map(both))
}

/// Returns the invocation or the completion of a transaction.
fn line(process: usize, is_invocation: bool, transaction: &str) -> String {
    let (completion, value) = transaction.split_once(' ').unwrap();
    let kind = if is_invocation { "invoke" } else { completion };
    format!("{{:process {process}, :type :{kind}, :f :txn, :value {value}}}\n")
}

fn read(lines: impl Iterator<Item = String>) -> History {
    History::from_edn(&lines.collect::<String>()).unwrap()
}

fn judge(check: Check, history: &History, model: &str) -> Verdict {
    check(history, &[model.to_owned()])
}

fn names(verdict: &Verdict, key: &'static str) -> Vec<String> {
    let names = verdict.results.get(key).into_iter().flat_map(Value::items);
    names.map(|it| it.name().unwrap().to_owned()).collect()
}

/// Returns the dependencies of the first cycle of an anomaly.
fn steps(verdict: &Verdict, anomaly: &'static str) -> Vec<String> {
    let kind = |step: Value| step.get("type").unwrap().name().unwrap().to_owned();
    whole_steps(verdict, anomaly)
        .into_iter()
        .map(kind)
        .collect()
}

/// Returns the steps of the first cycle of an anomaly.
fn whole_steps(verdict: &Verdict, anomaly: &'static str) -> Vec<Value> {
    let anomalies = verdict.results.get("anomalies").unwrap();
    let Some(cycles) = anomalies.get(anomaly) else {
        panic!("{anomaly} is not among {anomalies}");
    };
    let cycle = cycles.items().next().expect("every anomaly has a case");
    let steps = cycle.get("steps").expect("every cycle has steps");
    steps.items().cloned().collect()
}

/// Asserts that a history has the given anomalies under one model, and is not invalid under a
/// weaker one.
fn assert_found(check: Check, history: &History, model: &str, anomalies: &[&str], weaker: &str) {
    let verdict = judge(check, history, model);
    assert_eq!(names(&verdict, "anomaly-types"), anomalies);
    assert_eq!(verdict.valid, Validity::False);
    assert!(!verdict.explanation.is_empty());
    let verdict = judge(check, history, weaker);
    assert_ne!(verdict.valid, Validity::False, "{verdict:?}");
}

#[test]
fn g0_is_a_cycle_of_writes() {
    let history = concurrent(&[
        "ok [[:append 1 1] [:append 2 1]]",
        "ok [[:append 1 2] [:append 2 2]]",
        "ok [[:r 1 [1 2]]]",
        "ok [[:r 2 [2 1]]]",
    ]);
    assert_found(LIST, &history, "read-uncommitted", &["G0"], "linearizable");
    let verdict = judge(LIST, &history, "read-uncommitted");
    assert_eq!(steps(&verdict, "G0"), ["ww", "ww"]);
    assert_eq!(names(&verdict, "not"), ["read-uncommitted"]);
    assert_eq!(
        verdict.explanation[0],
        "G0: T1 is operation 4 (process 0, 0.000 s), [[:append 1 1] [:append 2 1]]; \
         T2 is operation 5 (process 1, 0.000 s), [[:append 1 2] [:append 2 2]]; \
         T1 comes before T2, because T2 appended 2 to key 1 after T1 had appended 1; \
         T2 comes before T1, because T1 appended 1 to key 2 after T2 had appended 2: \
         a contradiction"
    );
}

#[test]
fn g1a_is_a_read_of_an_aborted_write() {
    let lists = concurrent(&[
        "fail [[:append 1 1]]",
        "ok [[:r 1 [1]]]",
        "ok [[:append 2 1] [:r 3 nil]]",
        "ok [[:r 2 [1]]]",
    ]);
    assert_found(LIST, &lists, "read-committed", &["G1a"], "read-uncommitted");
    let registers = concurrent(&[
        "fail [[:w 1 1]]",
        "ok [[:r 1 1]]",
        "ok [[:w 2 1]]",
        "ok [[:r 2 1]]",
    ]);
    assert_found(
        REGISTER,
        &registers,
        "read-committed",
        &["G1a"],
        "read-uncommitted",
    );
}

#[test]
fn g1b_is_a_read_of_an_intermediate_write() {
    let lists = concurrent(&["ok [[:append 1 1] [:append 1 2]]", "ok [[:r 1 [1]]]"]);
    assert_found(LIST, &lists, "read-committed", &["G1b"], "read-uncommitted");
    let registers = concurrent(&["ok [[:w 1 1] [:w 1 2]]", "ok [[:r 1 1]]", "ok [[:r 1 2]]"]);
    assert_found(
        REGISTER,
        &registers,
        "read-committed",
        &["G1b"],
        "read-uncommitted",
    );
}

#[test]
fn g1c_is_a_cycle_of_information_flow() {
    for (check, write) in [(LIST, "append"), (REGISTER, "w")] {
        let read = |value: &str| {
            if write == "w" {
                value.to_owned()
            } else {
                format!("[{value}]")
            }
        };
        let first = format!("ok [[:{write} 1 1] [:r 2 {}]]", read("1"));
        let second = format!("ok [[:{write} 2 1] [:r 1 {}]]", read("1"));
        let history = concurrent(&[&first, &second]);
        assert_found(
            check,
            &history,
            "read-committed",
            &["G1c"],
            "read-uncommitted",
        );
        assert_eq!(
            steps(&judge(check, &history, "serializable"), "G1c"),
            ["wr", "wr"]
        );
    }
}

#[test]
fn g_single_reads_half_of_a_transaction() {
    let lists = concurrent(&[
        "ok [[:append 1 1] [:append 2 1]]",
        "ok [[:r 1 [1]] [:r 2 nil]]",
    ]);
    assert_found(
        LIST,
        &lists,
        "consistent-view",
        &["G-single-item"],
        "cursor-stability",
    );
    let mut found = steps(&judge(LIST, &lists, "serializable"), "G-single-item");
    found.sort_unstable();
    assert_eq!(found, ["rw", "wr"]);
    let registers = concurrent(&["ok [[:w 1 1] [:w 2 1]]", "ok [[:r 1 1] [:r 2 nil]]"]);
    assert_found(
        REGISTER,
        &registers,
        "consistent-view",
        &["G-single-item"],
        "cursor-stability",
    );
    let verdict = judge(REGISTER, &registers, "snapshot-isolation");
    let text = &verdict.explanation[0];
    assert!(
        text.contains("read nil from key 2, so it did not see that T"),
        "{text}"
    );
    assert!(text.contains("read 1 from key 1, which T"), "{text}");
}

#[test]
fn g_nonadjacent_is_a_long_fork() {
    let history = concurrent(&[
        "ok [[:append 1 1]]",
        "ok [[:append 2 1]]",
        "ok [[:r 1 [1]] [:r 2 nil]]",
        "ok [[:r 1 nil] [:r 2 [1]]]",
    ]);
    assert_found(
        LIST,
        &history,
        "snapshot-isolation",
        &["G-nonadjacent-item"],
        "consistent-view",
    );
    let verdict = judge(LIST, &history, "repeatable-read");
    let found = steps(&verdict, "G-nonadjacent-item");
    assert_eq!(found.len(), 4);
    assert_eq!(
        names(&verdict, "not"),
        ["repeatable-read", "snapshot-isolation"]
    );
}

#[test]
fn g2_is_write_skew() {
    let lists = concurrent(&[
        "ok [[:r 1 nil] [:append 2 1]]",
        "ok [[:r 2 nil] [:append 1 1]]",
    ]);
    assert_found(
        LIST,
        &lists,
        "serializable",
        &["G2-item"],
        "snapshot-isolation",
    );
    assert_eq!(
        steps(&judge(LIST, &lists, "repeatable-read"), "G2-item"),
        ["rw", "rw"]
    );
    let registers = concurrent(&["ok [[:r 1 nil] [:w 2 1]]", "ok [[:r 2 nil] [:w 1 1]]"]);
    assert_found(
        REGISTER,
        &registers,
        "serializable",
        &["G2-item"],
        "snapshot-isolation",
    );
}

#[test]
fn a_stale_read_is_a_realtime_cycle() {
    let history = sequential(&["ok [[:append 1 1]]", "ok [[:r 2 nil]]", "ok [[:r 1 nil]]"]);
    let found = ["G-single-item-realtime"];
    assert_found(
        LIST,
        &history,
        "strict-serializable",
        &found,
        "strong-session-serializable",
    );
    let verdict = judge(LIST, &history, "strong-snapshot-isolation");
    // Two steps, although another transaction is between them in realtime order.
    assert_eq!(steps(&verdict, found[0]), ["rw", "realtime"]);
    let [by_data, realtime] = &whole_steps(&verdict, found[0])[..] else {
        panic!("the cycle has two steps");
    };
    assert_eq!(
        by_data.to_string(),
        "{:a-mop-index 0, :b-mop-index 0, :key 1, :type :rw, \
         :value :elle.list-append/init, :value' 1}"
    );
    // The completion, and the invocation after it.
    let operation = |index: usize| history.0[index].to_value();
    assert_eq!(realtime.get("a'"), Some(&operation(1)));
    assert_eq!(realtime.get("b"), Some(&operation(4)));
    assert!(
        verdict.explanation[0]
            .contains("completed with operation 1, before T1 was invoked with operation 4"),
        "{}",
        verdict.explanation[0]
    );
    let registers = sequential(&["ok [[:w 1 1]]", "ok [[:r 1 nil]]"]);
    assert_found(
        REGISTER,
        &registers,
        "strict-serializable",
        &found,
        "serializable",
    );
    let verdict = judge(REGISTER, &registers, "strict-serializable");
    let [by_data, realtime] = &whole_steps(&verdict, found[0])[..] else {
        panic!("the cycle has two steps");
    };
    assert_eq!(by_data.get("value"), Some(&Value::Nil));
    let invoked = registers.0[2].to_value();
    assert_eq!(
        (realtime.get("key"), realtime.get("b")),
        (None, Some(&invoked))
    );
}

#[test]
fn a_session_that_goes_back_is_a_process_cycle() {
    let append = "ok [[:append 1 1]]";
    let reads = ["ok [[:r 1 [1]]]", "ok [[:r 1 nil]]"];
    let session = reads.map(|read| line(1, true, read) + &line(1, false, read));
    let append = [line(0, true, append), line(0, false, append)];
    let [invocation, completion] = append;
    let history = read([invocation].into_iter().chain(session).chain([completion]));
    let found = ["G-single-item-process"];
    assert_found(
        LIST,
        &history,
        "strong-session-snapshot-isolation",
        &found,
        "serializable",
    );
    let verdict = judge(LIST, &history, "strong-session-snapshot-isolation");
    let by_process = whole_steps(&verdict, found[0]).pop().unwrap();
    assert_eq!(by_process.to_string(), "{:process 1, :type :process}");
}

#[test]
fn writes_and_reads_out_of_realtime_order_are_cycles() {
    let writes = sequential(&[
        "ok [[:append 1 2]]",
        "ok [[:append 1 1]]",
        "ok [[:r 1 [1 2]]]",
    ]);
    let found = ["G0-realtime"];
    assert_found(
        LIST,
        &writes,
        "strong-read-uncommitted",
        &found,
        "serializable",
    );
    let reads = sequential(&["ok [[:r 1 [1]]]", "ok [[:append 1 1]]"]);
    assert_found(
        LIST,
        &reads,
        "strong-read-committed",
        &["G1c-realtime"],
        "serializable",
    );
}

#[test]
fn a_read_that_contradicts_its_own_transaction_is_internal() {
    for steps in [
        "[[:append 1 1] [:r 1 nil]]",
        "[[:append 1 1] [:r 1 [1 2]]]",
        "[[:r 1 nil] [:append 1 1] [:r 1 [2 1]]]",
    ] {
        let history = concurrent(&[&format!("ok {steps}"), "ok [[:append 1 2]]"]);
        let verdict = judge(LIST, &history, "read-atomic");
        assert!(
            names(&verdict, "anomaly-types").contains(&"internal".to_owned()),
            "{steps}"
        );
    }
    let history = concurrent(&["ok [[:append 1 1] [:r 1 [2 1]]]", "ok [[:append 1 2]]"]);
    assert_eq!(
        judge(LIST, &history, "strict-serializable").valid,
        Validity::True
    );
    let registers = concurrent(&["ok [[:w 1 1] [:r 1 2]]", "ok [[:w 1 2]]", "ok [[:r 1 2]]"]);
    assert_found(
        REGISTER,
        &registers,
        "read-atomic",
        &["internal"],
        "read-committed",
    );
}

#[test]
fn writes_after_reads_of_the_same_version_are_lost_updates() {
    let lists = concurrent(&[
        "ok [[:r 1 nil] [:append 1 1]]",
        "ok [[:r 1 nil] [:append 1 2]]",
    ]);
    assert_found(
        LIST,
        &lists,
        "cursor-stability",
        &["lost-update"],
        "read-committed",
    );
    let verdict = judge(LIST, &lists, "update-atomic");
    assert_eq!(names(&verdict, "anomaly-types"), ["lost-update"]);
    let registers = concurrent(&["ok [[:r 1 nil] [:w 1 1]]", "ok [[:r 1 nil] [:w 1 2]]"]);
    assert_found(
        REGISTER,
        &registers,
        "cursor-stability",
        &["lost-update"],
        "read-committed",
    );
}

#[test]
fn lists_that_contradict_each_other_are_incompatible() {
    let history = concurrent(&[
        "ok [[:append 1 1]]",
        "ok [[:append 1 2]]",
        "ok [[:r 1 [1 2]]]",
        "ok [[:r 1 [2 1]]]",
    ]);
    assert_found(
        LIST,
        &history,
        "read-committed",
        &["incompatible-order"],
        "read-uncommitted",
    );
    let twice = concurrent(&["ok [[:append 1 1]]", "ok [[:r 1 [1 1]]]"]);
    assert_found(
        LIST,
        &twice,
        "read-uncommitted",
        &["duplicate-elements"],
        "linearizable",
    );
    let dirty = concurrent(&[
        "fail [[:append 1 1]]",
        "ok [[:append 1 2]]",
        "ok [[:r 1 [1 2]]]",
    ]);
    assert_found(
        LIST,
        &dirty,
        "read-committed",
        &["G1a", "dirty-update"],
        "read-uncommitted",
    );
    let future = concurrent(&[
        "ok [[:r 1 [1]] [:append 1 1]]",
        "ok [[:append 1 2]]",
        "ok [[:r 1 [1 2]]]",
    ]);
    let verdict = judge(LIST, &future, "read-committed");
    assert_eq!(names(&verdict, "anomaly-types"), ["future-read"]);
}

#[test]
fn a_cycle_of_register_versions_is_an_anomaly() {
    let history = concurrent(&["ok [[:r 1 1] [:w 1 2]]", "ok [[:r 1 2] [:w 1 1]]"]);
    let verdict = judge(REGISTER, &history, "read-uncommitted");
    assert_eq!(names(&verdict, "anomaly-types"), ["cyclic-versions"]);
    let text = &verdict.explanation[0];
    assert!(
        text.contains("read 1 and wrote 2") && text.contains("read 2 and wrote 1"),
        "{text}"
    );
}

#[test]
fn a_garbage_read_is_an_anomaly_of_lists_and_a_stricter_finding_of_registers() {
    let lists = concurrent(&[
        "ok [[:append 1 1]]",
        "ok [[:r 1 [1]]]",
        "ok [[:r 1 [1 77]]]",
    ]);
    let found = ["garbage-read"];
    assert_found(LIST, &lists, "read-uncommitted", &found, "linearizable");
    // Here another list is taken for the order of appends.
    let lists = concurrent(&["ok [[:append 1 1]]", "ok [[:r 1 [1]]]", "ok [[:r 1 [77]]]"]);
    let verdict = judge(LIST, &lists, "read-uncommitted");
    assert_eq!(verdict.valid, Validity::True);
    assert!(verdict.explanation[0].contains("read 77 from key 1, which no transaction wrote"));
    let registers = concurrent(&["ok [[:w 1 1]]", "ok [[:r 1 1]]", "ok [[:r 1 77]]"]);
    let verdict = judge(REGISTER, &registers, "serializable");
    assert_eq!(verdict.valid, Validity::True);
    assert!(
        verdict
            .results
            .get("stricter")
            .unwrap()
            .get("garbage-read")
            .is_some()
    );
    assert!(verdict.explanation[0].contains("read 77 from key 1, which no transaction wrote"));
}

#[test]
fn a_malformed_history_is_unknown_with_a_reason() {
    for (history, why) in [
        (
            concurrent(&["ok [[:append 1 1]]", "ok [[:append 1 1]]"]),
            "both appended 1 to key 1",
        ),
        (
            concurrent(&["ok [[:add 1 1]]"]),
            "should be [:r key list] or [:append key value]",
        ),
        (concurrent(&["ok [[:append 1]]"]), "should be [:r key list]"),
        (concurrent(&["ok [[:r 1 7]]"]), "should be [:r key list]"),
        (
            concurrent(&["ok 7"]),
            "its value should be a list of micro-operations",
        ),
        (History::default(), "the dependency graph is empty"),
    ] {
        let verdict = judge(LIST, &history, "serializable");
        assert_eq!(verdict.valid, Validity::Unknown);
        assert!(
            verdict.explanation[0].contains(why),
            "{:?}",
            verdict.explanation
        );
    }
    let twice = concurrent(&["ok [[:w 1 1]]", "ok [[:w 1 1]]", "ok [[:r 1 1]]"]);
    let verdict = judge(REGISTER, &twice, "serializable");
    assert_eq!(verdict.valid, Validity::Unknown);
    assert!(verdict.explanation[0].contains("written values must be unique"));
    let verdict = judge(REGISTER, &History::default(), "serializable");
    assert_eq!(
        names(&verdict, "anomaly-types"),
        ["empty-transaction-graph"]
    );
    assert_eq!(verdict.valid, Validity::False);
    let verdict = judge(LIST, &History::default(), "perfect");
    assert!(verdict.explanation[0].starts_with("unknown consistency model \"perfect\"; "));
}

#[test]
fn keys_and_elements_may_be_any_values() {
    let history = concurrent(&[
        "ok [[:append \"x\" {:a [1]}] [:append nil 1.5]]",
        "ok [[:r \"x\" [{:a [1]}]] [:r nil nil]]",
    ]);
    assert_found(
        LIST,
        &history,
        "consistent-view",
        &["G-single-item"],
        "cursor-stability",
    );
}

/// Checks registers for serializability with these sources of version orders.
fn with_sources(history: &History, sources: VersionSources) -> Verdict {
    rw_register::check(history, &["serializable".to_owned()], sources)
}

/// Returns the verdicts with no source, and with each source alone: wfr-keys, sequential-keys and
/// linearizable-keys.
fn by_source(history: &str) -> [Validity; 4] {
    let history = History::from_edn(history).unwrap();
    let none = VersionSources {
        wfr_keys: false,
        sequential_keys: false,
        linearizable_keys: false,
    };
    let sources = [
        none,
        VersionSources {
            wfr_keys: true,
            ..none
        },
        VersionSources {
            sequential_keys: true,
            ..none
        },
        VersionSources {
            linearizable_keys: true,
            ..none
        },
    ];
    sources.map(|sources| with_sources(&history, sources).valid)
}

const GOOD: Validity = Validity::True;
const BAD: Validity = Validity::False;

#[test]
fn writes_follow_reads_only_if_that_is_assumed() {
    // Write skew: each reads what the other overwrites.
    let history = "
        {:process 0 :type :invoke :f :txn :value [[:w :x 1] [:w :y 1]]}
        {:process 1 :type :invoke :f :txn :value [[:r :x nil] [:w :x 2] [:r :y nil]]}
        {:process 2 :type :invoke :f :txn :value [[:r :y nil] [:w :y 2] [:r :x nil]]}
        {:process 0 :type :ok :f :txn :value [[:w :x 1] [:w :y 1]]}
        {:process 1 :type :ok :f :txn :value [[:r :x 1] [:w :x 2] [:r :y 1]]}
        {:process 2 :type :ok :f :txn :value [[:r :y 1] [:w :y 2] [:r :x 1]]}";
    assert_eq!(by_source(history), [GOOD, BAD, GOOD, GOOD]);
}

#[test]
fn versions_follow_process_order_if_keys_are_assumed_sequential() {
    // Process 0 writes x, then y. Others see the second write of each, but not the first of the
    // other: only the process order determines which write is the second.
    let history = "
        {:process 0 :type :invoke :f :txn :value [[:w :x 1] [:w :y 1]]}
        {:process 1 :type :invoke :f :txn :value [[:r :x nil] [:r :y nil]]}
        {:process 0 :type :ok :f :txn :value [[:w :x 1] [:w :y 1]]}
        {:process 0 :type :invoke :f :txn :value [[:w :x 2] [:w :y 2]]}
        {:process 0 :type :ok :f :txn :value [[:w :x 2] [:w :y 2]]}
        {:process 1 :type :ok :f :txn :value [[:r :x 1] [:r :y 2]]}";
    assert_eq!(by_source(history), [GOOD, GOOD, BAD, BAD]);
}

#[test]
fn versions_follow_realtime_order_if_keys_are_assumed_linearizable() {
    // As above, but the two writers are two processes.
    let history = "
        {:process 0 :type :invoke :f :txn :value [[:w :x 1] [:w :y 1]]}
        {:process 1 :type :invoke :f :txn :value [[:r :x nil] [:r :y nil]]}
        {:process 0 :type :ok :f :txn :value [[:w :x 1] [:w :y 1]]}
        {:process 2 :type :invoke :f :txn :value [[:w :x 2] [:w :y 2]]}
        {:process 2 :type :ok :f :txn :value [[:w :x 2] [:w :y 2]]}
        {:process 1 :type :ok :f :txn :value [[:r :x 1] [:r :y 2]]}";
    assert_eq!(by_source(history), [GOOD, GOOD, GOOD, BAD]);
    let all = VersionSources {
        linearizable_keys: true,
        ..VersionSources::default()
    };
    let verdict = with_sources(&History::from_edn(history).unwrap(), all);
    assert_eq!(names(&verdict, "anomaly-types"), ["G-single-item"]);
    let text = "which is a later version";
    assert!(
        verdict.explanation[0].contains(text),
        "{:?}",
        verdict.explanation
    );
}

#[test]
fn concurrent_writes_have_no_realtime_order() {
    let history = "
        {:process 0 :type :invoke :f :txn :value [[:w :x 1] [:w :y 1]]}
        {:process 2 :type :invoke :f :txn :value [[:w :x 2] [:w :y 2]]}
        {:process 1 :type :invoke :f :txn :value [[:r :x nil] [:r :y nil]]}
        {:process 0 :type :ok :f :txn :value [[:w :x 1] [:w :y 1]]}
        {:process 2 :type :ok :f :txn :value [[:w :x 2] [:w :y 2]]}
        {:process 1 :type :ok :f :txn :value [[:r :x 1] [:r :y 2]]}";
    assert_eq!(by_source(history), [GOOD; 4]);
}

#[test]
fn a_stale_read_contradicts_only_the_assumption_that_keys_are_linearizable() {
    // Serializable: the reader comes first.
    let history = "
        {:process 0 :type :invoke :f :txn :value [[:w :x 1]]}
        {:process 0 :type :ok :f :txn :value [[:w :x 1]]}
        {:process 1 :type :invoke :f :txn :value [[:r :x nil]]}
        {:process 1 :type :ok :f :txn :value [[:r :x nil]]}";
    let history_of = |text| History::from_edn(text).unwrap();
    let sources = VersionSources {
        sequential_keys: true,
        linearizable_keys: true,
        ..VersionSources::default()
    };
    let verdict = with_sources(&history_of(history), sources);
    assert_eq!(names(&verdict, "anomaly-types"), ["cyclic-versions"]);
    let anomalies = verdict.results.get("anomalies").unwrap();
    let Some(Value::List(cases)) = anomalies.get("cyclic-versions") else {
        panic!("{anomalies}");
    };
    assert_eq!(
        cases[0].get("sources").unwrap().to_string(),
        "[:initial-state :wfr-keys :sequential-keys :linearizable-keys]"
    );
    assert_eq!(cases[0].get("scc").unwrap().to_string(), "#{nil 1}");
    assert_eq!(by_source(history), [GOOD, GOOD, GOOD, BAD]);
    // The same process going back contradicts both.
    let same = history.replace(":process 1", ":process 0");
    assert_eq!(by_source(&same), [GOOD, GOOD, BAD, BAD]);
}

#[test]
fn a_write_of_unknown_outcome_is_part_of_the_realtime_order() {
    // It is read, and then the value that was overwritten before its invocation is read again.
    let history = "
        {:process 0 :type :invoke :f :txn :value [[:w :x 1] [:w :y 1]]}
        {:process 0 :type :ok :f :txn :value [[:w :x 1] [:w :y 1]]}
        {:process 2 :type :invoke :f :txn :value [[:w :x 2]]}
        {:process 2 :type :info :f :txn :value [[:w :x 2]]}
        {:process 1 :type :invoke :f :txn :value [[:r :x nil] [:r :y nil]]}
        {:process 1 :type :ok :f :txn :value [[:r :x 2] [:r :y 1]]}
        {:process 3 :type :invoke :f :txn :value [[:r :x nil]]}
        {:process 3 :type :ok :f :txn :value [[:r :x 1]]}";
    assert_eq!(by_source(history), [GOOD, GOOD, GOOD, BAD]);
    let once = history.replace(":value [[:r :x 1]]", ":value [[:r :x 2]]");
    assert_eq!(by_source(&once), [GOOD; 4]);
}

#[test]
fn many_transactions_that_write_the_same_value_are_checked_in_linear_time() {
    for count in [3, 10, 40, 200] {
        let blind = |number: usize| format!("ok [[:r :x {}] [:w :x 1]]", number + 10);
        let stale = |number: usize| format!("ok [[:r :x nil] [:w :x {}]]", number + 10);
        for (transaction, anomalies) in [
            (
                &blind as &dyn Fn(usize) -> String,
                ["G2-item", "G-single-item-realtime"],
            ),
            (&stale, ["lost-update"; 2]),
        ] {
            let transactions: Vec<String> = (0..count).map(transaction).collect();
            let transactions: Vec<&str> = transactions.iter().map(String::as_str).collect();
            for history in [sequential(&transactions), concurrent(&transactions)] {
                let verdict = judge(REGISTER, &history, "strict-serializable");
                assert_eq!(verdict.valid, Validity::False);
                let found = names(&verdict, "anomaly-types");
                assert!(
                    found.iter().any(|it| anomalies.contains(&&**it)),
                    "{found:?}"
                );
            }
        }
        // A transaction that overwrites what it read, between others that only read or only write.
        let mut transactions = vec!["ok [[:w :x 1]]"];
        transactions.extend(vec!["ok [[:r :x 1]]"; count]);
        transactions.push("ok [[:r :x 1] [:w :x 2]]");
        transactions.extend(vec!["ok [[:w :x 2]]"; count]);
        let verdict = judge(REGISTER, &sequential(&transactions), "strict-serializable");
        assert_eq!(verdict.valid, Validity::True, "{:?}", verdict.explanation);
    }
}
