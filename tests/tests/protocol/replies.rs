//! Tests that a node sends exactly one reply to each request that expects one, and none otherwise,
//! for messages in any order. Random schedules are run against a node in memory with a manual
//! clock.

use std::time::Duration;

use mael::prelude::*;
use mael::time::sleep;
use mael::{Call, Net};
use mael_tests::Lab;
use proptest::prelude::*;
use serde_json::{Value, json};

thread_local! {
    /// The duration of the node's `#[init]` method. Each test runs on its own thread.
    static ON_INIT_MS: Cell<u64> = const { Cell::new(0) };
}

/// A node with a handler for each way of replying or not replying.
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
    fn finish(self) -> mael::Result<()> {
        match self {
            Self::Return => Ok(()),
            Self::Fail => Err(Error::new(ErrorCode::Abort, "as requested")),
            Self::Panic => panic!("as requested"),
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
    async fn on_init(&self) {
        sleep(Duration::from_millis(ON_INIT_MS.get())).await;
    }

    #[handler(type = "now")]
    fn now(&self, end: End) -> mael::Result<()> {
        end.finish()
    }

    #[handler(type = "later")]
    async fn later(&self, ms: u64, end: End) -> mael::Result<()> {
        sleep(Duration::from_millis(ms)).await;
        end.finish()
    }

    #[handler(type = "brief", deadline_ms = 300)]
    async fn brief(&self, ms: u64, end: End) -> mael::Result<()> {
        sleep(Duration::from_millis(ms)).await;
        end.finish()
    }

    #[handler(type = "ask")]
    async fn ask(&self, retry: bool, end: End) -> mael::Result<()> {
        let call: Call<_, mael::call::Whole<Value>> = self.net.rpc("n2", "question", ());
        if retry {
            call.retry().await?;
        } else {
            call.await?;
        }
        end.finish()
    }

    #[handler(type = "oneway_now", oneway)]
    fn oneway_now(&self, end: End) -> mael::Result<()> {
        end.finish()
    }

    #[handler(type = "oneway_later", oneway)]
    async fn oneway_later(&self, ms: u64, end: End) -> mael::Result<()> {
        sleep(Duration::from_millis(ms)).await;
        end.finish()
    }
}

/// A message that arrives at the node.
#[derive(Clone, Debug)]
enum Arrival {
    Now(End),
    Later(u64, End),
    Brief(u64, End),
    Ask(bool, End),
    OnewayNow(End),
    OnewayLater(u64, End),
    /// A request of an unknown type.
    Unknown,
    /// A request with invalid fields, for a oneway handler or another one.
    Invalid {
        oneway: bool,
    },
    /// A request without a type.
    Untyped,
    /// A second `init`, with the same ids or with different ones.
    Init {
        same: bool,
    },
    /// A reply of `n2` to one of the requests it has received, if there is one, delivered `times`
    /// times.
    Reply {
        which: usize,
        ok: bool,
        times: u8,
    },
    /// A reply to an unknown request.
    Stray,
}

#[derive(Clone, Debug)]
struct Step {
    /// The time since the previous step.
    after_ms: u64,
    src: &'static str,
    msg_id: Option<i64>,
    arrival: Arrival,
}

#[derive(Clone, Debug)]
struct Schedule {
    on_init_ms: u64,
    steps: Vec<Step>,
    /// The step before which the first `init` arrives. It never arrives if there is no such step.
    init: usize,
    /// The step before which the input ends. It ends after all steps if there is no such step.
    end: usize,
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Return), Just(End::Fail), Just(End::Panic)]
}

