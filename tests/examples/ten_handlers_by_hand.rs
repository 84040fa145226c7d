//! The node of `ten_handlers`, handwritten: enums with serde's derives, a loop and a `match`.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use mael::serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(crate = "mael::serde")]
struct Packet {
    src: String,
    dest: String,
    body: RequestBody,
}

#[derive(Deserialize)]
#[serde(crate = "mael::serde")]
struct RequestBody {
    msg_id: Option<u64>,
    #[serde(flatten)]
    request: Request,
}

#[derive(Deserialize)]
#[serde(crate = "mael::serde", tag = "type", rename_all = "snake_case")]
enum Request {
    Init { node_id: String },
    Echo { echo: String },
    Read { key: String },
    Write { key: String, value: u64 },
    Cas { key: String, from: u64, to: u64 },
    Add { key: String, delta: u64 },
    Delete { key: String },
    Keys {},
    Append { key: String, values: Vec<u64> },
    List { key: String, limit: Option<usize> },
    Name {},
}

#[derive(Serialize)]
#[serde(crate = "mael::serde")]
struct Answer {
    src: String,
    dest: String,
    body: ReplyBody,
}

#[derive(Serialize)]
#[serde(crate = "mael::serde")]
struct ReplyBody {
    in_reply_to: u64,
    #[serde(flatten)]
    reply: Reply,
}

#[derive(Serialize)]
#[serde(crate = "mael::serde", tag = "type", rename_all = "snake_case")]
enum Reply {
    InitOk {},
    EchoOk { echo: String },
    ReadOk { value: u64 },
    WriteOk {},
    CasOk {},
    AddOk { value: u64 },
    DeleteOk {},
    KeysOk { keys: Vec<String> },
    AppendOk { length: usize },
    ListOk { values: Vec<u64>, length: usize },
    NameOk { name: String },
    Error { code: u64, text: String },
}

#[derive(Default)]
struct Store {
    id: String,
    values: BTreeMap<String, u64>,
    lists: BTreeMap<String, Vec<u64>>,
}

impl Store {
    fn handle(&mut self, request: Request) -> Reply {
        match request {
            Request::Init { node_id } => {
                self.id = node_id;
                Reply::InitOk {}
            }
            Request::Echo { echo } => Reply::EchoOk { echo },
            Request::Read { key } => match self.values.get(&key) {
                Some(&value) => Reply::ReadOk { value },
                None => missing(key),
            },
            Request::Write { key, value } => {
                self.values.insert(key, value);
                Reply::WriteOk {}
            }
            Request::Cas { key, from, to } => match self.values.get_mut(&key) {
                Some(value) if *value == from => {
                    *value = to;
                    Reply::CasOk {}
                }
                Some(_) => Reply::Error {
                    code: 22,
                    text: "the current value differs".to_owned(),
                },
                None => missing(key),
            },
            Request::Add { key, delta } => {
                let value = self.values.entry(key).or_default();
                *value += delta;
                Reply::AddOk { value: *value }
            }
            Request::Delete { key } => {
                self.values.remove(&key);
                Reply::DeleteOk {}
            }
            Request::Keys {} => Reply::KeysOk {
                keys: self.values.keys().cloned().collect(),
            },
            Request::Append { key, values } => {
                let list = self.lists.entry(key).or_default();
                list.extend(values);
                Reply::AppendOk { length: list.len() }
            }
            Request::List { key, limit } => {
                let list = self.lists.get(&key).map(Vec::as_slice).unwrap_or_default();
                let end = limit.unwrap_or(list.len()).min(list.len());
                Reply::ListOk {
                    values: list[..end].to_vec(),
                    length: list.len(),
                }
            }
            Request::Name {} => Reply::NameOk {
                name: self.id.clone(),
            },
        }
    }
}

fn missing(key: String) -> Reply {
    Reply::Error {
        code: 20,
        text: key,
    }
}

fn main() -> io::Result<()> {
    let mut store = Store::default();
    let mut stdout = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let packet: Packet = serde_json::from_str(&line?)?;
        let reply = store.handle(packet.body.request);
        let Some(in_reply_to) = packet.body.msg_id else {
            continue;
        };
        let answer = Answer {
            src: packet.dest,
            dest: packet.src,
            body: ReplyBody { in_reply_to, reply },
        };
        serde_json::to_writer(&mut stdout, &answer)?;
        stdout.write_all(b"\n")?;
        stdout.flush()?;
    }
    Ok(())
}
