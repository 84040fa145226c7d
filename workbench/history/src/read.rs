//! Reads histories: Jepsen's `history.edn` and Mael's `history.jsonl`.
//!
//! JSON has strings where EDN has keywords, so names are normalized to Jepsen's form: the name of a
//! micro-operation, such as `:append`, the name of an error, such as `:net-timeout`, and every key
//! of an operation become keywords. Keys of other JSON objects stay strings.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context, bail};
use rustc_hash::FxHashMap;
use serde_json::value::RawValue;

use super::{History, Kind, Operation, Process};
use crate::Value;
use crate::edn::{Bracket, ReadError, Reader, intern};
use crate::text::counted;
use crate::text::shorten;
use crate::value::SHOWN;

/// Operations whose value is a list of micro-operations, which are lists that start with a name.
const TRANSACTIONS: [&str; 3] = ["txn", "send", "poll"];

/// The first bytes of a file in Jepsen's binary format.
const JEPSEN: &[u8] = b"JEPSEN";

/// A history that was read from text, with notes on the text.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The operations.
    pub history: History,
    /// Irregularities of the text, in sentences.
    pub notes: Vec<String>,
    /// The line of each operation, counted from 1.
    lines: Vec<u32>,
}

impl Recording {
    /// Reads a file in EDN or JSON, which its first characters distinguish.
    ///
    /// # Errors
    /// Same as [`History::read`].
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
        if text.starts_with(JEPSEN) {
            bail!(
                "{} is in Jepsen's binary format, which can't be read: check the history.edn next to it, or write one with (jepsen.store/write-history! test)",
                path.display()
            );
        }
        let text = String::from_utf8(text)
            .with_context(|| format!("{} is not UTF-8 text", path.display()))?;
        let recording = if is_json(&text) {
            Self::from_json(&text)
        } else {
            Self::from_edn(&text)
        };
        recording.with_context(|| format!("{} is not a history", path.display()))
    }

    fn from_edn(text: &str) -> Result<Self, ReadError> {
        let mut reader = Reader::new(text);
        let mut operations = Operations::new(text);
        while let Some(bracket) = reader.bracket("an operation, or a vector of them")? {
            match bracket {
                Bracket::Map => operations.read_edn(&mut reader)?,
                Bracket::List => {
                    reader.bracketed(|reader| match reader.bracket("an operation")? {
                        Some(Bracket::Map) => operations.read_edn(reader),
                        _ => Err(reader.error(reader.position(), "expected an operation")),
                    })?;
                }
            }
        }
        Ok(operations.finish())
    }

    fn from_json(text: &str) -> Result<Self, ReadError> {
        let mut operations = Operations::new(text);
        for item in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
            let item = item.map_err(|error| json_error(&error))?;
            if item.get().starts_with('[') {
                let items = serde_json::from_str::<Vec<&RawValue>>(item.get());
                for item in items.map_err(|error| json_error(&error))? {
                    operations.read_json(item)?;
                }
            } else {
                operations.read_json(item)?;
            }
        }
        Ok(operations.finish())
    }

    /// Returns the line of the operation at a position of the history.
    pub fn line(&self, position: usize) -> Option<u32> {
        self.lines.get(position).copied()
    }
}

impl History {
    /// Reads a file in EDN or JSON, which its first characters distinguish.
    ///
    /// # Errors
    /// Returns an error if the file can't be read, and as [`from_edn`](Self::from_edn) and
    /// [`from_json`](Self::from_json).
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Recording::read(path).map(|recording| recording.history)
    }

    /// Reads operations in EDN: maps one after the other, or in vectors or lists, with or without
    /// tags.
    ///
    /// Operations keep the order of the text. If their `:index` values are not ascending, they are
    /// replaced by positions. An operation without `:time`, or with an earlier time than the
    /// previous operation, gets the time of that operation. A completion without `:f` gets that of
    /// its invocation; an invocation without `:f` is a transaction. Keys other than Jepsen's own
    /// are stored in [`extra`](Operation::extra).
    ///
    /// # Errors
    /// Returns an error at the first form that is not an operation.
    pub fn from_edn(text: &str) -> Result<Self, ReadError> {
        Recording::from_edn(text).map(|recording| recording.history)
    }

    /// Reads operations in JSON: objects one after the other, or in arrays. Missing keys are filled
    /// in as by [`from_edn`](Self::from_edn).
    ///
    /// # Errors
    /// Returns an error at the first form that is not an operation.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        Recording::from_json(text).map(|recording| recording.history)
    }
}

/// Returns whether a text starts like operations in JSON: with a string key, perhaps in an array.
fn is_json(text: &str) -> bool {
    let blank = |character: char| character.is_whitespace() || character == '[';
    let key = text.trim_start_matches(blank).strip_prefix('{');
    key.is_some_and(|key| key.trim_start().starts_with('"'))
}