/// Some values exceed one of the deadlines, but none equals a deadline.
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
        1 => end().prop_map(Arrival::OnewayNow),
        1 => (millis(), end()).prop_map(|(ms, end)| Arrival::OnewayLater(ms, end)),
        1 => Just(Arrival::Unknown),
        1 => any::<bool>().prop_map(|oneway| Arrival::Invalid { oneway }),
        1 => Just(Arrival::Untyped),
        1 => any::<bool>().prop_map(|same| Arrival::Init { same }),
        4 => answer.prop_map(|(which, ok, times)| Arrival::Reply { which, ok, times }),
        1 => Just(Arrival::Stray),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let after = prop_oneof![Just(0), 1_u64..50, 50_u64..900];
    let src = prop::sample::select(vec!["c1", "c2", "n3"]);
    // Few ids, so that many are reused.
    let msg_id = prop::option::weighted(0.85, 0_i64..4);
    (after, src, msg_id, arrival()).prop_map(|(after_ms, src, msg_id, arrival)| Step {
        after_ms,
        src,
        msg_id,
        arrival,
    })
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let steps = prop::collection::vec(step(), 1..40);
    let on_init = prop_oneof![3 => Just(0_u64), 1 => 1_u64..1500];
    // Usually an early `init` and a late end, so that the node is running during most steps.
    let init = prop_oneof![2 => Just(0), 1 => 0_usize..40];
    let end = prop_oneof![1 => 0_usize..40, 1 => Just(usize::MAX)];
    (on_init, steps, init, end).prop_map(|(on_init_ms, steps, init, end)| Schedule {
        on_init_ms,
        steps,
        init,
        end,
    })
}

/// A request, identified by its sender and id.
type Request = (String, i64);

/// The types of the replies to each request, with the codes of errors.
type Outcomes = BTreeMap<Request, Vec<String>>;

/// The possible replies to a request whose handler waits for another node.
const CALL_REPLIES: [&str; 5] = ["ask_ok", "error 0", "error 11", "error 13", "error 14"];

/// Marks an expected reply that may be any of [`CALL_REPLIES`].
const ANY_CALL_REPLY: &str = "asked";

/// Returns the expected reply to a request, if there is one.
fn expected(arrival: &Arrival) -> Option<String> {
    Some(match arrival {
        Arrival::Now(end) => end.outcome("now_ok"),
        Arrival::Later(ms, _) if *ms > 2000 => "error 0".to_owned(),
        Arrival::Later(_, end) => end.outcome("later_ok"),
        Arrival::Brief(ms, _) if *ms > 300 => "error 0".to_owned(),
        Arrival::Brief(_, end) => end.outcome("brief_ok"),
        Arrival::Ask(..) => ANY_CALL_REPLY.to_owned(),
        Arrival::Unknown => "error 10".to_owned(),
        Arrival::Invalid { oneway: false } | Arrival::Untyped => "error 12".to_owned(),
        Arrival::Init { same: true } => "init_ok".to_owned(),
        Arrival::Init { same: false } => "error 12".to_owned(),
        Arrival::OnewayNow(_) | Arrival::OnewayLater(..) | Arrival::Invalid { oneway: true } => {
            return None;
        }
        Arrival::Reply { .. } | Arrival::Stray => return None,
    })
}

/// Returns the body of a request, or `None` for a reply of `n2`.
fn body(arrival: &Arrival) -> Option<Value> {
    Some(match arrival {
        Arrival::Now(end) => json!({"type": "now", "end": end}),
        Arrival::Later(ms, end) => json!({"type": "later", "ms": ms, "end": end}),
        Arrival::Brief(ms, end) => json!({"type": "brief", "ms": ms, "end": end}),
        Arrival::Ask(retry, end) => json!({"type": "ask", "retry": retry, "end": end}),
        Arrival::OnewayNow(end) => json!({"type": "oneway_now", "end": end}),
        Arrival::OnewayLater(ms, end) => json!({"type": "oneway_later", "ms": ms, "end": end}),
        Arrival::Unknown => json!({"type": "bogus"}),
        Arrival::Invalid { oneway: false } => json!({"type": "later", "ms": "soon", "end": {}}),
        Arrival::Invalid { oneway: true } => json!({"type": "oneway_now", "end": "Never"}),
        Arrival::Untyped => json!({"end": "Return"}),
        Arrival::Init { same } => init(if *same { "n1" } else { "n7" }),
        Arrival::Stray => json!({"type": "now_ok", "in_reply_to": 999_999}),
        Arrival::Reply { .. } => return None,
    })
}

