//! Exactly one reply to each request that is due one and none to any other, whatever arrives in
//! whatever order: random scripts, played to a node in memory and in virtual time.

use std::time::Duration;

use mael::prelude::*;
use mael::time::sleep;
use mael::{Call, Net};
use mael_tests::Lab;
use proptest::prelude::*;
use serde_json::{Value, json};

thread_local! {
    /// How long the node's set-up takes. Each test has a thread of its own.
    static SET_UP_MS: Cell<u64> = const { Cell::new(0) };
}

/// A node with a handler for each way to answer, or not to.
#[node(deadline_ms = 2000, rpc_timeout_ms = 700)]
struct Subject {
    net: Net,
}

/// How a handler ends.
#[mael::message]
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Return,
    Fail,
    Panic,
}

impl End {
    fn come(self) -> mael::Result<()> {
        match self {
            Self::Return => Ok(()),
            Self::Fail => Err(Error::new(ErrorCode::Abort, "as was asked")),
            Self::Panic => panic!("as was asked"),
        }
    }

    fn outcome(self, ok: &str) -> String {
        match self {
            Self::Return => ok.to_owned(),
            Self::Fail => "error 14".to_owned(),
            Self::Panic => "error 13".to_owned(),
        }
    }
}

#[handlers]
impl Subject {
    #[init]
    async fn set_up(&self) {
        sleep(Duration::from_millis(SET_UP_MS.get())).await;
    }

    #[handler(type = "now")]
    fn now(&self, end: End) -> mael::Result<()> {
        end.come()
    }

    #[handler(type = "later")]
    async fn later(&self, ms: u64, end: End) -> mael::Result<()> {
        sleep(Duration::from_millis(ms)).await;
        end.come()
    }

    #[handler(type = "brief", deadline_ms = 300)]
    async fn brief(&self, ms: u64, end: End) -> mael::Result<()> {
        sleep(Duration::from_millis(ms)).await;
        end.come()
    }

    #[handler(type = "ask")]
    async fn ask(&self, retry: bool, end: End) -> mael::Result<()> {
        let call: Call<_, mael::call::Whole<Value>> = self.net.rpc("n2", "question", ());
        match retry {
            true => call.retry().await?,
            false => call.await?,
        };
        end.come()
    }

    #[handler(type = "hear", oneway)]
    fn hear(&self, end: End) -> mael::Result<()> {
        end.come()
    }

    #[handler(type = "hear_later", oneway)]
    async fn hear_later(&self, ms: u64, end: End) -> mael::Result<()> {
        sleep(Duration::from_millis(ms)).await;
        end.come()
    }
}

/// What arrives.
#[derive(Clone, Debug)]
enum Arrival {
    Now(End),
    Later(u64, End),
    Brief(u64, End),
    Ask(bool, End),
    Hear(End),
    HearLater(u64, End),
    /// Of a type that no handler takes.
    Unknown,
    /// With fields that do not fit: those of a handler that answers, or of one that does not.
    Misfit {
        oneway: bool,
    },
    /// Without a type.
    Untyped,
    /// An `init` after the first: with the same ids, or with others.
    Init {
        same: bool,
    },
    /// An answer of `n2` to one of the questions it was asked, if there is one: as many times.
    Answer {
        which: usize,
        ok: bool,
        times: u8,
    },
    /// A reply to nothing that was asked, with an id of its own.
    Stray,
}

#[derive(Clone, Debug)]
struct Step {
    /// How long after the one before.
    after_ms: u64,
    src: &'static str,
    msg_id: Option<i64>,
    arrival: Arrival,
}

#[derive(Clone, Debug)]
struct Script {
    set_up_ms: u64,
    steps: Vec<Step>,
    /// Before which step the first `init` comes; never, if there is no such step.
    init: usize,
    /// Before which step the input ends; after all of them, if there is no such step.
    end: usize,
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Return), Just(End::Fail), Just(End::Panic)]
}