fn json_error(error: &serde_json::Error) -> ReadError {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    ReadError {
        line: error.line(),
        column: error.column(),
        what: what.to_owned(),
    }
}

/// The operations read so far.
struct Operations<'a> {
    text: &'a str,
    operations: Vec<Operation>,
    /// The line of each operation.
    lines: Vec<u32>,
    /// A byte offset in the text, and its line.
    cursor: (usize, u32),
    /// Whether an index is missing or not greater than the previous one.
    unordered: bool,
    /// The last index, and the position of the first that is not greater than the previous one.
    last_index: Option<usize>,
    index_goes_back: Option<usize>,
    /// The number of times that are before that of an earlier operation, and the position of the
    /// first.
    times_that_go_back: usize,
    time_goes_back: Option<usize>,
    /// Whether an operation has no `:f` yet.
    unnamed: bool,
}

impl<'a> Operations<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            operations: Vec::new(),
            lines: Vec::new(),
            cursor: (0, 1),
            unordered: false,
            last_index: None,
            index_goes_back: None,
            times_that_go_back: 0,
            time_goes_back: None,
            unnamed: false,
        }
    }

    fn read_edn(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let mut fields = Fields::default();
        let start = reader.position();
        reader.map(|key, value| fields.set(key, value))?;
        self.push(fields, start)
            .map_err(|what| reader.error(start, what))
    }

    fn read_json(&mut self, item: &RawValue) -> Result<(), ReadError> {
        let offset = item.get().as_ptr().addr() - self.text.as_ptr().addr();
        let operation = self.json_operation(item, offset);
        operation.map_err(|what| ReadError::at(self.text, offset, what))
    }

    fn json_operation(&mut self, item: &RawValue, offset: usize) -> Result<(), String> {
        let Value::Map(entries) = Value::from_json(item)? else {
            return Err("expected an operation".to_owned());
        };
        let mut fields = Fields::default();
        for (mut key, value) in entries {
            make_keyword(&mut key);
            fields.set(key, value)?;
        }
        self.push(fields, offset)
    }

    /// Adds the operation that starts at a byte offset of the text.
    fn push(&mut self, fields: Fields, offset: usize) -> Result<(), String> {
        let position = self.operations.len();
        let before = self.operations.last();
        match fields.index {
            Some(index) => {
                if self.last_index.is_some_and(|last| index <= last) {
                    self.index_goes_back.get_or_insert(position);
                }
                self.unordered |= before.is_some_and(|before| index <= before.index);
                self.last_index = Some(index);
            }
            None => self.unordered = true,
        }
        let earliest = before.map_or(0, |before| before.time);
        if fields.time.is_some_and(|time| time < earliest) {
            self.times_that_go_back += 1;
            self.time_goes_back.get_or_insert(position);
        }
        let missing = |key| format!("this operation has no :{key}");
        let kind = fields.kind.ok_or_else(|| missing("type"))?;
        let process = fields.process.ok_or_else(|| missing("process"))?;
        // It is named once all operations are known.
        self.unnamed |= fields.f.is_none();
        let f = match fields.f {
            None if process == Process::Nemesis => return Err(missing("f")),
            f => f.unwrap_or_default(),
        };
        let mut value = fields.value;
        if TRANSACTIONS.contains(&&*f) {
            name_micro_operations(&mut value);
        }
        let (at, line) = self.cursor;
        let newlines = memchr::memchr_iter(b'\n', &self.text.as_bytes()[at..offset]).count();
        self.cursor = (offset, line.saturating_add(newlines as u32));
        self.lines.push(self.cursor.1);
        self.operations.push(Operation {
            index: fields.index.unwrap_or(position),
            time: fields.time.unwrap_or_default().max(earliest),
            kind,
            process,
            f,
            value,
            is_final: fields.is_final,
            error: fields.error,
            exception: fields.exception,
            extra: fields.extra,
        });
        Ok(())
    }

    fn finish(mut self) -> Recording {
        if self.unordered {
            for (position, operation) in self.operations.iter_mut().enumerate() {
                operation.index = position;
            }
        }
        if self.unnamed {
            self.name_operations();
        }
        Recording {
            notes: self.notes(),
            history: History(self.operations),
            lines: self.lines,
        }
    }

    /// Names the operations without `:f`: Elle's histories leave it out, and consist of
    /// transactions.
    fn name_operations(&mut self) {
        let mut invoked = FxHashMap::<Process, Cow<'static, str>>::default();
        for operation in &mut self.operations {
            let is_unnamed = operation.f.is_empty();
            if operation.kind == Kind::Invoke {
                if is_unnamed {
                    operation.f = "txn".into();
                }
                invoked.insert(operation.process.clone(), operation.f.clone());
            } else if is_unnamed {
                let f = invoked.get(&operation.process).cloned();
                operation.f = f.unwrap_or("txn".into());
            }
            if is_unnamed && TRANSACTIONS.contains(&&*operation.f) {
                name_micro_operations(&mut operation.value);
            }
        }
    }

    /// Returns irregularities of the order of operations.
    fn notes(&self) -> Vec<String> {
        let line = |position: usize| self.lines[position];
        let index = self.index_goes_back.map(|position| {
            format!(
                "line {} has an :index that is not greater than the previous one: indexes are replaced by positions in the file",
                line(position)
            )
        });
        let time = self.time_goes_back.map(|position| {
            format!(
                "the :time of {} is before that of an earlier operation, first on line {}: it is replaced by the time of the previous operation",
                counted(self.times_that_go_back as u64, "operation"),
                line(position)
            )
        });
        index.into_iter().chain(time).collect()
    }
}

