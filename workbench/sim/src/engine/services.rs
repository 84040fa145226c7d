//! Adds the services to the network.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use fastrand::Rng;
use mael::NodeId;
use mael::executor::spawn;
use mael::protocol::Message;
use mael::time::{self, Duration, Instant};
use mael::{Error, ErrorCode};
use mael_history::Value;
use tokio::sync::mpsc;

use super::delivery::draw_within;
use super::{Endpoint, Network};
use crate::Options;
use crate::services::{Fields, NAMES, Reply, Request, Service, all};

/// Requests whose type is unknown to their service. They got no reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnhandledRequests {
    /// The number of requests.
    pub count: u64,
    /// The first request.
    pub first: String,
}

/// Adds all services to the network, in their initial state. In simulation, each request takes a
/// processing delay. Returns the requests that the services don't handle, which are updated as the
/// run proceeds.
pub(crate) fn serve(options: &Options, network: &Rc<Network>) -> Rc<RefCell<UnhandledRequests>> {
    let unhandled_requests = Rc::<RefCell<UnhandledRequests>>::default();
    for (name, state) in ServiceState::all(options, network.processing_delay()) {
        let (replies, outbox) = mpsc::unbounded_channel();
        let station = ServiceEndpoint {
            state: RefCell::new(state),
            last: Cell::default(),
            replies,
            unhandled_requests: Rc::clone(&unhandled_requests),
        };
        network.register(NodeId::from(name), Rc::new(station));
        spawn(send_replies(outbox, Rc::clone(network)));
    }
    unhandled_requests
}

/// Sends replies in order, each at its time.
async fn send_replies(
    mut outbox: mpsc::UnboundedReceiver<(Instant, Message)>,
    network: Rc<Network>,
) {
    while let Some((deadline, reply)) = outbox.recv().await {
        time::sleep_until(deadline).await;
        // The network is empty after the end of the run.
        let _ = network.send(reply);
    }
}

/// A service on the network. A request is applied when it is delivered. In simulation, its reply is
/// sent a little later, but never before the reply to an earlier request.
struct ServiceEndpoint {
    state: RefCell<ServiceState>,
    /// When the latest reply is sent.
    last: Cell<Instant>,
    replies: mpsc::UnboundedSender<(Instant, Message)>,
    unhandled_requests: Rc<RefCell<UnhandledRequests>>,
}

/// The state of a service, which depends only on the seed and on the requests so far.
pub(crate) struct ServiceState {
    service: Box<dyn Service>,
    random: Rng,
    processing_delay: Option<Range<Duration>>,
}

/// The reply to a request.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) message: Message,
    /// How long the request takes, in simulation.
    delay: Duration,
}

impl Endpoint for ServiceEndpoint {
    fn deliver(&self, now: Instant, _: u64, message: &Message) {
        let Some(answer) = self.state.borrow_mut().answer(message) else {
            let mut unhandled_requests = self.unhandled_requests.borrow_mut();
            if unhandled_requests.count == 0 {
                let Message { src, dest, body } = message;
                unhandled_requests.first = format!("{src} -> {dest}: {}", body.get());
            }
            unhandled_requests.count += 1;
            return;
        };
        self.last.set(self.last.get().max(now + answer.delay));
        // The receiver is gone after the end of the run.
        let _ = self.replies.send((self.last.get(), answer.message));
    }
}

impl ServiceState {
    /// Creates all services with their names, in their initial state.
    pub(crate) fn all(
        options: &Options,
        processing_delay: Option<Range<Duration>>,
    ) -> impl Iterator<Item = (&'static str, Self)> {
        let services = NAMES.into_iter().zip(all());
        services.map(move |(name, service)| {
            let state = Self {
                service,
                random: options.random(name),
                processing_delay: processing_delay.clone(),
            };
            (name, state)
        })
    }

    /// Returns the newest value of a key, if it has one.
    pub(crate) fn newest(&self, key: &Value) -> Option<&Value> {
        self.service.newest(key)
    }

    /// Applies a request. Returns `None` if its type is unknown to the service. A request with
    /// fields that can't be stored exactly gets error 12, whereas Maelstrom would store them.
    pub(crate) fn answer(&mut self, message: &Message) -> Option<Answer> {
        let fields = Fields::read(message.body.get()).ok()?;
        let reply = match Request::read(&fields) {
            Ok(request) => self
                .service
                .handle(&message.src, &request?, &mut self.random)?,
            Err(reason) => Reply::Error(Error::new(ErrorCode::MalformedRequest, reason)),
        };
        let delay = self.processing_delay.as_ref();
        let delay = delay.map_or(Duration::ZERO, |delay| draw_within(delay, &mut self.random));
        let message = Message {
            src: message.dest.clone(),
            dest: message.src.clone(),
            body: reply.body(fields.msg_id()),
        };
        Some(Answer {
            reply,
            message,
            delay,
        })
    }
}

#[cfg(test)]
mod tests {
    use mael::executor::Scope;
    use serde_json::value::RawValue;

    use super::*;
    use crate::engine::Nowhere;
    use crate::engine::journal::Journal;
    use crate::simulation::PROCESSING_DELAY;
    use crate::simulation::clock::{Clock, VirtualTime};

