//! Tests storage: in files under `MAEL_STORAGE`, in memory without it, and across kills in
//! simulation. Also tests the log level, which an environment variable sets, too.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use mael::prelude::*;
use mael::{Disk, Environment, LOG_VARIABLE, LogLevel, STORAGE_VARIABLE, Storage};
use mael_sim::simulation::{NodeLog, Simulation, secs};
use mael_sim::{Fault, KillAt, simulate, workloads};
use mael_tests::{Finished, Lab, binary, run_on};
use serde_json::{Value, json};

/// Returns the command of a node that uses its storage, without the environment variables that it
/// reads.
fn storage_node() -> Command {
    static NODE: OnceLock<std::path::PathBuf> = OnceLock::new();
    let mut command = Command::new(NODE.get_or_init(|| binary("storage-node")));
    command
        .env_remove(STORAGE_VARIABLE)
        .env_remove(LOG_VARIABLE);
    command
}

/// Runs the program as node `n1` with these requests. Returns the bodies of the replies.
fn run_node(command: &mut Command, bodies: &[Value]) -> (Vec<Value>, Finished) {
    let init = json!({"type": "init", "msg_id": 0, "node_id": "n1", "node_ids": ["n1"]});
    let lines = std::iter::once(&init).chain(bodies).map(|body| {
        let line = json!({"src": "c1", "dest": "n1", "body": body});
        format!("{line}\n")
    });
    let finished = run_on(command, lines.collect::<String>());
    let replies = finished.text().lines().skip(1).map(|line| {
        let line: Value = serde_json::from_str(line).expect("each line is JSON");
        line["body"].clone()
    });
    (replies.collect(), finished)
}

fn count() -> Value {
    json!({"type": "count", "msg_id": 1})
}

fn add(word: &str) -> Value {
    json!({"type": "add", "msg_id": 2, "word": word})
}

fn list() -> Value {
    json!({"type": "list", "msg_id": 3})
}

#[test]
fn records_survive_a_restart_in_one_folder_per_node() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("not/yet/there");
    for start in 1..=3_u64 {
        let bodies = [count(), add(&format!("word {start}")), list()];
        let (replies, finished) = run_node(storage_node().env(STORAGE_VARIABLE, &folder), &bodies);
        assert_eq!(replies[0]["value"], start);
        let words: Vec<String> = (1..=start).map(|start| format!("word {start}")).collect();
        assert_eq!(replies[2]["words"], json!(words));
        assert_eq!(finished.stderr, "", "nothing is logged");
    }
    assert_eq!(fs::read(folder.join("n1/count.json")).unwrap(), b"3");
}

#[test]
fn without_the_variable_memory_is_used_and_one_warning_is_logged() {
    for _ in 0..2 {
        let (replies, finished) =
            run_node(&mut storage_node(), &[count(), count(), add("x"), list()]);
        assert_eq!(replies[1]["value"], 2);
        assert_eq!(replies[3]["words"], json!(["x"]));
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
        assert!(finished.stderr.contains(STORAGE_VARIABLE));
    }
}

#[test]
fn a_folder_that_cannot_be_created_fails_init() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    let (_, finished) = run_node(storage_node().env(STORAGE_VARIABLE, &file), &[]);
    let reply: Value = serde_json::from_str(finished.text()).unwrap();
    assert_eq!(reply["body"]["code"], 13);
    assert!(finished.text().contains("can't create the folder"));
}

/// A node whose requests operate on its storage.
#[node]
struct StorageRequests {
    storage: Storage,
}

#[handlers]
impl StorageRequests {
    #[handler(type = "read", reply = "value")]
    fn read(&self, name: String) -> mael::Result<Option<Vec<u64>>> {
        self.storage.read(&name)
    }

    #[handler(type = "replace")]
    fn replace(&self, name: String, value: Vec<u64>) -> mael::Result<()> {
        self.storage.replace(&name, &value)
    }

    #[handler(type = "append")]
    fn append(&self, name: String, value: u64) -> mael::Result<()> {
        self.storage.append(&name, &value)
    }

    #[handler(type = "read_all", reply = "values")]
    fn read_all(&self, name: String) -> mael::Result<Vec<u64>> {
        self.storage.read_all(&name)
    }
}

