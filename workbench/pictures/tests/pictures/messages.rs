//! Lamport diagrams.

use std::fmt::Write;
use std::time::Duration;

use mael_history::{History, Value};
use mael_pictures::{Messages, Page, Pages, Run, messages, minimal_run};
use roxmltree::{Document, Node};

use crate::drawn::{history, near, number, points, start, with_class};

/// A journal, whose clock starts a second before that of the history.
#[derive(Default)]
struct Journal {
    text: String,
    count: usize,
}

impl Journal {
    /// Adds a message sent at this millisecond of the history, which arrives at others.
    fn message(&mut self, [src, dest]: [&str; 2], sent: u64, arrivals: &[u64], body: &str) {
        let id = self.count;
        self.count += 1;
        let events = arrivals.iter().map(|time| ("recv", time));
        for (event, time) in std::iter::once(("send", &sent)).chain(events) {
            let time = (time + 1000) * 1_000_000;
            writeln!(
                self.text,
                "{{\"id\":0,\"time\":{time},\"type\":\"{event}\",\"message\":{{\"id\":{id},\
                 \"src\":\"{src}\",\"dest\":\"{dest}\",\"body\":{body}}}}}"
            )
            .unwrap();
        }
    }

    /// Creates a journal that begins with messages a millisecond apart. The times of later messages
    /// have labels, since they are far apart in comparison.
    fn with_ticks() -> Self {
        let mut journal = Self::default();
        for time in 0..20 {
            journal.message(["n2", "lin-kv"], time, &[time], r#"{"type":"tick"}"#);
        }
        journal
    }

    /// Draws the pages of the diagram.
    fn draw(&self, history: &History, results: &Value) -> (Vec<(Page, String)>, Page) {
        self.draw_since(f64::NEG_INFINITY, history, results)
    }

    /// Draws the pages of the messages sent at or after a time.
    fn draw_since(
        &self,
        first: f64,
        history: &History,
        results: &Value,
    ) -> (Vec<(Page, String)>, Page) {
        let nodes = ["n1", "n2", "n3"].map(str::to_owned);
        let run = Run::new("kv", history, results, &nodes, 1);
        let journal = self.text.as_bytes();
        let mut read = Messages::read(journal, Duration::from_secs(1)).unwrap();
        read = read.since(first);
        let pages = Pages::new(&run, &mut read, journal).unwrap();
        let svg = |page: Page| {
            let svg = messages(&run, &read, &page);
            (page, svg)
        };
        (pages.iter().map(svg).collect(), pages.opened())
    }

    /// Draws the only page of the diagram.
    fn draw_all(&self, history: &History) -> String {
        let (pages, _) = self.draw(history, &Value::Nil);
        let [(_, svg)] = <[_; 1]>::try_from(pages).unwrap();
        svg
    }
}

#[test]
fn messages_before_a_time_are_left_out_with_the_lanes_of_their_clients() {
    let mut journal = Journal::default();
    journal.message(["c0", "n1"], 0, &[1], r#"{"type":"init"}"#);
    journal.message(["c7", "n1"], 5, &[6], r#"{"type":"read"}"#);
    let (pages, _) = journal.draw_since(0.005, &History::default(), &Value::Nil);
    let [(_, svg)] = <[_; 1]>::try_from(pages).unwrap();
    let svg = Document::parse(&svg).unwrap();
    let lanes = with_class(&svg, "lane");
    let lanes: Vec<_> = lanes.iter().filter_map(|lane| lane.text()).collect();
    assert_eq!(lanes, ["c7", "n1", "n2", "n3"]);
    let shown: Vec<String> = with_class(&svg, "client")
        .into_iter()
        .filter_map(|message| message.children().find(|it| it.has_tag_name("title")))
        .filter_map(|title| title.text().map(str::to_owned))
        .collect();
    assert_eq!(shown.len(), 1);
    assert!(
        shown[0].starts_with("c7 → n1, sent at 0.005000 s"),
        "{shown:?}"
    );
}

/// Returns the position of the lane of a node, a client or a service.
fn lane(svg: &Document<'_>, name: &str) -> f64 {
    let lanes = with_class(svg, "lane");
    let lane = lanes.iter().find(|lane| lane.text() == Some(name)).unwrap();
    number(*lane, "x")
}

/// Returns the position of a time that has a label.
fn time(svg: &Document<'_>, label: &str) -> f64 {
    let times = with_class(svg, "time");
    let time = times
        .iter()
        .find(|time| time.text() == Some(label))
        .unwrap();
    // The text is below the position.
    number(*time, "y") - 3.0
}

/// Returns the text that is shown when the pointer is on an element.
fn hover(node: Node<'_, '_>) -> String {
    let group = node.parent().unwrap();
    let title = group.children().find(|child| child.has_tag_name("title"));
    title.and_then(|title| title.text()).unwrap().to_owned()
}

fn end(path: Node<'_, '_>) -> [f64; 2] {
    points(path.attribute("d").unwrap())[1]
}

#[test]
fn a_lost_message_is_marked_on_its_way_at_its_time() {
    let mut journal = Journal::with_ticks();
    journal.message(["n1", "n2"], 1000, &[1010], r#"{"type":"gossip"}"#);
    journal.message(["n1", "n3"], 2100, &[], r#"{"type":"append","term":7}"#);
    journal.message(["n1", "n3"], 3000, &[3010], r#"{"type":"gossip"}"#);
    let svg = journal.draw_all(&History::default());
    let svg = Document::parse(&svg).unwrap();
    let lost = with_class(&svg, "ghost");
    assert_eq!(lost.len(), 1);
    let [x, y] = start(lost[0]);
    assert!(near(x, lane(&svg, "n1")) && near(y, time(&svg, "2.1000 s")));
    assert!(near(end(lost[0])[0], lane(&svg, "n3")));
    let text = hover(lost[0]);
    assert!(text.contains("n1 → n3, sent at 2.100000 s"), "{text}");
    assert!(
        text.contains("never arrived") && text.contains("\"term\":7"),
        "{text}"
    );
}

#[test]
fn a_duplicated_message_has_two_arrows() {
    let mut journal = Journal::with_ticks();
    journal.message(["n1", "n2"], 1000, &[1010, 1500], r#"{"type":"gossip"}"#);
    let svg = journal.draw_all(&History::default());
    let svg = Document::parse(&svg).unwrap();
    let arrows = with_class(&svg, "server");
    let paths: Vec<_> = arrows.iter().flat_map(|it| it.children()).collect();
    let paths: Vec<_> = paths.iter().filter(|it| it.has_tag_name("path")).collect();
    // One in the legend.
    let [_, first, second] = *paths else {
        panic!("{} paths", paths.len());
    };
    assert_eq!(start(*first), start(*second));
    assert!(near(end(*first)[0], lane(&svg, "n2")) && near(end(*second)[0], lane(&svg, "n2")));
    assert!(near(end(*second)[1], time(&svg, "1.5000 s")));
    assert_eq!(second.attribute("class"), Some("duplicate"));
}

#[test]
fn a_reply_names_its_request() {
    let mut journal = Journal::default();
    let request = r#"{"type":"read","msg_id":4}"#;
    journal.message(["n1", "lin-kv"], 1000, &[1001], request);
    let reply = r#"{"type":"read_ok","in_reply_to":4}"#;
    journal.message(["lin-kv", "n1"], 1002, &[1003], reply);
    let svg = journal.draw_all(&History::default());
    let svg = Document::parse(&svg).unwrap();
    let texts = svg.descendants().filter(|node| node.has_tag_name("title"));
    let texts: Vec<&str> = texts.filter_map(|title| title.text()).collect();
    let has = |text: &str| texts.iter().any(|it| it.contains(text));
    assert!(
        has("replies to the request of 1.000000 s, 2.000 ms later"),
        "{texts:?}"
    );
    assert!(
        has("the reply was sent at 1.002000 s, 2.000 ms later"),
        "{texts:?}"
    );
    // Services are right of nodes.
    assert!(lane(&svg, "lin-kv") > lane(&svg, "n3"));
}

#[test]
fn faults_are_shaded_where_they_are_in_effect() {
    let history = history(&[
        "{:process :nemesis, :time 3000, :type :info, :f :start-partition,
          :value [:isolated {\"n1\" [\"n2\"]}]}",
        "{:process :nemesis, :time 4000, :type :info, :f :kill, :value {\"n2\" :killed}}",
        "{:process :nemesis, :time 5000, :type :info, :f :stop-partition, :value :healed}",
        "{:process :nemesis, :time 6000, :type :info, :f :start, :value {\"n2\" :started}}",
    ]);
    let mut journal = Journal::with_ticks();
    for time in [1000, 3000, 4000, 5000, 6000, 7000] {
        journal.message(["n1", "n3"], time, &[time], r#"{"type":"ping"}"#);
    }
    let svg = journal.draw_all(&history);
    let svg = Document::parse(&svg).unwrap();
    let place = |class: &str| {
        let band = with_class(&svg, class)[0];
        let top = number(band, "y");
        (
            number(band, "x"),
            number(band, "width"),
            top,
            top + number(band, "height"),
        )
    };
    let legend = with_class(&svg, "small");
    let legend: Vec<_> = legend.iter().filter_map(|it| it.text()).collect();
    assert!(legend.contains(&"partition") && legend.contains(&"kill"));
    assert!(!legend.contains(&"pause"));
    let (x, width, top, bottom) = place("partition");
    assert!(x < lane(&svg, "n1") && x + width > lane(&svg, "n3"));
    assert!(near(top, time(&svg, "3.0000 s")) && near(bottom, time(&svg, "5.0000 s")));
    let (x, width, top, bottom) = place("kill");
    assert!(near(x + width / 2.0, lane(&svg, "n2")) && x > lane(&svg, "n1"));
    assert!(near(top, time(&svg, "4.0000 s")) && near(bottom, time(&svg, "6.0000 s")));
}

#[test]
fn a_long_diagram_opens_at_the_first_anomaly_and_links_to_the_rest() {
    let history = history(&[
        "{:process 0, :time 500, :type :invoke, :f :read, :value nil}",
        "{:process 0, :time 1500, :type :ok, :f :read, :value 3}",
    ]);
    let results = "{:workload {:valid? false, :op {:process 0, :index 1}, :final-paths []}}";
    let results = Value::from_edn(results).unwrap();
    let mut journal = Journal::default();
    for time in 0..2_500 {
        journal.message(["n1", "n2"], time, &[time + 2], r#"{"type":"ping"}"#);
    }
    let (pages, opened) = journal.draw(&history, &results);
    assert_eq!(opened.file, "messages.svg");
    let position = pages.iter().position(|(page, _)| page.file == opened.file);
    let (before, after) = pages.split_at(position.unwrap());
    let svg = Document::parse(&after[0].1).unwrap();
    let times = with_class(&svg, "time");
    let times = times
        .iter()
        .filter_map(|time| time.text()?.strip_suffix(" s"));
    let times: Vec<f64> = times.map(|time| time.parse().unwrap()).collect();
    assert!(times[0] < 1.5 && *times.last().unwrap() > 1.5, "{times:?}");
    // Each page links to its neighbours, relative to its own folder.
    let links = |svg: &str| -> Vec<String> {
        let svg = Document::parse(svg).unwrap();
        let links = svg.descendants().filter_map(|node| node.attribute("href"));
        links.map(str::to_owned).collect()
    };
    let files = [before.last().unwrap(), &after[1]].map(|(page, _)| page.file.clone());
    assert_eq!(links(&after[0].1), files);
    assert!(links(&after[1].1).contains(&"../messages.svg".to_owned()));
    // All messages are on some page.
    let count = |(_, svg): &(Page, String)| {
        let svg = Document::parse(svg).unwrap();
        with_class(&svg, "server").len() - 1
    };
    assert_eq!(pages.iter().map(count).sum::<usize>(), 2_500);
}

#[test]
fn times_that_differ_by_microseconds_have_labels_that_differ() {
    let mut journal = Journal::default();
    for micros in [0, 1, 2, 20] {
        let mut next = Journal {
            count: micros,
            ..Journal::default()
        };
        next.message(["n1", "n2"], 1000, &[], r#"{"type":"ping"}"#);
        journal.text += &next
            .text
            .replace("2000000000", &format!("20000{micros:02}000"));
    }
    let svg = journal.draw_all(&History::default());
    let svg = Document::parse(&svg).unwrap();
    assert!(time(&svg, "1.000020 s") > time(&svg, "1.000000 s"));
}

#[test]
fn a_minimal_run_explains_itself_above_its_messages() {
    let faults = history(&[
        "{:process :nemesis, :time 1000, :type :info, :f :kill, :value {\"n2\" :killed}}",
        "{:process :nemesis, :time 3000, :type :info, :f :start, :value {\"n2\" :started}}",
    ]);
    let mut journal = Journal::default();
    for (time, value) in [(1000, 4), (2000, 5), (3000, 6)] {
        let body = format!(r#"{{"type":"write","key":"x","value":{value}}}"#);
        journal.message(["n1", "n3"], time, &[time], &body);
    }
    let nodes = ["n1", "n2", "n3"].map(str::to_owned);
    let run = Run::new("kv", &faults, &Value::Nil, &nodes, 1);
    let text = journal.text.as_bytes();
    let read = Messages::read(text, Duration::from_secs(1)).unwrap();
    let mut read = read.labelled(|body| format!("body {}", body.get()));
    let pages = Pages::new(&run, &mut read, text).unwrap();
    let explanation = "lost: write 5 was lost".to_owned();
    let svg = minimal_run(&run, &read, &pages.opened(), &[explanation]);
    let svg = Document::parse(&svg).unwrap();
    let sentences = with_class(&svg, "sentence");
    let texts: Vec<_> = sentences.iter().filter_map(|it| it.text()).collect();
    assert_eq!(
        texts,
        [
            "lost: write 5 was lost",
            "n2 is killed, from 1.000 s to 3.000 s"
        ]
    );
    // Each message has its label, beside the lane of its sender and above its arrow.
    let labels = with_class(&svg, "labels")[0];
    let labels: Vec<_> = labels.children().filter(|it| it.is_element()).collect();
    assert_eq!(labels.len(), 3);
    let second = r#"body {"type":"write","key":"x","value":5}"#;
    assert_eq!(labels[1].text(), Some(second));
    let arrows = with_class(&svg, "server");
    let arrow = arrows[2].children().find(|it| it.has_tag_name("path"));
    let [x, y] = start(arrow.unwrap());
    assert!(near(x, lane(&svg, "n1")) && near(number(labels[1], "x"), x + 5.0));
    assert!(near(number(labels[1], "y"), y - 1.5));
    // The labels fit between the lanes.
    assert!(lane(&svg, "n2") - x > 200.0);
}

#[test]
fn text_of_a_node_is_not_markup() {
    let mut journal = Journal::default();
    let evil = r#"{"type":"<script>alert(1)</script>","x":"]]>\u0007<!--"}"#;
    journal.message(["n1", "n2"], 0, &[1], evil);
    journal.message(["n1", "<script>"], 2, &[3], r#"["no object"]"#);
    let svg = journal.draw_all(&History::default());
    let svg = Document::parse(&svg).unwrap();
    assert!(!svg.descendants().any(|node| node.has_tag_name("script")));
    lane(&svg, "<script>");
    let mut texts = svg.descendants().filter_map(|node| node.text());
    assert!(texts.any(|text| text.contains("<script>alert(1)</script>")));
}
