//! Why a program can't be started.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::io::Errno;

/// How many bytes of a program are examined.
const HEAD_BYTES: u64 = 4096;

/// Explains why the system did not start a program and what to do, as far as the file shows it.
pub(super) fn explain(program: &Path, error: &io::Error) -> String {
    let reason = match Errno::from_io_error(error) {
        Some(Errno::ACCESS) => not_executable(program),
        Some(Errno::NOEXEC) => unknown_format(program),
        Some(Errno::NOENT) => missing(program),
        _ => None,
    };
    let program = program.display();
    match reason {
        Some(reason) => format!("{program}: {reason} ({error})"),
        None => format!("{program}: {error}"),
    }
}

/// Explains why the system may not execute the file.
fn not_executable(program: &Path) -> Option<String> {
    let metadata = fs::metadata(program).ok()?;
    if metadata.is_dir() {
        return Some("it is a folder; pass the path of a program".to_owned());
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Some(
            "it is not executable; run `chmod +x` on it, or pass its interpreter, as in --bin \
             \"python3 node.py\""
                .to_owned(),
        );
    }
    let interpreter = interpreter(&head(program)?)?;
    Some(format!("its interpreter {interpreter:?} can't be executed"))
}

/// Explains why the system does not know how to execute the file.
fn unknown_format(program: &Path) -> Option<String> {
    let head = head(program)?;
    Some(match &*head {
        [] => "it is empty".to_owned(),
        [0x7f, b'E', b'L', b'F', ..] => match machine(&head) {
            Some(machine) => format!(
                "it is built for {machine}, but this machine is {}; build it for this one",
                std::env::consts::ARCH
            ),
            None => "it is an ELF file that this system can't execute".to_owned(),
        },
        [b'M', b'Z', ..] => "it is a program for Windows; build it for this system".to_owned(),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            "it is a program for macOS or a Java class file; build a program for this system"
                .to_owned()
        }
        [b'#', b'!', ..] => "its `#!` line does not name a program".to_owned(),
        _ if std::str::from_utf8(&head).is_ok() || head.is_ascii() => {
            "it has no `#!` line; start it with one that names its interpreter, such as \
             `#!/usr/bin/env python3`, or pass the interpreter, as in --bin \"python3 node.py\""
                .to_owned()
        }
        _ => "it is neither a program for this system nor a script".to_owned(),
    })
}

/// Explains which file does not exist: the program, or one that it needs.
fn missing(program: &Path) -> Option<String> {
    let head = head(program)?;
    if let Some(interpreter) = interpreter(&head) {
        let line_end = if interpreter.ends_with('\r') {
            "; the line ends with a carriage return, as on Windows: remove it"
        } else {
            ""
        };
        return Some(format!(
            "its interpreter {interpreter:?} does not exist{line_end}"
        ));
    }
    let is_elf = head.starts_with(b"\x7fELF");
    is_elf.then(|| {
        "its dynamic linker does not exist on this system; build it for this system, or \
         link it statically"
            .to_owned()
    })
}

fn head(program: &Path) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let file = File::open(program).ok()?;
    file.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    Some(head)
}

/// Returns the program that the `#!` line of a script names.
fn interpreter(head: &[u8]) -> Option<String> {
    let line = head
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let line = String::from_utf8_lossy(line);
    // To the system, a carriage return is part of the name.
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    words.next().map(str::to_owned)
}

/// Returns the architecture that an ELF file is built for, if it is not this one. Source: the
/// registry of `e_machine` values of the System V ABI.
fn machine(head: &[u8]) -> Option<&'static str> {
    let little_endian = *head.get(5)? == 1;
    let bytes = [*head.get(18)?, *head.get(19)?];
    let machine = if little_endian {
        u16::from_le_bytes(bytes)
    } else {
        u16::from_be_bytes(bytes)
    };
    let name = match machine {
        3 => "x86",
        8 => "mips",
        20 => "powerpc",
        21 => "powerpc64",
        22 => "s390x",
        40 => "arm",
        62 => "x86_64",
        183 => "aarch64",
        243 => "riscv",
        258 => "loongarch64",
        _ => "another architecture",
    };
    (name != std::env::consts::ARCH).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::process::Command;

    use tempfile::TempDir;

    use super::*;

    /// Returns the error of starting a file with this content.
    fn started(content: &[u8], mode: u32) -> String {
        let (_folder, program) = file(content, mode);
        let error = Command::new(&program).spawn().unwrap_err();
        explain(&program, &error)
    }

    fn file(content: &[u8], mode: u32) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        fs::write(&program, content).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(mode)).unwrap();
        (folder, program)
    }

    /// Returns a 64-bit little-endian ELF header for a machine.
    fn elf(machine: u8) -> Vec<u8> {
        let mut header = b"\x7fELF\x02\x01\x01".to_vec();
        header.resize(16, 0);
        header.extend([2, 0, machine, 0, 1, 0, 0, 0]);
        header.resize(64, 0);
        header
    }

    #[test]
    fn only_the_actual_reason_is_given() {
        let foreign = if cfg!(target_arch = "aarch64") {
            62
        } else {
            183
        };
        let foreign_name = if cfg!(target_arch = "aarch64") {
            "x86_64"
        } else {
            "aarch64"
        };
        let cases: [(&[u8], u32, &str); 9] = [
            (
                b"#!/bin/sh\n",
                0o644,
                "it is not executable; run `chmod +x` on it",
            ),
            (
                &elf(foreign),
                0o600,
                "it is not executable; run `chmod +x` on it",
            ),
            (b"print('hello')\n", 0o755, "it has no `#!` line"),
            ("echo \u{e9}\n".as_bytes(), 0o755, "it has no `#!` line"),
            (b"", 0o755, "it is empty"),
            (&elf(foreign), 0o755, foreign_name),
            (b"MZ\x90\0", 0o755, "it is a program for Windows"),
            (
                b"#!/no/such/python3 -u\n",
                0o755,
                "its interpreter \"/no/such/python3\" does not exist (",
            ),
            (
                b"#!/bin/sh\r\necho\r\n",
                0o755,
                "its interpreter \"/bin/sh\\r\" does not exist; the line ends with a carriage return",
            ),
        ];
        for (content, mode, reason) in cases {
            let text = started(content, mode);
            assert!(text.contains(reason), "{reason:?} in {text:?}");
            for (_, _, other) in cases {
                let is_other = !reason.starts_with(other) && !other.starts_with(reason);
                assert!(!is_other || !text.contains(other), "{other:?} in {text:?}");
            }
        }
    }

    #[test]
    fn folders_and_missing_files_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        let error = Command::new(folder.path()).spawn().unwrap_err();
        let text = explain(folder.path(), &error);
        assert!(text.contains("it is a folder"), "{text}");
        let nowhere = folder.path().join("nowhere");
        let error = Command::new(&nowhere).spawn().unwrap_err();
        assert_eq!(
            explain(&nowhere, &error),
            format!("{}: {error}", nowhere.display())
        );
    }
}
