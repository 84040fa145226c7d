//! Tests `mael serve`, which shows the stored runs in a browser.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use mael_tests::{binary, run};
use tempfile::TempDir;

/// A server of a temporary folder, which is killed on drop.
struct Server {
    folder: TempDir,
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(binary("mael"))
            .current_dir(folder.path())
            .args(["serve", "-b", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim_end().trim_end_matches('/');
        let address = address.strip_prefix("Listening on http://").unwrap();
        Self {
            address: address.to_owned(),
            folder,
            child,
        }
    }

    /// Stores the files of a run.
    fn store(&self, run: &str, results: &str) {
        let folder = self.folder.path().join("store/echo").join(run);
        fs::create_dir_all(folder.join("node-logs")).unwrap();
        fs::write(folder.join("results.json"), results).unwrap();
        fs::write(folder.join("node-logs/n0.log"), "a line & more\n").unwrap();
    }

    /// Returns the status and the body of the response.
    fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut response = Vec::new();
        stream.read_to_end(&mut response).unwrap();
        let end = response.windows(4).position(|four| four == b"\r\n\r\n");
        let body = response.split_off(end.expect("the headers end with an empty line") + 4);
        let headers = String::from_utf8(response).unwrap();
        let status = headers.split(' ').nth(1).unwrap();
        (status.parse().unwrap(), body)
    }

    fn page(&self, path: &str) -> String {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "{path}");
        String::from_utf8(body).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn runs_are_listed_with_their_verdicts_newest_first() {
    let server = Server::start();
    assert!(server.page("/").contains("There are no runs yet"));
    server.store("20260101T000000.000Z", r#"{"valid?": true}"#);
    server.store("20260102T000000.000Z", r#"{"valid?": false}"#);
    server.store("20260103T000000.000Z", r#"{"valid?": "unknown"}"#);
    server.store("20260104T000000.000Z", "");
    let page = server.page("/");
    let places = ["incomplete", "unknown", "invalid", "valid</td>"]
        .map(|verdict| page.find(&format!("<td>{verdict}")).expect(verdict));
    assert!(places.is_sorted(), "{page}");
    assert!(page.contains("#FEB5DA"), "{page}");
}

#[test]
fn files_are_served_and_folders_can_be_downloaded_as_archives() {
    let server = Server::start();
    server.store("20260101T000000.000Z", r#"{"valid?": true}"#);
    let run = "/files/echo/20260101T000000.000Z";
    assert!(server.page(run).contains("node-logs/</a>"));
    assert_eq!(
        server.page(&format!("{run}/node-logs/n0.log")),
        "a line & more\n"
    );
    let (status, bytes) = server.get(&format!("{run}.zip"));
    assert_eq!(status, 200);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    let mut file = archive
        .by_name("20260101T000000.000Z/node-logs/n0.log")
        .unwrap();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "a line & more\n");
}

#[test]
fn nothing_outside_of_the_store_is_served() {
    let server = Server::start();
    server.store("20260101T000000.000Z", "{}");
    fs::write(server.folder.path().join("secret"), "s").unwrap();
    for path in [
        "/files/../secret",
        "/files/%2e%2e/secret",
        "/secret",
        "/files/none",
    ] {
        assert_eq!(server.get(path).0, 404, "{path}");
    }
    assert_eq!(server.get("/files/%ff").0, 400);
}

#[test]
fn a_port_in_use_is_an_error() {
    let server = Server::start();
    let port = server.address.rsplit(':').next().unwrap();
    let finished = run(Command::new(binary("mael")).args(["serve", "-b", "127.0.0.1", "-p", port]));
    assert_eq!(finished.code(), 255);
    assert!(
        finished.stderr.contains("can't listen on 127.0.0.1"),
        "{}",
        finished.stderr
    );
}