/// Starts a node whose storage is in this folder.
fn on(folder: &Path) -> Lab {
    let mut lab = Lab::on::<StorageRequests>(Environment {
        disk: Disk::Folder(folder.to_owned()),
        ..Environment::default()
    });
    lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1"]}"#);
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab
}

fn request(lab: &mut Lab, body: &str) -> Value {
    lab.deliver(body);
    lab.replies().remove(0)
}

const READ_ALL: &str = r#"{"type":"read_all","msg_id":1,"name":"log"}"#;
const APPEND: &str = r#"{"type":"append","msg_id":1,"name":"log","value":7}"#;

#[test]
fn an_entry_truncated_by_a_crash_is_dropped_and_the_next_append_is_intact() {
    for (torn, whole) in [
        ("1\n22\n33", vec![1, 22]),
        ("1\n22\n", vec![1, 22]),
        ("1", vec![]),
        ("", vec![]),
    ] {
        let root = tempfile::tempdir().unwrap();
        let mut lab = on(root.path());
        fs::write(root.path().join("n1/log.jsonl"), torn).unwrap();
        assert_eq!(
            request(&mut lab, READ_ALL)["values"],
            json!(whole),
            "{torn:?}"
        );
        assert_eq!(request(&mut lab, APPEND)["type"], "append_ok");
        let mut longer = whole.clone();
        longer.push(7);
        assert_eq!(
            request(&mut lab, READ_ALL)["values"],
            json!(longer),
            "{torn:?}"
        );
    }
}

#[test]
fn a_crash_during_a_replacement_leaves_the_old_record() {
    let root = tempfile::tempdir().unwrap();
    let mut lab = on(root.path());
    let replace = r#"{"type":"replace","msg_id":1,"name":"set","value":[1,2]}"#;
    let read = r#"{"type":"read","msg_id":1,"name":"set"}"#;
    assert_eq!(request(&mut lab, read)["value"], Value::Null);
    assert_eq!(request(&mut lab, replace)["type"], "replace_ok");
    // A crash in the middle of a write leaves this file.
    fs::write(root.path().join("n1/set.new"), "[1,2,").unwrap();
    let mut lab = on(root.path());
    assert_eq!(request(&mut lab, read)["value"], json!([1, 2]));
    let replace = r#"{"type":"replace","msg_id":1,"name":"set","value":[3]}"#;
    assert_eq!(request(&mut lab, replace)["type"], "replace_ok");
    assert_eq!(request(&mut lab, read)["value"], json!([3]));
    assert!(!root.path().join("n1/set.new").exists());
}

