//! Pictures of anomalies, in the results of the checkers.

use std::time::Duration;

use mael_checkers::{Verdict, elle, independent, kafka, linearizable, set_full};
use mael_history::{History, Value};
use mael_pictures::{AnomalyPicture, Messages, Run, anomaly_pictures, lost_element};
use roxmltree::{Document, Node};

use crate::drawn::{history, near, number, points, tick, with_class};

/// Draws the anomalies of a verdict on a history of the nodes n1, n2 and n3.
fn draw(history: &History, verdict: Verdict, journal: &str) -> Vec<AnomalyPicture> {
    let results = Value::map([("workload", verdict.results)]);
    let explanations = verdict
        .explanation
        .into_iter()
        .map(|text| ("workload", text));
    let explanations: Vec<_> = explanations.collect();
    let nodes = ["n1", "n2", "n3"].map(str::to_owned);
    let run = Run::new("test", history, &results, &nodes, 3);
    let read = |element| Messages::carrying(element, journal.as_bytes(), Duration::ZERO);
    let carriers = lost_element(&run).map(|element| read(element).unwrap());
    anomaly_pictures(&run, &explanations, &carriers.unwrap_or_default())
}

/// Returns the texts of an element and of all that it contains.
fn texts<'a>(node: Node<'a, 'a>) -> Vec<&'a str> {
    let texts = node.descendants().filter(|it| it.has_tag_name("text"));
    texts.filter_map(|it| it.text()).collect()
}

#[test]
fn a_cycle_of_two_transactions_has_tables_and_edges() {
    let history = history(&[
        "{:process 0, :time 1, :type :invoke, :f :txn, :value [[:append 1 1] [:r 2 nil]]}",
        "{:process 1, :time 2, :type :invoke, :f :txn, :value [[:append 2 1] [:r 1 nil]]}",
        "{:process 0, :time 3, :type :ok, :f :txn, :value [[:append 1 1] [:r 2 [1]]]}",
        "{:process 1, :time 4, :type :ok, :f :txn, :value [[:append 2 1] [:r 1 [1]]]}",
    ]);
    let models = ["serializable".to_owned()];
    let verdict = elle::list_append::check(&history, &models);
    let pictures = draw(&history, verdict, "");
    let [picture] = &*pictures else {
        panic!("{} pictures", pictures.len());
    };
    assert_eq!(picture.name, "G1c");
    let svg = Document::parse(&picture.svg).unwrap();
    let tables = with_class(&svg, "transaction");
    let boxes = with_class(&svg, "box").into_iter();
    let [first, second]: [[f64; 2]; 2] = boxes
        .map(|it| [number(it, "y"), number(it, "y") + number(it, "height")])
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert!(texts(tables[0])[0].starts_with("T1: operation "));
    assert!(texts(tables[1]).contains(&"r 1 [1]") || texts(tables[0]).contains(&"r 1 [1]"));
    // Both micro-operations of both transactions are part of the cycle.
    assert_eq!(with_class(&svg, "concerned").len(), 4);
    let edges = with_class(&svg, "edge").into_iter();
    let edges: Vec<_> = edges.map(|it| points(it.attribute("d").unwrap())).collect();
    let [down, back] = &*edges else {
        panic!("{} edges", edges.len());
    };
    assert!(near(down[0][1] - 2.0, first[1]) && near(down[1][1] + 2.0, second[0]));
    let (from, to) = (back[0][1], back.last().unwrap()[1]);
    assert!(second[0] < from && from < second[1] && first[0] < to && to < first[1]);
    let explained = with_class(&svg, "explanation");
    assert!(texts(explained[0])[0].starts_with("wr: T2 read 1 of key"));
}

