//! Charts of latencies and rates.

use mael_history::{History, Value};
use mael_pictures::{Run, latency_quantiles, latency_raw, png, rate};
use roxmltree::Document;

use crate::drawn::number;
use crate::drawn::{history, near, points, start, tick, with_class};

/// A partition from 3 to 5 s, a write that takes 100 ms at 2 s, and one that fails after 10 ms at
/// 4 s.
fn planted() -> History {
    history(&[
        "{:process 0, :time 2000, :type :invoke, :f :write, :value 1}",
        "{:process 0, :time 2100, :type :ok, :f :write, :value 1}",
        "{:process :nemesis, :time 3000, :type :info, :f :start-partition,
          :value [:isolated {\"n1\" [\"n2\"]}]}",
        "{:process 0, :time 4000, :type :invoke, :f :write, :value 2}",
        "{:process 0, :time 4010, :type :fail, :f :write, :value 2}",
        "{:process :nemesis, :time 5000, :type :info, :f :stop-partition, :value :healed}",
        "{:process 1, :time 8000, :type :invoke, :f :read, :value nil}",
        "{:process 1, :time 9000, :type :ok, :f :read, :value nil}",
    ])
}

fn draw(picture: fn(&Run<'_>) -> String) -> String {
    let history = planted();
    picture(&Run::new("kv", &history, &Value::Nil, &[], 2))
}

#[test]
fn a_partition_is_shaded_at_its_time_and_named_in_the_legend() {
    for svg in [draw(latency_raw), draw(latency_quantiles), draw(rate)] {
        let svg = Document::parse(&svg).unwrap();
        let [from, to] = ["2", "4"].map(|label| tick(&svg, label));
        let second = (to - from) / 2.0;
        let band = with_class(&svg, "partition")[0];
        assert!(near(number(band, "x"), from + second));
        assert!(near(number(band, "width"), 2.0 * second));
        let mut texts = svg.descendants().filter_map(|node| node.text());
        assert!(texts.any(|text| text == "partition"));
        assert!(with_class(&svg, "kill").is_empty());
    }
}

#[test]
fn each_operation_is_at_its_time_and_latency() {
    let svg = draw(latency_raw);
    let svg = Document::parse(&svg).unwrap();
    let at = |class: &str| start(with_class(&svg, class)[0]);
    // The scale is logarithmic, from 10 ms to 1 s.
    let ok = at("dot");
    let failed = at("mark");
    assert!(
        near(ok[0], 0.0 + tick(&svg, "8")),
        "reads come first: {ok:?}"
    );
    assert!(near(failed[0], tick(&svg, "4")));
    let write = points(with_class(&svg, "dot")[1].attribute("d").unwrap())[0];
    assert!(near(write[0], tick(&svg, "2")));
    assert!(near(failed[1] - write[1], write[1] - ok[1]));
}

#[test]
fn a_rate_is_counted_when_operations_complete() {
    let svg = draw(rate);
    let svg = Document::parse(&svg).unwrap();
    let lines = with_class(&svg, "line");
    // Reads, then writes that succeeded, then those that failed.
    let writes = points(lines[1].attribute("d").unwrap());
    let highest = writes.iter().min_by(|a, b| a[1].total_cmp(&b[1])).unwrap();
    let [from, to] = ["2", "4"].map(|label| tick(&svg, label));
    // The interval is 1 s.
    assert!(near(highest[0], from + 0.25 * (to - from)));
}

#[test]
fn quantiles_are_not_connected_over_times_without_operations() {
    let svg = draw(latency_quantiles);
    let svg = Document::parse(&svg).unwrap();
    let [from, to] = ["2", "4"].map(|label| tick(&svg, label));
    let second = (to - from) / 2.0;
    let lines = with_class(&svg, "line").into_iter();
    let lines = lines.filter_map(|line| line.attribute("d"));
    // Those of writes, which are invoked at 2 and 4 s, and thus in two intervals of 1 s.
    let writes = lines.filter(|line| line.matches('M').count() == 2);
    let mut writes = writes.peekable();
    assert!(writes.peek().is_some());
    for line in writes {
        assert!(!line.contains('L'), "{line}");
        let middles: Vec<f64> = points(line).into_iter().map(|[x, _]| x).collect();
        assert!(near(middles[0], from + 0.5 * second), "{line}");
        assert!(near(middles[1], to + 0.5 * second), "{line}");
    }
}

#[test]
fn the_rate_of_few_operations_is_counted_in_long_intervals() {
    // Two operations per second, for 30 s.
    let lines = (0..60).flat_map(|number| {
        let time = number * 500_000_000_u64;
        ["invoke", "ok"].map(|kind| {
            format!("{{:process 0, :time {time}, :type :{kind}, :f :read, :value nil}}")
        })
    });
    let history = History::from_edn(&lines.collect::<String>()).unwrap();
    let svg = rate(&Run::new("kv", &history, &Value::Nil, &[], 1));
    let svg = Document::parse(&svg).unwrap();
    let line = points(with_class(&svg, "line")[0].attribute("d").unwrap());
    assert_eq!(line.len(), 6, "{line:?}");
    assert!(line.iter().all(|[_, y]| near(*y, line[0][1])), "{line:?}");
}

#[test]
fn the_picture_of_many_operations_is_bounded() {
    let size = |count: u64| {
        let lines = (0..count).flat_map(|number| {
            let time = number * 1_000_000 / count;
            ["invoke", "ok"].map(|kind| {
                format!("{{:process 0, :time {time}, :type :{kind}, :f :read, :value nil}}")
            })
        });
        let history = History::from_edn(&lines.collect::<String>()).unwrap();
        latency_raw(&Run::new("kv", &history, &Value::Nil, &[], 1)).len()
    };
    let [some, many] = [5_000, 50_000].map(size);
    assert!(many < some + some / 10, "{some} and {many} bytes");
}

#[test]
fn a_png_has_text_without_a_font_of_the_system() {
    let with = png(&draw(rate)).unwrap();
    let without = draw(rate).replace("<text", "<g").replace("</text>", "</g>");
    assert_ne!(with, png(&without).unwrap());
}

#[test]
fn a_run_without_operations_has_pictures() {
    let history = History::default();
    let run = Run::new("kv", &history, &Value::Nil, &[], 1);
    for svg in [latency_raw(&run), latency_quantiles(&run), rate(&run)] {
        Document::parse(&svg).unwrap();
        png(&svg).unwrap();
    }
}
