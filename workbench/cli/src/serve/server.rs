//! A small web server over `store/`: all runs with their verdicts, and their files.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context;
use percent_encoding::percent_decode_str;
use tiny_http::{Header, Method, Request, Response, ResponseBox};

use mael_sim::store::ROOT;

use super::{archive, folder, runs};

/// A server that is bound to an address.
pub(crate) struct Server {
    http: tiny_http::Server,
}

impl Server {
    /// Binds to an address.
    ///
    /// # Errors
    /// Returns an error if the address is not one of this machine, or the port is in use.
    pub(crate) fn listen(host: &str, port: u16) -> anyhow::Result<Self> {
        let http = tiny_http::Server::http((host, port))
            .map_err(|error| anyhow::anyhow!("can't listen on {host} port {port}: {error}"))?;
        Ok(Self { http })
    }

    /// Returns the address that the server listens on.
    pub(crate) fn address(&self) -> String {
        self.http.server_addr().to_string()
    }

    /// Answers requests, one at a time, until the process ends.
    pub(crate) fn run(&self) {
        for request in self.http.incoming_requests() {
            let response = match answer(&request, Path::new(ROOT)) {
                Ok(response) => response,
                Err(error) => plain(500, &format!("{error:#}")),
            };
            // The client may have disconnected.
            let _ = request.respond(response);
        }
    }
}

/// Returns the response to a request for a path below the folder of all runs.
fn answer(request: &Request, root: &Path) -> anyhow::Result<ResponseBox> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return Ok(plain(405, "only GET and HEAD are supported"));
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
        Some(Target::Folder(folder)) => Ok(page(&folder::page(&path, &folder)?)),
        Some(Target::File(file)) => serve_file(&file),
        Some(Target::Archive(folder)) => {
            let archive = archive::of(&folder)?;
            Ok(typed(Response::from_file(archive), "application/zip"))
        }
        None => Ok(plain(404, "not found")),
    }
}

/// The target of a path.
enum Target {
    Folder(PathBuf),
    File(PathBuf),
    /// A folder, requested with the suffix `.zip`.
    Archive(PathBuf),
}

/// Finds the target of a path. Targets outside of the folder of all runs are not found.
fn find(root: &Path, path: &str) -> Option<Target> {
    let root = fs::canonicalize(root).ok()?;
    let inside = |path: &str| {
        let path = fs::canonicalize(root.join(path.trim_start_matches('/'))).ok()?;
        path.starts_with(&root).then_some(path)
    };
    match inside(path) {
        Some(found) if found.is_dir() => Some(Target::Folder(found)),
        Some(found) if found.is_file() => Some(Target::File(found)),
        _ => {
            let folder = inside(path.strip_suffix(".zip")?)?;
            folder.is_dir().then_some(Target::Archive(folder))
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
    let header = Header::from_bytes("Content-Type", kind).expect("a content type is ASCII");
    response.with_header(header).boxed()
}