#[test]
fn a_record_and_a_list_with_the_same_name_are_independent() {
    let root = tempfile::tempdir().unwrap();
    for disk in [Disk::Folder(root.path().to_owned()), Disk::default()] {
        let mut lab = Lab::on::<StorageRequests>(Environment {
            disk,
            ..Environment::default()
        });
        lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1"]}"#);
        assert_eq!(lab.replies()[0]["type"], "init_ok");
        let replace = r#"{"type":"replace","msg_id":1,"name":"log","value":[7]}"#;
        let read = r#"{"type":"read","msg_id":1,"name":"log"}"#;
        assert_eq!(request(&mut lab, replace)["type"], "replace_ok");
        assert_eq!(request(&mut lab, APPEND)["type"], "append_ok");
        assert_eq!(request(&mut lab, read)["value"], json!([7]));
        assert_eq!(
            request(&mut lab, READ_ALL)["values"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
}

#[test]
fn storage_failures_are_error_13_and_name_the_record() {
    let root = tempfile::tempdir().unwrap();
    let mut lab = on(root.path());
    fs::write(root.path().join("n1/set.json"), "no JSON").unwrap();
    fs::create_dir(root.path().join("n1/log.jsonl")).unwrap();
    for (body, name) in [
        (r#"{"type":"read","msg_id":1,"name":"set"}"#, "set"),
        (r#"{"type":"read","msg_id":1,"name":"../n2/x"}"#, "../n2/x"),
        (r#"{"type":"read","msg_id":1,"name":""}"#, "letters"),
        (APPEND, "log"),
        (READ_ALL, "log"),
    ] {
        let reply = request(&mut lab, body);
        assert_eq!(reply["code"], 13, "{reply}");
        assert!(reply["text"].as_str().unwrap().contains(name), "{reply}");
    }
}

/// Unique ids from a stored number of starts and a count in memory.
#[node]
struct StoringStarts {
    id: NodeId,
    storage: Storage,
    start: Cell<u64>,
    count: Cell<u64>,
}

#[handlers]
impl StoringStarts {
    #[init]
    fn on_init(&self) -> mael::Result<()> {
        let start = self.storage.read::<u64>("starts")?.unwrap_or(0) + 1;
        self.storage.replace("starts", &start)?;
        self.start.set(start);
        Ok(())
    }

    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> String {
        self.count.set(self.count.get() + 1);
        format!("{}-{}-{}", self.id, self.start.get(), self.count.get())
    }
}

/// Unique ids without the number of starts.
#[node]
struct CountingInMemory {
    id: NodeId,
    count: Cell<u64>,
}

#[handlers]
impl CountingInMemory {
    #[handler(type = "generate", reply = "id")]
    fn generate(&self) -> String {
        self.count.set(self.count.get() + 1);
        format!("{}-{}", self.id, self.count.get())
    }
}

/// A node whose requests operate on a persistent log.
#[node]
struct Lines {
    lines: PersistentLog<u64>,
}

#[handlers]
impl Lines {
    #[handler(reply("first", "lines"))]
    fn look(&self) -> (usize, Option<Vec<u64>>) {
        let first = self.lines.first_index();
        let lines = self.lines.after(first - 1);
        (first, lines.map(|lines| lines.to_vec()))
    }

    #[handler(reply = "index")]
    fn push(&self, line: u64) -> mael::Result<usize> {
        self.lines.push(line)
    }

    #[handler]
    fn splice(&self, after: usize, lines: Vec<u64>) -> mael::Result<()> {
        self.lines.splice(after, lines)
    }

    #[handler]
    fn drop_up_to(&self, after: usize) -> mael::Result<()> {
        self.lines.drop_up_to(after)
    }

    #[handler]
    fn restart(&self, after: usize) -> mael::Result<()> {
        self.lines.restart(after)
    }
}

/// Starts or restarts a node with a persistent log.
fn lines_on(disk: &Disk) -> Lab {
    let disk = disk.clone();
    let mut lab = Lab::on::<Lines>(Environment {
        disk,
        ..Environment::default()
    });
    lab.deliver(r#"{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1"]}"#);
    assert_eq!(lab.replies()[0]["type"], "init_ok");
    lab
}

fn look(lab: &mut Lab) -> Value {
    let seen = request(lab, r#"{"type":"look","msg_id":1}"#);
    json!([seen["first"], seen["lines"]])
}

#[test]
fn a_log_is_the_same_before_and_after_a_kill() {
    let root = tempfile::tempdir().unwrap();
    for disk in [Disk::Folder(root.path().to_owned()), Disk::default()] {
        let mut lab = lines_on(&disk);
        for (change, first, lines) in [
            (json!({"type": "push", "line": 1}), 1, vec![1]),
            (
                json!({"type": "splice", "after": 1, "lines": [2, 3, 4]}),
                1,
                vec![1, 2, 3, 4],
            ),
            (
                json!({"type": "splice", "after": 2, "lines": [5]}),
                1,
                vec![1, 2, 5],
            ),
            (
                json!({"type": "splice", "after": 2, "lines": [6, 7]}),
                1,
                vec![1, 2, 6, 7],
            ),
            (json!({"type": "drop_up_to", "after": 2}), 3, vec![6, 7]),
            (json!({"type": "drop_up_to", "after": 1}), 3, vec![6, 7]),
            (
                json!({"type": "splice", "after": 2, "lines": [8, 9]}),
                3,
                vec![8, 9],
            ),
            (json!({"type": "push", "line": 10}), 3, vec![8, 9, 10]),
            (json!({"type": "drop_up_to", "after": 5}), 6, vec![]),
            (json!({"type": "push", "line": 11}), 6, vec![11]),
            (json!({"type": "restart", "after": 3}), 4, vec![]),
            (json!({"type": "push", "line": 12}), 4, vec![12]),
        ] {
            let mut body = change.clone();
            body["msg_id"] = json!(1);
            assert_ne!(
                request(&mut lab, &body.to_string())["type"],
                "error",
                "{change}"
            );
            let seen = json!([first, lines]);
            assert_eq!(look(&mut lab), seen, "{change}");
            lab = lines_on(&disk);
            assert_eq!(look(&mut lab), seen, "after {change} and a kill");
        }
    }
}

#[test]
fn an_index_outside_of_a_log_is_error_13_and_changes_nothing() {
    let mut lab = lines_on(&Disk::default());
    for body in [
        r#"{"type":"splice","msg_id":1,"after":0,"lines":[1,2,3]}"#,
        r#"{"type":"drop_up_to","msg_id":1,"after":1}"#,
    ] {
        request(&mut lab, body);
    }
    for body in [
        r#"{"type":"splice","msg_id":1,"after":0,"lines":[9]}"#,
        r#"{"type":"splice","msg_id":1,"after":4,"lines":[9]}"#,
        r#"{"type":"drop_up_to","msg_id":1,"after":4}"#,
    ] {
        let reply = request(&mut lab, body);
        assert_eq!(reply["code"], 13, "{body}: {reply}");
        let text = reply["text"].as_str().unwrap();
        assert!(text.contains("with entries 2 to 3"), "{text}");
    }
    assert_eq!(look(&mut lab), json!([2, [2, 3]]));
}

/// Unique ids from a persistent number of starts and a count in memory.
#[node]
struct Starting {
    id: NodeId,
    starts: Persistent<u64>,
    count: Cell<u64>,
}

#[handlers]
impl Starting {
    #[init]
    fn on_init(&self) -> mael::Result<()> {
        self.starts.set(self.starts.get() + 1)
    }

    #[handler(reply = "id")]
    fn generate(&self) -> String {
        self.count.set(self.count.get() + 1);
        format!("{}-{}-{}", self.id, self.starts.borrow(), self.count.get())
    }
}

#[test]
fn a_persistent_value_survives_kills_and_crashes() {
    killed::<Starting>().check();
    killed::<Starting>()
        .nemesis([Fault::Kill])
        .options(|options| options.kill_at = KillAt::Step)
        .check();
}

fn killed<N: mael::node::Handlers>() -> Simulation<N> {
    simulate::<N>(workloads::UniqueIds)
        .nodes(3)
        .concurrency(12)
        .rate(50.0)
        .time_limit(secs(10))
        .nemesis([Fault::Kill])
        .nemesis_interval(secs(1))
        .seeds(0..10)
}

#[test]
fn in_simulation_storage_survives_a_kill_and_memory_does_not() {
    killed::<StoringStarts>().check();
    let forgotten = killed::<CountingInMemory>().run();
    assert!(
        forgotten.iter().any(|run| !run.passed()),
        "no node was killed"
    );
}

#[test]
fn debug_logs_each_message_in_and_out() {
    let (replies, finished) = run_node(storage_node().env(LOG_VARIABLE, "debug"), &[count()]);
    assert_eq!(replies[0]["value"], 1);
    let logged = |line: &str| finished.stderr.lines().any(|it| it.ends_with(line));
    assert!(
        logged(r#" DEBUG mael: from c1: {"msg_id":1,"type":"count"}"#)
            && logged(r#"mael: to c1: {"type":"count_ok","in_reply_to":1,"value":1}"#)
            && logged(r#"mael: to c1: {"type":"init_ok","in_reply_to":0}"#),
        "{}",
        finished.stderr
    );
}

#[test]
fn an_unknown_log_level_is_an_error_at_start() {
    let finished = run_on(storage_node().env(LOG_VARIABLE, "loud"), "");
    assert_eq!(finished.code(), 2);
    assert_eq!(
        finished.stderr,
        "invalid MAEL_LOG \"loud\": expected `error`, `warn`, `info`, `debug` or `trace`\n"
    );
    for level in ["", "error", "warn", "info"] {
        let finished = run_on(storage_node().env(LOG_VARIABLE, level), "");
        assert_eq!((finished.code(), finished.stderr.as_str()), (0, ""));
    }
}

#[test]
fn in_simulation_logs_follow_the_level_and_are_deterministic() {
    let run = |level| {
        killed::<CountingInMemory>()
            .log_level(level)
            .run_seed(3)
            .logs
    };
    let logs = run(LogLevel::Debug);
    assert!(
        logs["n0"].to_string().contains(" ms DEBUG mael: from c"),
        "{}",
        logs["n0"]
    );
    assert_eq!(logs, run(LogLevel::Debug));
    assert!(run(LogLevel::Warn).values().all(NodeLog::is_empty));
}