/// The fields of an operation whose map is being read.
#[derive(Default)]
struct Fields {
    index: Option<usize>,
    time: Option<u64>,
    kind: Option<Kind>,
    process: Option<Process>,
    f: Option<Cow<'static, str>>,
    value: Value,
    is_final: bool,
    error: Option<Value>,
    exception: Option<Value>,
    extra: Vec<(Value, Value)>,
}

impl Fields {
    fn set(&mut self, key: Value, value: Value) -> Result<(), String> {
        match key.name().unwrap_or_default() {
            "index" => self.index = integer(&value).map_err(|()| expect(&value, "an index"))?,
            "time" => {
                // Times in old histories can be negative.
                let time = integer::<i64>(&value).map_err(|()| expect(&value, "nanoseconds"))?;
                self.time = time.map(|time| time.max(0).unsigned_abs());
            }
            "type" => {
                let kind = value.name().and_then(Kind::by_name);
                let kind = kind.ok_or_else(|| expect(&value, ":invoke, :ok, :fail or :info"))?;
                self.kind = Some(kind);
            }
            "process" => self.process = Some(Process::read(&value)?),
            "f" if value == Value::Nil => {}
            "f" => {
                let name = value.name().filter(|name| !name.is_empty());
                let name = name.ok_or_else(|| expect(&value, "a name"))?;
                self.f = Some(intern(name));
            }
            "value" => self.value = value,
            "final?" => self.is_final = value == Value::Bool(true),
            "error" => {
                self.error = Some(value)
                    .filter(|value| *value != Value::Nil)
                    .map(name_error);
            }
            "exception" => self.exception = Some(value).filter(|value| *value != Value::Nil),
            _ => self.extra.push((key, value)),
        }
        Ok(())
    }
}

fn expect(found: &Value, expected: &str) -> String {
    let found = found.to_string();
    format!("expected {expected}, not {}", shorten(&found, SHOWN))
}

/// Reads an integer or nil.
fn integer<T: TryFrom<i128>>(value: &Value) -> Result<Option<T>, ()> {
    match value {
        Value::Nil => Ok(None),
        Value::Int(number) => number.to().map(Some).ok_or(()),
        _ => Err(()),
    }
}

fn name_micro_operations(value: &mut Value) {
    let Value::List(items) = value else {
        return;
    };
    for item in items {
        if let Value::List(parts) = item
            && let Some(first) = parts.first_mut()
        {
            make_keyword(first);
        }
    }
}

/// Makes the name of an error a keyword. It is the value itself, or the first item of a list with
/// details.
fn name_error(mut error: Value) -> Value {
    match &mut error {
        Value::List(parts) => parts.iter_mut().take(1).for_each(make_keyword),
        other => make_keyword(other),
    }
    error
}