/// Some longer than the one deadline or the other, none just as long.
fn millis() -> impl Strategy<Value = u64> {
    prop::sample::select(vec![0, 1, 20, 299, 301, 1100, 1999, 2001, 9000])
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let answer = (0_usize..100, any::<bool>(), 1_u8..3);
    prop_oneof![
        3 => end().prop_map(Arrival::Now),
        3 => (millis(), end()).prop_map(|(ms, end)| Arrival::Later(ms, end)),
        2 => (millis(), end()).prop_map(|(ms, end)| Arrival::Brief(ms, end)),
        4 => (any::<bool>(), end()).prop_map(|(retry, end)| Arrival::Ask(retry, end)),
        1 => end().prop_map(Arrival::Hear),
        1 => (millis(), end()).prop_map(|(ms, end)| Arrival::HearLater(ms, end)),
        1 => Just(Arrival::Unknown),
        1 => any::<bool>().prop_map(|oneway| Arrival::Misfit { oneway }),
        1 => Just(Arrival::Untyped),
        1 => any::<bool>().prop_map(|same| Arrival::Init { same }),
        4 => answer.prop_map(|(which, ok, times)| Arrival::Answer { which, ok, times }),
        1 => Just(Arrival::Stray),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let after = prop_oneof![Just(0), 1_u64..50, 50_u64..900];
    let src = prop::sample::select(vec!["c1", "c2", "n3"]);
    // Few ids, so that many are used more than once.
    let msg_id = prop::option::weighted(0.85, 0_i64..4);
    (after, src, msg_id, arrival()).prop_map(|(after_ms, src, msg_id, arrival)| Step {
        after_ms,
        src,
        msg_id,
        arrival,
    })
}

fn script() -> impl Strategy<Value = Script> {
    let steps = prop::collection::vec(step(), 1..40);
    let set_up = prop_oneof![3 => Just(0_u64), 1 => 1_u64..1500];
    // Mostly an early begin and a late end, so that most of a script is about a node that runs.
    let init = prop_oneof![2 => Just(0), 1 => 0_usize..40];
    let end = prop_oneof![1 => 0_usize..40, 1 => Just(usize::MAX)];
    (set_up, steps, init, end).prop_map(|(set_up_ms, steps, init, end)| Script {
        set_up_ms,
        steps,
        init,
        end,
    })
}

/// To whom replies go, and to which request.
type Request = (String, i64);

/// What the replies say: their types, and the codes of errors.
type Outcomes = BTreeMap<Request, Vec<String>>;

/// What the reply to a request may say that waits for somebody else.
const ASKED: [&str; 5] = ["ask_ok", "error 0", "error 11", "error 13", "error 14"];

/// Stands among what is due for one of [`ASKED`].
const ANY_OF_ASKED: &str = "asked";

/// What is due to a request, if anything is.
fn due(arrival: &Arrival) -> Option<String> {
    Some(match arrival {
        Arrival::Now(end) => end.outcome("now_ok"),
        Arrival::Later(ms, _) if *ms > 2000 => "error 0".to_owned(),
        Arrival::Later(_, end) => end.outcome("later_ok"),
        Arrival::Brief(ms, _) if *ms > 300 => "error 0".to_owned(),
        Arrival::Brief(_, end) => end.outcome("brief_ok"),
        Arrival::Ask(..) => ANY_OF_ASKED.to_owned(),
        Arrival::Unknown => "error 10".to_owned(),
        Arrival::Misfit { oneway: false } | Arrival::Untyped => "error 12".to_owned(),
        Arrival::Init { same: true } => "init_ok".to_owned(),
        Arrival::Init { same: false } => "error 12".to_owned(),
        Arrival::Hear(_) | Arrival::HearLater(..) | Arrival::Misfit { oneway: true } => {
            return None;
        }
        Arrival::Answer { .. } | Arrival::Stray => return None,
    })
}

/// The body of a request; None for an answer.
fn body(arrival: &Arrival) -> Option<Value> {
    Some(match arrival {
        Arrival::Now(end) => json!({"type": "now", "end": end}),
        Arrival::Later(ms, end) => json!({"type": "later", "ms": ms, "end": end}),
        Arrival::Brief(ms, end) => json!({"type": "brief", "ms": ms, "end": end}),
        Arrival::Ask(retry, end) => json!({"type": "ask", "retry": retry, "end": end}),
        Arrival::Hear(end) => json!({"type": "hear", "end": end}),
        Arrival::HearLater(ms, end) => json!({"type": "hear_later", "ms": ms, "end": end}),
        Arrival::Unknown => json!({"type": "bogus"}),
        Arrival::Misfit { oneway: false } => json!({"type": "later", "ms": "soon", "end": {}}),
        Arrival::Misfit { oneway: true } => json!({"type": "hear", "end": "Never"}),
        Arrival::Untyped => json!({"end": "Return"}),
        Arrival::Init { same } => init(if *same { "n1" } else { "n7" }),
        Arrival::Stray => json!({"type": "now_ok", "in_reply_to": 999_999}),
        Arrival::Answer { .. } => return None,
    })
}

fn init(id: &str) -> Value {
    json!({"type": "init", "node_id": id, "node_ids": ["n1", "n2"]})
}

/// A node, what it was asked, and what came of it.
struct Trial {
    lab: Lab,
    due: Outcomes,
    sent: Outcomes,
    /// The ids of the questions that `n2` was asked.
    questions: Vec<i64>,
}

impl Trial {
    fn deliver(&mut self, src: &str, msg_id: Option<i64>, arrival: &Arrival) {
        match (body(arrival), arrival) {
            (Some(mut body), _) => {
                if let Some(id) = msg_id {
                    body["msg_id"] = id.into();
                    if let Some(outcome) = due(arrival) {
                        let request = (src.to_owned(), id);
                        self.due.entry(request).or_default().push(outcome);
                    }
                }
                self.lab.deliver_from(src, &body.to_string());
            }
            (None, Arrival::Answer { which, ok, times }) if !self.questions.is_empty() => {
                let id = self.questions[which % self.questions.len()];
                let body = match ok {
                    true => json!({"type": "answer", "msg_id": 5, "in_reply_to": id}),
                    false => json!({"type": "error", "in_reply_to": id, "code": 11}),
                };
                for _ in 0..*times {
                    self.lab.deliver_from("n2", &body.to_string());
                }
            }
            _ => {}
        }
    }

    /// Lets time pass, and takes what the node sends.
    fn advance(&mut self, ms: u64) {
        self.lab.advance(Duration::from_millis(ms));
        for (dest, body) in self.lab.sent() {
            let kind = body["type"].as_str().expect("a message has a type");
            match body["in_reply_to"].as_i64() {
                Some(id) => {
                    let outcome = match body["code"].as_i64() {
                        Some(code) => format!("{kind} {code}"),
                        None => kind.to_owned(),
                    };
                    let request = (dest.to_string(), id);
                    self.sent.entry(request).or_default().push(outcome);
                }
                None => {
                    assert_eq!((&*dest, kind), ("n2", "question"));
                    let id = body["msg_id"].as_i64().expect("a question has an id");
                    self.questions.push(id);
                }
            }
        }
    }

    /// Tells the first request whose replies are not those that are due.
    fn verdict(&self) -> Result<(), String> {
        if let Some(request) = self.sent.keys().find(|key| !self.due.contains_key(*key)) {
            let replies = &self.sent[request];
            return Err(format!("{request:?} is not due {replies:?}"));
        }
        for (request, due) in &self.due {
            let mut sent = self.sent.get(request).cloned().unwrap_or_default();
            let wrong = format!("{request:?} is due {due:?}, and was sent {sent:?}");
            let (asked, known): (Vec<_>, Vec<_>) = due.iter().partition(|o| *o == ANY_OF_ASKED);
            for outcome in known {
                let found = sent.iter().position(|sent| sent == outcome);
                sent.remove(found.ok_or_else(|| wrong.clone())?);
            }
            if sent.len() != asked.len() || !sent.iter().all(|o| ASKED.contains(&o.as_str())) {
                return Err(wrong);
            }
        }
        Ok(())
    }
}

fn play(script: &Script) -> Result<(), String> {
    SET_UP_MS.set(script.set_up_ms);
    let mut trial = Trial {
        lab: Lab::new::<Subject>(),
        due: Outcomes::new(),
        sent: Outcomes::new(),
        questions: Vec::new(),
    };
    let mut initialised = false;
    for (index, step) in script.steps.iter().enumerate() {
        trial.advance(step.after_ms);
        if index == script.init {
            trial.deliver("c0", Some(1), &Arrival::Init { same: true });
            initialised = true;
        }
        if index == script.end {
            trial.lab.close();
            break;
        }
        // An `init` before the first would be the first.
        if initialised || !matches!(step.arrival, Arrival::Init { .. }) {
            trial.deliver(step.src, step.msg_id, &step.arrival);
        }
    }
    if !initialised {
        trial.due.clear();
    }
    trial.advance(30_000);
    trial.verdict()?;
    trial.lab.close();
    trial.advance(30_000);
    match trial.lab.has_ended() {
        true => trial.verdict(),
        false => Err("the node goes on after its input".to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn each_request_that_is_due_a_reply_gets_exactly_one(script in script()) {
        if let Err(wrong) = play(&script) {
            return Err(TestCaseError::fail(wrong));
        }
    }
}
