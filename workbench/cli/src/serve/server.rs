//! A small web server over `store/`: all runs with their verdicts, and their files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context;
use percent_encoding::percent_decode_str;
use tiny_http::{Header, Method, Request, Response, ResponseBox};

use mael_sim::store::ROOT;

use super::{archive, folder, runs};

/// A server that listens.
pub(crate) struct Server {
    http: tiny_http::Server,
}

impl Server {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the address is not one of this machine, or the port is taken.
    pub(crate) fn listen(host: &str, port: u16) -> anyhow::Result<Self> {
        let http = tiny_http::Server::http((host, port))
            .map_err(|error| anyhow::anyhow!("can't listen at {host} port {port}: {error}"))?;
        Ok(Self { http })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        self.http.server_addr().to_string()
    }

    /// Answers requests, one after the other. Ends when the process does.
    pub(crate) fn run(&self) {
        for request in self.http.incoming_requests() {
            let response = match answer(&request, Path::new(ROOT)) {
                Ok(response) => response,
                Err(error) => plain(500, &format!("{error:#}")),
            };
            // Whoever asked may be gone.
            let _ = request.respond(response);
        }
    }
}

/// What is asked for, in the folder of all runs.
fn answer(request: &Request, root: &Path) -> anyhow::Result<ResponseBox> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return Ok(plain(405, "only GET and HEAD are served"));
    }
    let path = request.url().split('?').next().unwrap_or_default();
    let Ok(path) = percent_decode_str(path).decode_utf8() else {
        return Ok(plain(400, "the path is not UTF-8"));
    };
    if path == "/" {
        return Ok(page(&runs::page(root)?));
    }
    let found = path
        .strip_prefix("/files")
        .and_then(|path| find(root, path));
    match found {
        Some(Found::Folder(folder)) => Ok(page(&folder::page(&path, &folder)?)),
        Some(Found::File(file)) => serve_file(&file),
        Some(Found::Archive(folder)) => {
            let archive = archive::of(&folder)?;
            Ok(typed(Response::from_file(archive), "application/zip"))
        }
        None => Ok(plain(404, "there is no such file")),
    }
}

/// What a path names.
enum Found {
    Folder(PathBuf),
    File(PathBuf),
    /// A folder with `.zip` behind its name.
    Archive(PathBuf),
}

/// Finds what a path names, within the folder of all runs and nowhere else.
fn find(root: &Path, path: &str) -> Option<Found> {
    let root = fs::canonicalize(root).ok()?;
    let inside = |path: &str| {
        let path = fs::canonicalize(root.join(path.trim_start_matches('/'))).ok()?;
        path.starts_with(&root).then_some(path)
    };
    match inside(path) {
        Some(found) if found.is_dir() => Some(Found::Folder(found)),
        Some(found) if found.is_file() => Some(Found::File(found)),
        _ => {
            let folder = inside(path.strip_suffix(".zip")?)?;
            folder.is_dir().then_some(Found::Archive(folder))
        }
    }
}

fn serve_file(path: &Path) -> anyhow::Result<ResponseBox> {
    let file = File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    let kind = match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "text/plain; charset=utf-8",
    };
    Ok(typed(Response::from_file(file), kind))
}

fn page(html: &str) -> ResponseBox {
    typed(Response::from_string(html), "text/html; charset=utf-8")
}

fn plain(status: u16, text: &str) -> ResponseBox {
    let response = Response::from_string(format!("{text}\n")).with_status_code(status);
    typed(response, "text/plain; charset=utf-8")
}

fn typed<R: std::io::Read + Send + 'static>(response: Response<R>, kind: &str) -> ResponseBox {
    let header = Header::from_bytes("Content-Type", kind).expect("it is plain text");
    response.with_header(header).boxed()
}
