//! A handwritten node that misbehaves in the way given by its first argument. It serves `echo`, and
//! a key-value store that is always empty.

use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};
use std::thread;

use mael::protocol::{BodyWriter, Packet};

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mode = args.first().map_or("correct", String::as_str);
    match mode {
        "arguments" => eprintln!("arguments: {args:?}"),
        // It outlives the node and holds the pipes open until it is killed.
        "child" => drop(Command::new("sleep").arg(&args[1]).spawn()?),
        // It leaves the node's process group, and its parent exits immediately.
        "daemon" => {
            let script = r#"setsid sleep "$0" &"#;
            Command::new("sh").args(["-c", script, &args[1]]).status()?;
        }
        "ignores-signals" => {
            let program = std::env::current_exe()?;
            let script = r#"trap "" TERM INT HUP; exec "$0" correct "$1""#;
            return Err(Command::new("sh")
                .args(["-c", script])
                .arg(program)
                .arg(&args[1])
                .exec());
        }
        _ => {}
    }
    let mut replies = 0;
    let mut held_back = String::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let packet = Packet::parse(line.as_bytes())
            .map_err(|malformed| io::Error::other(malformed.reason))?;
        let header = packet.body.header().map_err(io::Error::other)?;
        // A reply arrives here if a request was sent with this node's id as `src`.
        if header.is_reply() {
            continue;
        }
        let msg_type = header.msg_type.as_deref().unwrap_or_default();
        let (text,): (Option<String>,) = packet.body.fields(["echo"]).map_err(io::Error::other)?;
        let mut text = text.unwrap_or_default();
        match (mode, msg_type) {
            ("no-reply-to-init", "init") | ("no-reply", "echo") => continue,
            ("wrong-text", "echo") => text.push('!'),
            ("markup", "echo") => "</script><script>alert(1)</script>".clone_into(&mut text),
            ("exit", "echo") if replies == 5 => {
                eprintln!("the last line of this node");
                exit(3);
            }
            // After its first reply, it writes as fast as its output is read.
            ("flood", "echo") if replies == 0 => drop(thread::spawn(|| {
                let malformed = "y\n".repeat(32 * 1024);
                while io::stdout().write_all(malformed.as_bytes()).is_ok() {}
            })),
            // It stops reading, so its pipe fills with requests.
            ("stops-reading", _) if msg_type != "init" => loop {
                thread::park();
            },
            ("closes-stdout", _) if msg_type != "init" => {
                return Err(shell("exec >&-; exec sleep 60"));
            }
            ("closes-stdin", _) if msg_type != "init" => {
                return Err(shell("exec <&-; exec sleep 60"));
            }
            ("long-lines", "echo") if replies == 0 => {
                let line = "y".repeat(50_000_000);
                (0..4).for_each(|_| println!("{line}"));
            }
            ("noisy-stderr", "echo") if replies == 0 => {
                let text = "A line of 20 bytes. ".repeat(50_000);
                (0..100).for_each(|_| eprintln!("{text}"));
            }
            ("malformed", "echo") => println!("malformed line {replies}"),
            _ => {}
        }
        let mut body = Vec::new();
        let mut writer = BodyWriter::new(&mut body);
        if let Some(id) = header.msg_id.clone() {
            writer = writer.in_reply_to(id);
        }
        let written = match (mode, msg_type) {
            ("refuse-init", "init") => writer
                .message("error")
                .field("code", &11)
                .field("text", "not today")
                .end(),
            (_, "init") => writer.message("init_ok").end(),
            (_, "read") => writer.message("read_ok").field("value", &None::<u64>).end(),
            (_, "write") => writer.message("write_ok").end(),
            (_, "cas") => writer
                .message("error")
                .field("code", &22)
                .field("text", "it is empty")
                .end(),
            _ => writer.message("echo_ok").field("echo", &text).end(),
        };
        written.map_err(io::Error::other)?;
        let (src, dest) = (&packet.src, &packet.dest);
        let body = String::from_utf8_lossy(&body);
        let reply = format!(r#"{{"src":"{dest}","dest":"{src}","body":{body}}}"#);
        let id = header.msg_id.map(|id| format!(r#""in_reply_to":{id}"#));
        let id = id.unwrap_or_default();
        let text = match (mode, msg_type) {
            ("twice", "echo") => format!("{reply}\n{reply}\n"),
            ("unflushed-init", _) => {
                held_back += &format!("{reply}\n");
                String::new()
            }
            ("no-newline-init", _) => reply,
            (_, "init") => reply + "\n",
            ("unflushed", _) => {
                held_back += &format!("{reply}\n");
                String::new()
            }
            ("no-newline", _) => reply,
            ("newline-first", _) => format!("\n{reply}"),
            ("two-on-a-line", _) => format!(r#"{{"src":"{dest}","dest":"lin-kv"}}{reply}"#) + "\n",
            ("trailing-text", _) => format!("{reply} # done\n"),
            ("float-in-reply-to", _) => reply.replace(&id, &format!("{id}.0")) + "\n",
            ("string-in-reply-to", _) => {
                reply.replace(&id, &(id.replace(':', ":\"") + "\"")) + "\n"
            }
            ("no-in-reply-to", _) => reply.replace("in_reply_to", "re") + "\n",
            ("string-msg-id", _) => reply.replace(&id, &format!(r#"{id},"msg_id":"7""#)) + "\n",
            ("swapped", _) => format!(r#"{{"src":"{src}","dest":"{dest}","body":{body}}}"#) + "\n",
            ("as-a-service", _) => {
                format!(r#"{{"src":"lin-kv","dest":"{src}","body":{body}}}"#) + "\n"
            }
            ("unknown-key", _) => reply.replace(r#""body""#, r#""time":7,"body""#) + "\n",
            ("float-id", _) => reply.replace(r#""body""#, r#""id":7.5,"body""#) + "\n",
            ("unknown-dest", _) => {
                format!(r#"{{"src":"{dest}","dest":"n9"}}"#) + "\n" + &reply + "\n"
            }
            ("unknown-src", _) => {
                format!(r#"{{"src":"n9","dest":"{dest}"}}"#) + "\n" + &reply + "\n"
            }
            ("blank-line", _) => format!("\n{reply}\n"),
            _ => reply + "\n",
        };
        print!("{text}");
        io::stdout().flush()?;
        replies += u32::from(msg_type == "echo");
    }
    print!("{held_back}");
    Ok(())
}

/// Replaces this process with a shell that runs this script; returns only if that fails.
fn shell(script: &str) -> io::Error {
    Command::new("sh").args(["-c", script]).exec()
}
