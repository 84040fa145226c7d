//! Why a program can't be started.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::io::Errno;

/// How much of a program is looked at.
const BEGIN: u64 = 4096;

/// Says why the system did not start a program, and what to do, as far as the file shows it.
pub(super) fn explain(program: &Path, error: &io::Error) -> String {
    let reason = match Errno::from_io_error(error) {
        Some(Errno::ACCESS) => refused(program),
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

/// The system does not let the file be executed.
fn refused(program: &Path) -> Option<String> {
    let metadata = fs::metadata(program).ok()?;
    if metadata.is_dir() {
        return Some("it is a folder; give the path of a program".to_owned());
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Some("it is not executable; run `chmod +x` on it".to_owned());
    }
    let interpreter = interpreter(&begin(program)?)?;
    Some(format!("its interpreter {interpreter:?} can't be executed"))
}

/// The system does not know how to execute the file.
fn unknown_format(program: &Path) -> Option<String> {
    let begin = begin(program)?;
    Some(match &*begin {
        [] => "it is empty".to_owned(),
        [0x7f, b'E', b'L', b'F', ..] => match machine(&begin) {
            Some(machine) => format!(
                "it is built for {machine}, and this machine is {}; build it for this one",
                std::env::consts::ARCH
            ),
            None => "it is an ELF file that this system can't execute".to_owned(),
        },
        [b'M', b'Z', ..] => "it is a program for Windows; build it for this system".to_owned(),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => {
            "it is a program for macOS, or a class of Java's; build a program for this system"
                .to_owned()
        }
        [b'#', b'!', ..] => "its `#!` line names no program".to_owned(),
        _ if std::str::from_utf8(&begin).is_ok() || begin.is_ascii() => {
            "it has no `#!` line; begin it with one that names its interpreter, such as \
             `#!/usr/bin/env python3`"
                .to_owned()
        }
        _ => "it is neither a program for this system nor a script".to_owned(),
    })
}

/// The file, or what the system needs to execute it, does not exist.
fn missing(program: &Path) -> Option<String> {
    let begin = begin(program)?;
    if let Some(interpreter) = interpreter(&begin) {
        let line_end = if interpreter.ends_with('\r') {
            "; the line ends with a carriage return, as on Windows: remove it"
        } else {
            ""
        };
        return Some(format!(
            "its interpreter {interpreter:?} does not exist{line_end}"
        ));
    }
    let is_elf = begin.starts_with(b"\x7fELF");
    is_elf.then(|| {
        "the dynamic linker that it was built for does not exist here; build it for this system, or \
         link it statically"
            .to_owned()
    })
}

fn begin(program: &Path) -> Option<Vec<u8>> {
    let mut begin = Vec::new();
    let file = File::open(program).ok()?;
    file.take(BEGIN).read_to_end(&mut begin).ok()?;
    Some(begin)
}

/// The program that the `#!` line of a script names.
fn interpreter(begin: &[u8]) -> Option<String> {
    let line = begin
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let line = String::from_utf8_lossy(line);
    // A carriage return is part of a name to the system.
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    words.next().map(str::to_owned)
}

/// The architecture that an ELF file is built for, if that is known and not this one. Source: the
/// registry of `e_machine` values of the System V ABI.
fn machine(begin: &[u8]) -> Option<&'static str> {
    let little_endian = *begin.get(5)? == 1;
    let bytes = [*begin.get(18)?, *begin.get(19)?];
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

    /// What is said of a file with this content that is started.
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

    /// An ELF header of 64 bits and little endian, for a machine.
    fn elf(machine: u8) -> Vec<u8> {
        let mut header = b"\x7fELF\x02\x01\x01".to_vec();
        header.resize(16, 0);
        header.extend([2, 0, machine, 0, 1, 0, 0, 0]);
        header.resize(64, 0);
        header
    }

    #[test]
    fn each_reason_is_named_and_no_other() {
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
    fn a_folder_and_what_does_not_exist_are_named() {
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