    /// Records the received bodies and their times.
    #[derive(Default)]
    struct Inbox(RefCell<Vec<(Duration, String)>>);

    impl Endpoint for Inbox {
        fn deliver(&self, now: Instant, _: u64, message: &Message) {
            let since_start = Duration::from_nanos(now.as_nanos());
            let body = message.body.get().to_owned();
            self.0.borrow_mut().push((since_start, body));
        }
    }

    /// Sends these bodies from n0 to the services at the same time, and returns the replies.
    fn ask(
        options: Options,
        processing_delay: Option<Range<Duration>>,
        requests: &[(&'static str, &'static str)],
    ) -> (Vec<(Duration, String)>, UnhandledRequests) {
        let requests = requests.to_vec();
        let time = Rc::new(VirtualTime::default());
        let scope = Scope::new(Rc::new(Clock::new(&time, Rng::with_seed(0))));
        time.block_on(scope.run(async move {
            let network = Network::new(
                &options,
                processing_delay,
                Journal::new(Rc::new(Nowhere), &options),
            );
            let inbox = Rc::<Inbox>::default();
            network.register(NodeId::from("n0"), Rc::clone(&inbox) as _);
            let unhandled_requests = serve(&options, &network);
            spawn({
                let network = Rc::clone(&network);
                async move { network.run().await }
            });
            for (service, body) in requests {
                let body = RawValue::from_string(body.to_owned()).unwrap();
                let request = Message {
                    src: NodeId::from("n0"),
                    dest: NodeId::from(service),
                    body: body.into(),
                };
                network.send(request).unwrap();
            }
            time::sleep(Duration::from_secs(60)).await;
            (inbox.0.take(), unhandled_requests.take())
        }))
        .unwrap()
    }

    fn bodies(answers: &[(Duration, String)]) -> Vec<&str> {
        answers.iter().map(|(_, body)| &**body).collect()
    }

    #[test]
    fn every_service_answers() {
        let (answers, _) = ask(
            Options::default(),
            None,
            &[
                (
                    "lin-kv",
                    r#"{"type":"write","msg_id":1,"key":"x","value":{"b":[1.0,null]}}"#,
                ),
                ("lin-kv", r#"{"type":"read","msg_id":2,"key":"x"}"#),
                ("lin-tso", r#"{"type":"ts","msg_id":3}"#),
                ("seq-kv", r#"{"type":"read","msg_id":4,"key":"x"}"#),
                ("lww-kv", r#"{"type":"write","key":"x"}"#),
            ],
        );
        let mut bodies = bodies(&answers);
        bodies.sort_unstable();
        assert_eq!(
            bodies,
            [
                r#"{"type":"error","in_reply_to":4,"code":20,"text":"key does not exist"}"#,
                r#"{"type":"read_ok","in_reply_to":2,"value":{"b":[1.0,null]}}"#,
                r#"{"type":"ts_ok","in_reply_to":3,"ts":0}"#,
                r#"{"type":"write_ok","in_reply_to":1}"#,
                r#"{"type":"write_ok","in_reply_to":null}"#,
            ]
        );
    }

    #[test]
    fn a_request_and_its_reply_are_both_delayed() {
        let options = Options {
            latency: 100,
            ..Options::default()
        };
        let (answers, _) = ask(options, None, &[("lin-tso", r#"{"type":"ts","msg_id":1}"#)]);
        assert_eq!(answers[0].0, Duration::from_millis(200));
    }

    #[test]
    fn in_simulation_requests_take_time_and_replies_are_in_order() {
        let request = ("lin-tso", r#"{"type":"ts"}"#);
        let (answers, _) = ask(Options::default(), Some(PROCESSING_DELAY), &[request; 200]);
        let expected: Vec<String> = (0..200)
            .map(|ts| format!(r#"{{"type":"ts_ok","in_reply_to":null,"ts":{ts}}}"#))
            .collect();
        assert_eq!(bodies(&answers), expected);
        // The delivery of the request, its processing, and the delivery of the reply.
        assert!(answers[0].0 >= 3 * PROCESSING_DELAY.start);
        assert!(answers[199].0 > 2 * PROCESSING_DELAY.end);
    }

    #[test]
    fn a_request_of_unknown_type_gets_no_reply() {
        let (answers, unhandled_requests) = ask(
            Options::default(),
            None,
            &[
                ("lin-kv", r#"{"type":"ts","msg_id":1}"#),
                ("lin-tso", r#"{"type":"read","msg_id":2,"key":1}"#),
                ("seq-kv", r#"{"type":"delete","msg_id":3,"key":1}"#),
            ],
        );
        assert_eq!(answers, []);
        assert_eq!(unhandled_requests.count, 3);
        assert_eq!(
            unhandled_requests.first,
            r#"n0 -> lin-kv: {"type":"ts","msg_id":1}"#
        );
    }

    #[test]
    fn a_value_that_cannot_be_stored_exactly_is_rejected() {
        let (answers, _) = ask(
            Options::default(),
            None,
            &[("lin-kv", r#"{"type":"read","msg_id":1,"key":1e999}"#)],
        );
        let error = r#""code":12,"text":"`key`: number out of range"#;
        assert!(answers[0].1.contains(error), "{}", answers[0].1);
    }
}