#[test]
fn the_operation_that_is_not_linearizable_is_marked_among_its_neighbours() {
    let history = history(&[
        "{:process 0, :time 1000, :type :invoke, :f :write, :value [7 1]}",
        "{:process 0, :time 2000, :type :ok, :f :write, :value [7 1]}",
        "{:process 1, :time 3000, :type :invoke, :f :write, :value [7 2]}",
        "{:process 1, :time 4000, :type :ok, :f :write, :value [7 2]}",
        "{:process 2, :time 5000, :type :invoke, :f :read, :value [7 nil]}",
        "{:process 2, :time 6000, :type :ok, :f :read, :value [7 1]}",
        "{:process 2, :time 7000, :type :invoke, :f :read, :value [8 nil]}",
        "{:process 2, :time 8000, :type :ok, :f :read, :value [8 nil]}",
    ]);
    let verdict = independent::check(&history, "linear", |history| {
        linearizable::check(&linearizable::CasRegister, history)
    });
    let pictures = draw(&history, verdict, "");
    assert_eq!(pictures[0].name, "key 7");
    let svg = Document::parse(&pictures[0].svg).unwrap();
    let bars = with_class(&svg, "bar");
    assert_eq!(bars.len(), 3, "the other key is not shown");
    let tick = |label: &str| {
        let ticks = with_class(&svg, "tick");
        let tick = ticks.iter().find(|it| texts(**it)[0] == label);
        tick.map_or(f64::NAN, |it| number(*it, "x"))
    };
    let failed = with_class(&svg, "failed")[0];
    assert!(near(number(failed, "x"), tick("5 s")));
    assert!(near(
        number(failed, "x") + number(failed, "width"),
        tick("6 s")
    ));
    let texts = texts(svg.root_element());
    assert!(texts.contains(&"Just before it returned, the state could be {:value 2}."));
    assert!(
        texts.contains(&"But: can't read 1 from register 2"),
        "{texts:?}"
    );
}

#[test]
fn an_operation_that_failed_is_shown_if_its_value_was_read() {
    let history = history(&[
        "{:process 0, :time 1000, :type :invoke, :f :write, :value [7 1]}",
        "{:process 0, :time 2000, :type :ok, :f :write, :value [7 1]}",
        "{:process 1, :time 3000, :type :invoke, :f :cas, :value [7 [1 2]]}",
        "{:process 1, :time 4000, :type :fail, :f :cas, :value [7 [1 2]]}",
        "{:process 1, :time 4100, :type :invoke, :f :cas, :value [7 [1 3]]}",
        "{:process 1, :time 4200, :type :fail, :f :cas, :value [7 [1 3]]}",
        "{:process 2, :time 5000, :type :invoke, :f :read, :value [7 nil]}",
        "{:process 2, :time 6000, :type :ok, :f :read, :value [7 2]}",
    ]);
    let verdict = independent::check(&history, "linear", |history| {
        linearizable::check(&linearizable::CasRegister, history)
    });
    let pictures = draw(&history, verdict, "");
    let svg = Document::parse(&pictures[0].svg).unwrap();
    let failed = with_class(&svg, "without-effect");
    let [failed] = &*failed else {
        panic!("{} operations that failed", failed.len());
    };
    let ticks = ["3 s", "4 s"].map(|label| tick(&svg, label));
    assert!(near(number(*failed, "x"), ticks[0]));
    assert!(near(number(*failed, "width"), ticks[1] - ticks[0]));
    assert!(texts(svg.root_element()).contains(&"cas [1 2] (failed)"));
}

