//! A test bench: node processes, a router between them, and a client.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use mael_tests::{binary, finish, start, wait_until};
use serde_json::{Value, json};

use crate::foreign::store::{Stores, is_service};

/// The first id of a client's request, which neither a float nor an `i64` can represent exactly.
const FIRST_ID: u64 = 18_446_744_073_709_000_001;

/// The nodes of one test.
pub(crate) struct Bench {
    nodes: BTreeMap<&'static str, Child>,
    switch: Arc<Mutex<Switch>>,
    last_id: u64,
}

/// Routes messages between nodes, services and clients.
#[derive(Default)]
struct Switch {
    inputs: BTreeMap<&'static str, ChildStdin>,
    stores: Stores,
    /// The replies to clients, by the id of the request.
    replies: BTreeMap<u64, Value>,
    /// Invalid messages that nodes sent.
    errors: Vec<String>,
}

impl Switch {
    /// Writes a message to a node: without an id, in an unusual order, and with fields that the
    /// protocol does not know.
    fn send(&mut self, src: &str, dest: &str, mut body: Value) {
        body["trace"] = json!({"hops": [1, null], "type": "none"});
        let line = format!(
            r#"{{"body": {body}, "ttl": 0.5, "dest": {}, "via": [{{}}], "src": {}}}"#,
            json!(dest),
            json!(src)
        );
        match self.inputs.get_mut(dest) {
            // A node that has ended is detected at the end of the test.
            Some(input) => drop(writeln!(input, "{line}")),
            None => self.errors.push(format!("unknown destination: {line}")),
        }
    }

    /// Routes a line that `node` has written.
    fn route(&mut self, node: &str, line: &str) {
        let message: Value = match serde_json::from_str(line) {
            Ok(message) => message,
            Err(error) => return self.errors.push(format!("{error}: {line}")),
        };
        let (Some(dest), body) = (message["dest"].as_str(), &message["body"]) else {
            return self.errors.push(format!("no `dest`: {line}"));
        };
        if message["src"] != node {
            return self.errors.push(format!("`src` is not {node}: {line}"));
        }
        if self.inputs.contains_key(dest) {
            self.send(node, dest, body.clone());
        } else if is_service(dest) {
            let mut reply = self.stores.handle(dest, body);
            reply["in_reply_to"] = body["msg_id"].clone();
            self.send(dest, node, reply);
        } else {
            let in_reply_to = body["in_reply_to"].as_u64();
            let previous = in_reply_to.map(|id| self.replies.insert(id, body.clone()));
            if previous != Some(None) {
                self.errors
                    .push(format!("reply to an unknown request: {line}"));
            }
        }
    }
}

impl Bench {
    /// Starts one process of a binary for each name and initializes the nodes.
    pub(crate) fn new(bin: &str, names: &[&'static str], args: &[&str]) -> Self {
        let bin = binary(bin);
        let mut bench = Self {
            nodes: BTreeMap::new(),
            switch: Arc::default(),
            last_id: FIRST_ID,
        };
        for name in names {
            let mut child = start(Command::new(&bin).args(args));
            let (input, output) = (child.stdin.take(), child.stdout.take());
            let input = input.expect("stdin is a pipe");
            bench.switch().inputs.insert(name, input);
            bench.listen(name, output.expect("stdout is a pipe"));
            bench.nodes.insert(name, child);
        }
        for name in names {
            let init = json!({"type": "init", "node_id": name, "node_ids": names});
            let reply = bench.ask(name, init);
            assert_eq!(reply["type"], "init_ok", "{reply}");
        }
        bench
    }

    fn listen(&self, name: &'static str, output: ChildStdout) {
        let switch = Arc::clone(&self.switch);
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let line = line.expect("the output of a node is UTF-8");
                switch.lock().unwrap().route(name, &line);
            }
        });
    }

    fn switch(&self) -> MutexGuard<'_, Switch> {
        self.switch.lock().unwrap()
    }

    /// Sends a client's request and returns its id.
    pub(crate) fn send(&mut self, node: &str, mut body: Value) -> u64 {
        self.last_id += 1;
        body["msg_id"] = json!(self.last_id);
        self.switch().send("client1", node, body);
        self.last_id
    }

    /// Waits for the reply to a request.
    pub(crate) fn reply(&self, id: u64) -> Value {
        wait_until("there is a reply", || {
            self.switch().replies.contains_key(&id)
        });
        self.switch().replies[&id].clone()
    }

    /// Sends a client's request and waits for the reply.
    pub(crate) fn ask(&mut self, node: &str, body: Value) -> Value {
        let id = self.send(node, body);
        self.reply(id)
    }

    /// Repeats a request until the reply is the expected one.
    pub(crate) fn ask_until(
        &mut self,
        node: &str,
        body: &Value,
        is_expected: impl Fn(&Value) -> bool,
    ) {
        wait_until(
            &format!("{node} sends the expected reply to {body}"),
            || {
                thread::sleep(Duration::from_millis(20));
                is_expected(&self.ask(node, body.clone()))
            },
        );
    }

    /// Closes the input of all nodes and asserts that they exit cleanly.
    pub(crate) fn end(self) {
        let mut switch = self.switch();
        assert_eq!(switch.errors, [""; 0]);
        switch.inputs.clear();
        drop(switch);
        for (name, child) in self.nodes {
            let finished = finish(child);
            let (code, stderr) = (finished.code(), finished.stderr);
            assert!(
                code == 0 && !stderr.contains("panicked"),
                "{name}: {stderr}"
            );
        }
    }
}
