//! Recognizes panics and uncaught errors in the stderr of a node's process.
//!
//! Mael's runtime logs one line for each panic, which is parsed exactly. For other nodes, the
//! output of their language's runtime is recognized: Rust, Go, Python, Ruby, the JVM and Node.js.

use mael::Panic;

use mael_sim::engine::NodePanic;

/// The maximum number of bytes of a line that are examined.
const MAX_LENGTH: usize = 4096;

/// A Go program must list a goroutine within this many lines after `panic:`.
const GO_PREAMBLE: usize = 16;

/// Node.js must point at the statement within this many lines after its place.
const NODE_EXCERPT: usize = 4;

/// Reads the stderr of one process, line by line.
#[derive(Default)]
pub(super) struct Crashes(ParserState);

/// The output that the lines so far have started.
#[derive(Default)]
enum ParserState {
    #[default]
    Nothing,
    /// A panic in Rust, whose message comes next.
    Rust(NodePanic),
    /// Perhaps a panic in Go: a goroutine must follow within this many lines.
    GoMessage(NodePanic, usize),
    /// A panic in Go, whose trace is searched for the first line of the program itself.
    GoTrace(NodePanic),
    /// A traceback of Python, with the innermost call so far.
    PythonTrace(NodePanic),
    /// An exception of Python, which may be followed by another that it caused.
    PythonEnd(NodePanic),
    /// An exception of the JVM, whose trace is searched for the first line of the program itself.
    Jvm(NodePanic),
    /// Perhaps an error of Node.js: it must point at the statement within this many lines.
    NodePlace(NodePanic, usize),
    /// An error of Node.js, whose message comes next.
    NodeMessage(NodePanic),
    /// An error thrown by Node.js itself, whose trace is searched for the first line of the
    /// program.
    NodeTrace(NodePanic),
}

impl Crashes {
    /// Processes the next line. Returns the panic that it completes, if any.
    pub(super) fn line(&mut self, line: &str) -> Option<NodePanic> {
        let line = &line[..line.floor_char_boundary(MAX_LENGTH)];
        if let Some(panic) = Panic::of_log(line) {
            // The output of another thread is not lost: it continues with its next line.
            return Some(NodePanic {
                noun: "panic",
                activity: panic.activity,
                place: panic.place,
                text: panic.text,
                time: None,
            });
        }
        let (state, found, is_read) = std::mem::take(&mut self.0).next(line);
        self.0 = if is_read { state } else { start(line) };
        // A panic described by a single line.
        if let ParserState::Nothing = self.0
            && found.is_none()
        {
            return ruby(line);
        }
        found
    }

    /// Processes the end of the stream.
    pub(super) fn end(self) -> Option<NodePanic> {
        match self.0 {
            ParserState::Rust(it)
            | ParserState::GoTrace(it)
            | ParserState::PythonEnd(it)
            | ParserState::Jvm(it)
            | ParserState::NodeTrace(it) => Some(it),
            _ => None,
        }
    }
}