#[test]
fn a_lost_message_of_a_log_is_marked_at_its_offset() {
    let mut lines = Vec::new();
    for (time, offset) in [(0, 0), (10, 1), (20, 2)] {
        let value = offset + 100;
        lines.push(format!(
            "{{:process 0, :time {time}, :type :invoke, :f :send, :value [[:send \"k\" {value}]]}}
             {{:process 0, :time {}, :type :ok, :f :send, :value [[:send \"k\" [{offset} {value}]]]}}",
            time + 1
        ));
    }
    lines.push(
        "{:process 1, :time 30, :type :invoke, :f :poll, :value [[:poll]]}
         {:process 1, :time 31, :type :ok, :f :poll, :value [[:poll {\"k\" [[0 100] [2 102]]}]]}"
            .to_owned(),
    );
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let history = history(&lines);
    let verdict = kafka::check(&history, kafka::SubVia::Assign);
    let pictures = draw(&history, verdict, "");
    let picture = pictures.iter().find(|it| it.name == "lost-write").unwrap();
    let svg = Document::parse(&picture.svg).unwrap();
    let marked = with_class(&svg, "concerned");
    let offsets = with_class(&svg, "offset");
    let offset = offsets.iter().find(|it| it.text() == Some("1")).unwrap();
    let middle = number(marked[0], "x") + number(marked[0], "width") / 2.0;
    assert!(near(middle, number(*offset, "x")));
    assert_eq!(marked.len(), 1);
    // The poll has cells at the offsets 0 and 2, and passes over 1.
    let cells = with_class(&svg, "cell");
    assert_eq!(cells.len(), 5);
}

#[test]
fn the_spread_of_an_element_that_was_never_sent_covers_a_millisecond() {
    let history = history(&[
        "{:process 0, :time 1000, :type :invoke, :f :broadcast, :value 5}",
        "{:process 0, :time 1001, :type :ok, :f :broadcast, :value 5}",
        "{:process 1, :time 5000, :type :invoke, :f :read, :value nil}",
        "{:process 1, :time 5001, :type :ok, :f :read, :value []}",
    ]);
    let verdict = set_full::check(&history, "broadcast");
    let pictures = draw(&history, verdict, "");
    let svg = Document::parse(&pictures[0].svg).unwrap();
    assert!(tick(&svg, "1.001 s") > tick(&svg, "1 s") + 100.0);
    let acknowledged = with_class(&svg, "dim")[0];
    let text = acknowledged.text().unwrap();
    assert!(text.starts_with("n1 acknowledged it at 1.001 s."), "{text}");
}

#[test]
fn the_spread_of_a_lost_element_shows_who_never_got_it() {
    let history = history(&[
        "{:process 0, :time 1000, :type :invoke, :f :broadcast, :value 5}",
        "{:process 0, :time 1001, :type :ok, :f :broadcast, :value 5}",
        "{:process 1, :time 5000, :type :invoke, :f :read, :value nil}",
        "{:process 1, :time 5001, :type :ok, :f :read, :value [5]}",
        "{:process 2, :time 6000, :type :invoke, :f :read, :value nil}",
        "{:process 2, :time 6001, :type :ok, :f :read, :value []}",
    ]);
    let line = |event: &str, time: u64, id: u64, dest: &str, body: &str| {
        format!(
            "{{\"id\":0,\"time\":{time}000000,\"type\":\"{event}\",\"message\":{{\"id\":{id},\
             \"src\":\"n1\",\"dest\":\"{dest}\",\"body\":{body}}}}}\n"
        )
    };
    let body = r#"{"type":"gossip","messages":[3,5],"msg_id":1}"#;
    let other = r#"{"type":"gossip","messages":[15],"msg_id":5}"#;
    let journal = [
        line("send", 1010, 0, "n2", body),
        line("send", 1020, 1, "n3", body),
        line("send", 1030, 2, "n3", other),
        line("recv", 1040, 2, "n3", other),
        line("recv", 1100, 0, "n2", body),
    ];
    let verdict = set_full::check(&history, "broadcast");
    let pictures = draw(&history, verdict, &journal.concat());
    let svg = Document::parse(&pictures[0].svg).unwrap();
    let lane = |name: &str| {
        let lanes = with_class(&svg, "lane");
        let lane = lanes.iter().find(|lane| lane.text() == Some(name));
        number(*lane.unwrap(), "y") - 4.0
    };
    let arrivals = with_class(&svg, "arrival").into_iter();
    let arrivals: Vec<_> = arrivals
        .map(|it| points(it.attribute("d").unwrap())[0])
        .collect();
    assert_eq!(arrivals.len(), 2);
    assert!(near(arrivals[0][1], lane("n1")) && near(arrivals[1][1], lane("n2")));
    let missing = with_class(&svg, "missing");
    assert_eq!(missing[0].text(), Some("lacks it: never arrived"));
    assert!(near(number(missing[0], "y") - 4.0, lane("n3")));
    // One message arrives and one does not; the third does not carry the element.
    assert_eq!(with_class(&svg, "msg").len(), 2);
    assert_eq!(with_class(&svg, "lost").len(), 2);
}