/// Makes a string or symbol a keyword if it is a name and not a sentence.
fn make_keyword(value: &mut Value) {
    let is_name = |text: &str| {
        let part_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_?".contains(&byte);
        !text.is_empty() && text.bytes().all(part_of_name)
    };
    if let Some(text) = value.name()
        && is_name(text)
    {
        *value = Value::Keyword(intern(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edn(text: &str) -> History {
        History::from_edn(text).unwrap()
    }

    const OPERATION: &str = "{:index 0, :time 5, :type :invoke, :process 1, :f :read, :value nil}";

    #[test]
    fn lines_vectors_and_tagged_forms_give_the_same_history() {
        let second = OPERATION
            .replace(":index 0", ":index 1")
            .replace(":process 1", ":process :nemesis");
        let lines = edn(&format!("{OPERATION}\n{second}\n"));
        assert_eq!(lines.0.len(), 2);
        assert_eq!(lines.0[1].process, Process::Nemesis);
        for text in [
            format!("[{OPERATION} {second}]"),
            format!("({OPERATION}) [{second}] []"),
            format!(
                "#jepsen.history.DenseHistory [#jepsen.history.Op{OPERATION},\n#_ 3 {second}] ; end"
            ),
        ] {
            assert_eq!(edn(&text), lines, "{text}");
        }
    }

    #[test]
    fn serialized_operations_are_read_back() {
        let text = r#"{:type :invoke, :process 0, :f :txn, :value [[:append 1 2] [:r "x" nil]]}
            {:type :info, :process 0, :f :txn, :value [[:append 1 2]], :error [:abort "no"], :final? true}
            {:type :info, :process :nemesis, :f :start-partition, :value nil}
            {:type :fail, :process 1, :f :read, :error :net-timeout}
            {:type :info, :process 1, :f :read, :error "indeterminate: x", :exception {:type "a"}}"#;
        let history = edn(text);
        let lines: Vec<String> = history
            .0
            .iter()
            .map(|it| serde_json::to_string(it).unwrap())
            .collect();
        assert_eq!(
            History::from_json(&lines.join("\n")),
            Ok(history.clone()).map(|mut history: History| {
                // The key of a nested map stays a string.
                history.0[4].exception = Some(Value::Map([("type".into(), "a".into())].into()));
                history
            })
        );
        let array = format!("[{}]", lines.join(","));
        assert_eq!(History::from_json(&array).unwrap().0.len(), history.0.len());
        assert!(is_json(&lines[0]) && is_json(&array) && !is_json(text) && !is_json(""));
    }

    #[test]
    fn extra_keys_of_an_operation_are_kept() {
        let text = "{:index 0, :time 1, :type :ok, :process 0, :f :poll, :value [[:poll {}]], \
                    :final? true, :exception {:type :a}, :error :timeout, \
                    :poll-ms 1000, :a/b #{1}, \"a b\" 2, [3] 4}";
        let history = edn(text);
        assert_eq!(history.0[0].to_string(), text);
        let value = history.0[0].to_value();
        assert_eq!(value.get("poll-ms"), Some(&1000.into()));
        let json = serde_json::to_string(&history.0[0]).unwrap();
        let again = History::from_json(&json).unwrap();
        let mut extra = again.0[0].extra.clone();
        extra.sort();
        // JSON has neither sets nor keys other than strings.
        let kept = [
            (Value::keyword("poll-ms"), 1000.into()),
            ("[3]".into(), 4.into()),
            ("a b".into(), 2.into()),
            ("a/b".into(), vec![1].into()),
        ];
        assert_eq!(extra, kept);
        let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        let again = serde_json::to_string(&again.0[0]).unwrap();
        assert_eq!(read(&again), read(&json));
    }

    #[test]
    fn missing_keys_are_filled_in() {
        let history = edn("{:type :invoke, :process 0, :f :read, :time 7, :index 5}
            {:type :ok, :process 0, :f :read, :new-key 1}");
        let read: Vec<(usize, u64)> = history.0.iter().map(|it| (it.index, it.time)).collect();
        assert_eq!(read, [(0, 7), (1, 7)]);
        let kept = edn("{:type :invoke, :process 0, :f :read, :time -7, :index 5}");
        assert_eq!((kept.0[0].index, kept.0[0].time), (5, 0));
    }

    #[test]
    fn malformed_operations_are_rejected_with_their_position() {
        for (text, expected) in [
            (
                "\n 5",
                "line 2, column 2: expected an operation, or a vector of them",
            ),
            (
                "[{:type :ok, :process 0, :f :a}\n 5]",
                "line 2, column 2: expected an operation",
            ),
            ("[[]]", "line 1, column 2: expected an operation"),
            (
                "{:type :okay}",
                "line 1, column 8: expected :invoke, :ok, :fail or :info, not :okay",
            ),
            (
                "{:type :ok, :f :a}",
                "line 1, column 1: this operation has no :process",
            ),
            (
                "{:type :ok, :f 1}",
                "line 1, column 16: expected a name, not 1",
            ),
            (
                "{:process -1}",
                "line 1, column 11: expected the number or name of a process, not -1",
            ),
            (
                "{:index \"a\"}",
                "line 1, column 9: expected an index, not \"a\"",
            ),
            ("{:type :ok", "line 1, column 1: this `{` is never closed"),
            (
                "{:time 1.5}",
                "line 1, column 8: expected nanoseconds, not 1.5",
            ),
        ] {
            assert_eq!(History::from_edn(text).unwrap_err().to_string(), expected);
        }
        for (text, expected) in [
            (
                "{\"type\": \"ok\", \"f\": \"a\"}",
                "line 1, column 1: this operation has no :process",
            ),
            ("\n5", "line 2, column 1: expected an operation"),
            ("{\"f\": 5]", "line 1, column 8: expected `,` or `}`"),
            ("[{\"f\": 5}]", "line 1, column 2: expected a name, not 5"),
        ] {
            assert_eq!(History::from_json(text).unwrap_err().to_string(), expected);
        }
    }
}