impl ParserState {
    /// Returns the next state, the panic that was found, and whether the line belongs to it.
    fn next(self, line: &str) -> (Self, Option<NodePanic>, bool) {
        let indented = line.starts_with([' ', '\t']);
        match self {
            Self::Nothing => (Self::Nothing, None, false),
            Self::Rust(mut it) => {
                line.clone_into(&mut it.text);
                (Self::Nothing, Some(it), true)
            }
            Self::GoMessage(it, _) if line.starts_with("goroutine ") && line.contains(" [") => {
                (Self::GoTrace(it), None, true)
            }
            // A line that turns out not to belong to a panic may start one.
            Self::GoMessage(..) | Self::NodePlace(..) if !matches!(start(line), Self::Nothing) => {
                (Self::Nothing, None, false)
            }
            Self::GoMessage(it, left) if left > 0 => (Self::GoMessage(it, left - 1), None, true),
            Self::GoMessage(..) => (Self::Nothing, None, false),
            Self::GoTrace(mut it) => match go_place(line) {
                Some(place) => {
                    it.place = place;
                    (Self::Nothing, Some(it), true)
                }
                None if line.is_empty() => (Self::Nothing, Some(it), true),
                None => (Self::GoTrace(it), None, true),
            },
            Self::PythonTrace(mut it) if indented || line.is_empty() => {
                if let Some(place) = python_place(line) {
                    it.place = place;
                }
                (Self::PythonTrace(it), None, true)
            }
            Self::PythonTrace(mut it) => {
                line.clone_into(&mut it.text);
                (Self::PythonEnd(it), None, true)
            }
            Self::PythonEnd(it) if line.is_empty() => (Self::PythonEnd(it), None, true),
            Self::PythonEnd(_) if PYTHON_CHAINS.contains(&line) => (Self::Nothing, None, true),
            Self::PythonEnd(it) => (Self::Nothing, Some(it), false),
            Self::Jvm(mut it) => match line.trim_start().strip_prefix("at ") {
                Some(call) => {
                    let place = call.rsplit_once('(').map(|(_, place)| place);
                    let place = place.unwrap_or_default().trim_end_matches(')');
                    if ["java.", "javax.", "jdk.", "sun."]
                        .iter()
                        .any(|own| call.starts_with(own))
                    {
                        (Self::Jvm(it), None, true)
                    } else {
                        place.clone_into(&mut it.place);
                        (Self::Nothing, Some(it), true)
                    }
                }
                None => (Self::Nothing, Some(it), false),
            },
            Self::NodePlace(it, left) => {
                let pointer = line.trim();
                match left {
                    _ if !pointer.is_empty() && pointer.bytes().all(|byte| byte == b'^') => {
                        (Self::NodeMessage(it), None, true)
                    }
                    0 => (Self::Nothing, None, false),
                    left => (Self::NodePlace(it, left - 1), None, true),
                }
            }
            Self::NodeMessage(it) if line.is_empty() => (Self::NodeMessage(it), None, true),
            Self::NodeMessage(mut it) => {
                line.clone_into(&mut it.text);
                if it.place.starts_with("node:") {
                    (Self::NodeTrace(it), None, true)
                } else {
                    (Self::Nothing, Some(it), true)
                }
            }
            Self::NodeTrace(mut it) => match line.trim_start().strip_prefix("at ") {
                Some(call) => match node_place(call) {
                    Some(place) => {
                        it.place = place;
                        (Self::Nothing, Some(it), true)
                    }
                    None => (Self::NodeTrace(it), None, true),
                },
                None => (Self::Nothing, Some(it), false),
            },
        }
    }
}

/// What Python prints between an exception and one that it caused.
const PYTHON_CHAINS: [&str; 2] = [
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
];

/// Returns the state after a line that is not part of earlier output.
fn start(line: &str) -> ParserState {
    if let Some(panic) = rust(line) {
        return ParserState::Rust(panic);
    }
    let go = line.strip_prefix("panic: ");
    if let Some(text) = go.or_else(|| line.strip_prefix("fatal error: ")) {
        return ParserState::GoMessage(found("panic", "", "", text), GO_PREAMBLE);
    }
    if line.ends_with("Traceback (most recent call last):") {
        return ParserState::PythonTrace(found("exception", "", "", ""));
    }
    if let Some(rest) = line.strip_prefix("Exception in thread \"") {
        let (thread, text) = rest.split_once("\" ").unwrap_or(("", rest));
        let activity = format!("thread {thread:?}");
        return ParserState::Jvm(found("uncaught exception", &activity, "", text));
    }
    let prefixes = ["/", "file:///", "node:"];
    if prefixes.iter().any(|prefix| line.starts_with(prefix)) && number_at_end(line).is_some() {
        return ParserState::NodePlace(found("uncaught error", "", line, ""), NODE_EXCERPT);
    }
    ParserState::Nothing
}

fn found(noun: &'static str, activity: &str, place: &str, text: &str) -> NodePanic {
    NodePanic {
        noun,
        activity: activity.to_owned(),
        place: place.to_owned(),
        text: text.to_owned(),
        time: None,
    }
}

/// Returns the text before the last colon and the number after it.
fn number_at_end(text: &str) -> Option<(&str, u32)> {
    let (before, number) = text.rsplit_once(':')?;
    Some((before, number.parse().ok()?))
}

