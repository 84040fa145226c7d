//! An object with unbounded states: a text that is appended to.

use fastrand::Rng;

use mael_checkers::linearizable;
use mael_checkers::linearizable::Model;
use mael_history::{History, Kind, Operation, Process, Validity, Value};

struct Text;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Action {
    /// Reads the text. The result is `None` if it is unknown.
    Get(Option<String>),
    Put(String),
    Append(String),
}

impl Model for Text {
    type State = String;
    type Action = Action;

    fn initial(&self) -> String {
        String::new()
    }

    fn action(&self, f: &str, argument: &Value, result: Option<&Value>) -> Result<Action, String> {
        let text = |value: &Value| value.name().map(str::to_owned).ok_or("no text".to_owned());
        match f {
            "get" => Ok(Action::Get(result.map(text).transpose()?)),
            "put" => Ok(Action::Put(text(argument)?)),
            _ => Ok(Action::Append(text(argument)?)),
        }
    }

    fn step(&self, state: &String, action: &Action) -> Result<String, String> {
        match action {
            Action::Get(Some(read)) if read != state => Err(format!("{read:?} is not {state:?}")),
            Action::Get(_) => Ok(state.clone()),
            Action::Put(text) => Ok(text.clone()),
            Action::Append(text) => Ok(format!("{state}{text}")),
        }
    }

    fn show(&self, state: &String) -> Value {
        state.clone().into()
    }

    fn is_read(&self, action: &Action) -> bool {
        matches!(action, Action::Get(_))
    }

    fn is_overwrite(&self, action: &Action) -> bool {
        matches!(action, Action::Put(_))
    }
}

/// Generates a history of clients that put, append and get, each of which takes effect at some time
/// between its invocation and its completion. In an invalid history, the get in the middle lacks a
/// letter.
fn texts(clients: usize, operations: usize, valid: bool, seed: u64) -> History {
    let mut random = Rng::with_seed(seed);
    let mut history = History::default();
    let mut record = |process, kind, f: &'static str, value: Value| {
        let index = history.0.len();
        history.0.push(Operation {
            index,
            time: index as u64,
            kind,
            process: Process::Client(process),
            f: f.into(),
            value,
            is_final: false,
            error: None,
            exception: None,
            extra: Vec::new(),
        });
    };
    let mut running: Vec<Option<(&str, String, bool)>> = vec![None; clients];
    let mut state = String::new();
    let mut begun = 0;
    let mut spoiled = valid;
    while begun < operations || running.iter().any(Option::is_some) {
        let process = random.usize(..clients);
        match running[process].take() {
            None if begun == operations => {}
            None => {
                let f = ["get", "get", "get", "append", "append", "put"][random.usize(..6)];
                let text = format!("{process}.{begun} ");
                begun += 1;
                let argument = match f {
                    "get" => Value::Nil,
                    _ => text.as_str().into(),
                };
                record(process, Kind::Invoke, f, argument);
                running[process] = Some((f, text, false));
            }
            Some((f, text, false)) => {
                match f {
                    "put" => state.clone_from(&text),
                    "append" => state.push_str(&text),
                    _ => {}
                }
                let result = if f == "get" { state.clone() } else { text };
                running[process] = Some((f, result, true));
            }
            Some((f, mut result, true)) => {
                if f == "get" && !spoiled && begun > operations / 2 && !result.is_empty() {
                    result.remove(0);
                    spoiled = true;
                }
                record(process, Kind::Ok, f, result.as_str().into());
            }
        }
    }
    history
}

#[test]
fn growing_texts_are_checked_with_little_memory() {
    let memory = 50_000_000;
    for (clients, operations) in [(1, 200), (5, 300), (10, 150)] {
        for seed in 0..3 {
            let right = texts(clients, operations, true, seed);
            let verdict = linearizable::check_within(&Text, &right, memory);
            assert_eq!(verdict.valid, Validity::True, "{:?}", verdict.explanation);
        }
    }
    for seed in 0..3 {
        let wrong = texts(4, 200, false, seed);
        let verdict = linearizable::check_within(&Text, &wrong, memory);
        assert_eq!(verdict.valid, Validity::False, "{:?}", verdict.explanation);
    }
}

#[test]
fn a_text_with_too_many_orders_is_unknown_with_advice_in_the_reason() {
    // Concurrent appends, and a get that none of their orders explains.
    let mut history = texts(1, 0, true, 0);
    for process in 0..30 {
        let index = history.0.len();
        history.0.push(Operation {
            index,
            time: index as u64,
            kind: Kind::Invoke,
            process: Process::Client(process),
            f: if process == 29 { "get" } else { "append" }.into(),
            value: match process {
                29 => Value::Nil,
                _ => format!("{process} ").into(),
            },
            is_final: false,
            error: None,
            exception: None,
            extra: Vec::new(),
        });
    }
    let end = Operation {
        index: history.0.len(),
        kind: Kind::Ok,
        value: "never written".into(),
        ..history.0[29].clone()
    };
    history.0.push(end);
    for memory in [1_000_000, 5_000_000] {
        let verdict = linearizable::check_within(&Text, &history, memory);
        assert_eq!(verdict.valid, Validity::Unknown);
        let reason = &verdict.explanation[0];
        for advice in [
            "--checker-memory",
            "each object or key on its own",
            "overwrite",
        ] {
            assert!(reason.contains(advice), "{reason}");
        }
        let again = linearizable::check_within(&Text, &history, memory);
        assert_eq!(verdict, again);
    }
}
