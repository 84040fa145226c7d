//! Histories whose operations are requests and replies of declared types.

use mael_history::Kind::{Fail, Info, Invoke, Ok};
use mael_history::Validity;
use mael_sim::declared::{Findings, Outcome, Source, Typed, Verdict};
use mael_sim::engine::Invocation;
use mael_sim::workloads::{Workload, with_flags};
use mael_sim::{Options, operations, workload};

use super::{edn, judge, read};

/// Counters by name.
#[workload(name = "counting")]
struct Counters {
    /// The largest number.
    #[arg(long, default_value_t = 3)]
    most: u64,
    prefix: String,
}

#[operations]
impl Counters {
    #[operation(type = "add", value = "[name, by]")]
    fn add(&self, #[draw(["a", "b"])] name: String, #[draw(1..=self.most)] by: u64);

    #[operation(type = "swap", reply("first", "second"), weight = 0)]
    fn swap(&self, #[draw(["a"])] first: String, #[draw(Self::other)] second: String)
    -> (u64, u64);

    #[operation(type = "read", reply = "value", read_only, finally)]
    fn read(&self, #[draw(["a", "b"])] name: String) -> u64;

    #[check]
    fn not_too_many(&self, history: &Typed<Self>) -> Verdict {
        let mut findings = Findings::default();
        for call in history {
            if let Some(CountersReply::ReadOk { value }) = call.reply()
                && *value > self.most
            {
                findings.add("too-many", format!("{call} is more than {}", self.most));
            }
        }
        findings.into_verdict()
    }

    #[check]
    fn something_is_read(&self, history: &Typed<Self>) -> Verdict {
        let mut findings = Findings::default();
        if !history
            .iter()
            .any(|call| matches!(call.request, CountersRequest::Read { .. }))
        {
            findings.add("unread", "nothing is read");
        }
        findings.into_verdict()
    }

    fn other(source: &mut Source<'_>) -> String {
        format!("b{}", source.unique())
    }
}

#[test]
fn calls_have_requests_and_outcomes() {
    let history = read(&[
        (0, Invoke, "add", "[\"a\" 2]"),
        (1, Invoke, "swap", "{:first \"a\", :second \"b\"}"),
        (1, Ok, "swap", "{:first 4, :second 5}"),
        (0, Info, "add", "[\"a\" 2]"),
        (2, Invoke, "read", "\"a\""),
        (2, Fail, "read", "[:abort \"not now\"]"),
    ]);
    let typed = Typed::new(&Counters::default(), &history).unwrap();
    let add = CountersRequest::Add {
        name: "a".to_owned(),
        by: 2,
    };
    assert_eq!(
        (&typed[0].request, &typed[0].outcome),
        (&add, &Outcome::Unknown)
    );
    let swapped = CountersReply::SwapOk {
        first: 4,
        second: 5,
    };
    assert_eq!(typed[1].reply(), Some(&swapped));
    assert!(matches!(&typed[2].outcome, Outcome::Failed(error) if error.text == "not now"));
    assert!(typed[1].precedes(&typed[2]) && !typed[0].precedes(&typed[2]));
    assert_eq!(
        typed[1].to_string(),
        "swap {:first 4, :second 5} of operation 2 (process 1, 0.000 s)"
    );
}

#[test]
fn the_worst_check_decides_and_names_the_anomaly() {
    let read = |value| vec![(0, Invoke, "read", "\"a\""), (0, Ok, "read", value)];
    for (history, valid, anomaly) in [
        (read("3"), Validity::True, None),
        (read("4"), Validity::False, Some("too-many")),
        (vec![], Validity::False, Some("unread")),
    ] {
        let verdict = judge(&Counters::default(), &history);
        assert_eq!(verdict.valid, valid);
        let anomalies: Vec<String> = verdict.anomalies("unnamed").into_iter().collect();
        assert_eq!(anomalies.first().map(String::as_str), anomaly);
    }
}

#[test]
fn a_history_with_other_operations_is_not_understood() {
    for line in [
        (0, Invoke, "clear", "nil"),
        (0, Invoke, "add", "[\"a\"]"),
        (0, Invoke, "add", "[\"a\" -1]"),
        (0, Invoke, "swap", "[1 2]"),
    ] {
        let verdict = judge(&Counters::default(), &[line]);
        assert_eq!(verdict.valid, Validity::Unknown, "{line:?}");
        assert!(
            verdict.explanation[0].contains("can't be judged"),
            "{line:?}"
        );
    }
}

#[test]
fn operations_are_drawn_in_their_form() {
    let counters = Counters::default();
    let mut random = fastrand::Rng::with_seed(0);
    let mut generator = counters.generator(&Options::default());
    let drawn: Vec<_> = (0..100)
        .map(|_| generator.next(&[0], &mut random))
        .collect();
    let names: std::collections::BTreeSet<String> =
        drawn.iter().map(|it| format!("{it:?}")).collect();
    assert!(names.len() > 5, "{names:?}");
    for (f, value, supported) in [
        ("add", "[\"a\" 1]", true),
        ("add", "{:name \"a\", :by 1}", false),
        ("swap", "{:first \"a\", :second \"b\"}", true),
        ("read", "\"b\"", true),
        ("read", "nil", false),
    ] {
        let invocation = Invocation::new(f, edn(value));
        assert_eq!(counters.supports(&invocation), supported, "{f} {value}");
    }
}

#[test]
fn fields_are_flags() {
    let flags = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        with_flags::<Counters>(&pairs.collect())
    };
    let counters = flags(&[("most", "7"), ("prefix", "x")]).unwrap();
    assert_eq!((counters.most, counters.prefix.as_str()), (7, "x"));
    assert_eq!(
        flags(&[("most", "many")]).unwrap_err(),
        "invalid value \"many\" for --most of counting: invalid digit found in string"
    );
    assert_eq!(
        flags(&[("least", "1")]).unwrap_err(),
        "the workload counting has no flag --least, but --most, --prefix"
    );
    assert_eq!(Workload::name(&Counters::default()), "counting");
}