/// Returns `file:line` of a place that may also have a column.
fn without_column(place: &str) -> &str {
    match number_at_end(place) {
        Some((file_and_line, _)) if number_at_end(file_and_line).is_some() => file_and_line,
        _ => place,
    }
}

/// Parses `thread 'main' (17) panicked at src/main.rs:3:5:`, whose message is on the next line.
fn rust(line: &str) -> Option<NodePanic> {
    let rest = line.strip_prefix("thread '")?;
    let (thread, place) = rest.split_once(" panicked at ")?;
    let (thread, _) = thread.rsplit_once('\'')?;
    let place = without_column(place.strip_suffix(':')?);
    Some(found("panic", &format!("thread {thread:?}"), place, ""))
}

/// Parses `/app/main.go:12 +0x1d` after a tab, except in Go's own runtime.
fn go_place(line: &str) -> Option<String> {
    let call = line.strip_prefix('\t')?;
    let place = call.split(" +0x").next()?;
    let is_runtime = place.contains("/src/runtime/");
    (!is_runtime && number_at_end(place).is_some()).then(|| place.to_owned())
}

/// Parses `  File "node.py", line 12, in handle`.
fn python_place(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("File \"")?;
    let (file, rest) = rest.split_once("\", line ")?;
    let number = rest.split(',').next()?;
    Some(format!("{file}:{number}"))
}

/// Parses `foo (/app/main.js:3:5)` or `/app/main.js:3:5`, except in Node.js itself.
fn node_place(call: &str) -> Option<String> {
    let place = call.rsplit_once('(').map_or(call, |(_, place)| place);
    let place = place.trim_end_matches(')');
    let is_own = place.starts_with("node:") || number_at_end(place).is_none();
    (!is_own).then(|| without_column(place).to_owned())
}