fn init(id: &str) -> Value {
    json!({"type": "init", "node_id": id, "node_ids": ["n1", "n2"]})
}

/// A node, the replies that are expected of it, and those that it has sent.
struct Trial {
    lab: Lab,
    expected: Outcomes,
    sent: Outcomes,
    /// The ids of the requests that `n2` has received.
    questions: Vec<i64>,
}

impl Trial {
    fn deliver(&mut self, src: &str, msg_id: Option<i64>, arrival: &Arrival) {
        match (body(arrival), arrival) {
            (Some(mut body), _) => {
                if let Some(id) = msg_id {
                    body["msg_id"] = id.into();
                    if let Some(outcome) = expected(arrival) {
                        let request = (src.to_owned(), id);
                        self.expected.entry(request).or_default().push(outcome);
                    }
                }
                self.lab.deliver_from(src, &body.to_string());
            }
            (None, Arrival::Reply { which, ok, times }) if !self.questions.is_empty() => {
                let id = self.questions[which % self.questions.len()];
                let body = if *ok {
                    json!({"type": "answer", "msg_id": 5, "in_reply_to": id})
                } else {
                    json!({"type": "error", "in_reply_to": id, "code": 11})
                };
                for _ in 0..*times {
                    self.lab.deliver_from("n2", &body.to_string());
                }
            }
            _ => {}
        }
    }

    /// Advances the clock and records the messages that the node sends.
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
                    let id = body["msg_id"].as_i64().expect("a request has an ID");
                    self.questions.push(id);
                }
            }
        }
    }

    /// Returns an error for the first request whose replies are not the expected ones.
    fn verdict(&self) -> Result<(), String> {
        if let Some(request) = self
            .sent
            .keys()
            .find(|key| !self.expected.contains_key(*key))
        {
            let replies = &self.sent[request];
            return Err(format!("unexpected replies to {request:?}: {replies:?}"));
        }
        for (request, expected) in &self.expected {
            let mut sent = self.sent.get(request).cloned().unwrap_or_default();
            let error = format!("{request:?}: expected {expected:?}, got {sent:?}");
            let (asked, known): (Vec<_>, Vec<_>) =
                expected.iter().partition(|o| *o == ANY_CALL_REPLY);
            for outcome in known {
                let found = sent.iter().position(|sent| sent == outcome);
                sent.remove(found.ok_or_else(|| error.clone())?);
            }
            if sent.len() != asked.len() || !sent.iter().all(|o| CALL_REPLIES.contains(&o.as_str()))
            {
                return Err(error);
            }
        }
        Ok(())
    }
}

fn run_schedule(schedule: &Schedule) -> Result<(), String> {
    ON_INIT_MS.set(schedule.on_init_ms);
    let mut trial = Trial {
        lab: Lab::new::<Subject>(),
        expected: Outcomes::new(),
        sent: Outcomes::new(),
        questions: Vec::new(),
    };
    let mut initialized = false;
    for (index, step) in schedule.steps.iter().enumerate() {
        trial.advance(step.after_ms);
        if index == schedule.init {
            trial.deliver("c0", Some(1), &Arrival::Init { same: true });
            initialized = true;
        }
        if index == schedule.end {
            trial.lab.close();
            break;
        }
        // Skip any other `init` until the first one is delivered.
        if initialized || !matches!(step.arrival, Arrival::Init { .. }) {
            trial.deliver(step.src, step.msg_id, &step.arrival);
        }
    }
    if !initialized {
        trial.expected.clear();
    }
    trial.advance(30_000);
    trial.verdict()?;
    trial.lab.close();
    trial.advance(30_000);
    if trial.lab.has_ended() {
        trial.verdict()
    } else {
        Err("the node keeps running after the end of its input".to_owned())
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn each_request_that_expects_a_reply_gets_exactly_one(schedule in schedule()) {
        if let Err(error) = run_schedule(&schedule) {
            return Err(TestCaseError::fail(error));
        }
    }
}