/// Parses `node.rb:12:in 'handle': no such thing (KeyError)`.
fn ruby(line: &str) -> Option<NodePanic> {
    let (place, rest) = line.split_once(":in ")?;
    let (file, _) = number_at_end(place)?;
    let rest = rest.strip_prefix(['`', '\''])?;
    let (_, text) = rest.split_once("': ")?;
    let is_exception = text.ends_with(')') && text.contains(" (");
    (file.ends_with(".rb") && is_exception).then(|| found("exception", "", place, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the noun, place and text of each panic in a stream.
    fn crashes(stderr: &str) -> Vec<String> {
        let mut crashes = Crashes::default();
        let mut found: Vec<NodePanic> = stderr
            .lines()
            .filter_map(|line| crashes.line(line))
            .collect();
        found.extend(crashes.end());
        let describe = |it: NodePanic| format!("{} at {}: {}", it.noun, it.place, it.text);
        found.into_iter().map(describe).collect()
    }

    #[test]
    fn panics_of_rust_are_recognized() {
        let stderr = "starting\n\
            \n\
            thread 'main' (4711) panicked at src/main.rs:5:9:\n\
            index out of bounds: the len is 3 but the index is 7\n\
            note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\
            thread '<unnamed>' panicked at src/it's.rs:12:1:\n\
            oh";
        assert_eq!(
            crashes(stderr),
            [
                "panic at src/main.rs:5: index out of bounds: the len is 3 but the index is 7",
                "panic at src/it's.rs:12: oh",
            ]
        );
    }

    #[test]
    fn panics_of_go_are_recognized() {
        let stderr = "panic: assignment to entry in nil map\n\
            \n\
            goroutine 18 [running]:\n\
            panic({0x1, 0x2})\n\
            \t/usr/local/go/src/runtime/panic.go:884 +0x213\n\
            main.(*node).handle(...)\n\
            \t/app/main.go:31 +0x1d\n\
            main.main()\n\
            \t/app/main.go:9 +0x25\n\
            exit status 2\n";
        let found = ["panic at /app/main.go:31: assignment to entry in nil map"];
        assert_eq!(crashes(stderr), found);
        let stderr = "panic: runtime error: invalid memory address or nil pointer dereference\n\
            [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4]\n\
            \n\
            goroutine 1 [running]:\n\
            main.main()\n\
            \tC:/app/main.go:9 +0x25\n";
        let text = "runtime error: invalid memory address or nil pointer dereference";
        assert_eq!(
            crashes(stderr),
            [format!("panic at C:/app/main.go:9: {text}")]
        );
        let stderr = "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [x]:\n";
        let found = ["panic at : all goroutines are asleep - deadlock!"];
        assert_eq!(crashes(stderr), found);
    }

    #[test]
    fn exceptions_of_python_are_recognized_and_a_chain_counts_once() {
        let stderr = "ERROR:root:it failed\n\
            Traceback (most recent call last):\n\
            \x20 File \"/app/node.py\", line 12, in handle\n\
            \x20   return self.d[key]\n\
            \x20          ~~~~~~^^^^^\n\
            KeyError: 'x'\n\
            \n\
            During handling of the above exception, another exception occurred:\n\
            \n\
            Traceback (most recent call last):\n\
            \x20 File \"/app/node.py\", line 20, in <module>\n\
            \x20   main()\n\
            \x20 File \"/app/node.py\", line 14, in main\n\
            ValueError: number 3\n\
            Traceback (most recent call last):\n\
            \x20 File \"/app/node.py\", line 14, in main\n\
            ValueError: number 4";
        assert_eq!(
            crashes(stderr),
            [
                "exception at /app/node.py:14: ValueError: number 3",
                "exception at /app/node.py:14: ValueError: number 4",
            ]
        );
    }

    #[test]
    fn uncaught_exceptions_of_the_jvm_are_recognized() {
        let stderr = "Exception in thread \"main\" java.lang.IllegalStateException: no leader\n\
            \tat java.base/java.util.HashMap.get(HashMap.java:5)\n\
            \tat app.Node.handle(Node.java:12)\n\
            \tat app.Node.main(Node.java:3)\n\
            Exception in thread \"worker-1\" java.lang.StackOverflowError\n\
            next";
        assert_eq!(
            crashes(stderr),
            [
                "uncaught exception at Node.java:12: java.lang.IllegalStateException: no leader",
                "uncaught exception at : java.lang.StackOverflowError",
            ]
        );
    }

    #[test]
    fn uncaught_errors_of_node_js_are_recognized() {
        let stderr = "/app/node.js:3\n    throw new Error(\"boom\");\n    ^\n\n\
            Error: boom\n    at handle (/app/node.js:3:11)\n\nNode.js v22.1.0\n";
        assert_eq!(
            crashes(stderr),
            ["uncaught error at /app/node.js:3: Error: boom"]
        );
        let stderr = "node:internal/process/promises:394\n\
            \x20     triggerUncaughtException(err, true /* fromPromise */);\n      ^\n\n\
            TypeError: x is not a function\n\
            \x20   at process.next (node:internal/process/task_queues:105:5)\n\
            \x20   at async handle (/app/node.js:7:9)\n\nNode.js v22.1.0\n";
        let found = ["uncaught error at /app/node.js:7: TypeError: x is not a function"];
        assert_eq!(crashes(stderr), found);
    }

    #[test]
    fn exceptions_of_ruby_are_recognized() {
        let stderr = "node.rb:12:in 'Hash#fetch': key not found: 1 (KeyError)\n\
            \tfrom node.rb:3:in 'main'\n";
        let found = ["exception at node.rb:12: key not found: 1 (KeyError)"];
        assert_eq!(crashes(stderr), found);
    }

    #[test]
    fn similar_lines_are_not_mistaken_for_panics() {
        let stderr = "panic: not at all\n\
            I said panic: twice\n\
            thread 'main' is fine\n\
            /app/config.toml:7\n\
            something else\n\
            an Exception in thread \"main\" did not happen\n\
            node.rb:12:in 'fetch'\n\
            the handler of `add` panicked at src/a.rs:7: describe by another program\n\
            Traceback\n";
        assert_eq!(crashes(&stderr.repeat(20)), [""; 0]);
    }

    #[test]
    fn panic_lines_of_mael_nodes_are_parsed_exactly() {
        let line = "2026-11-30T02:29:24.123Z ERROR mael: the handler of `add` panicked at src/a.rs:7: \
                    number 7";
        assert_eq!(crashes(line), ["panic at src/a.rs:7: number 7"]);
    }
}
