//! `mael serve`: the stored runs in a browser.

mod archive;
mod folder;
mod html;
mod runs;
mod server;

use clap::Args;
use mael_sim::Exit;
use mael_sim::output::print;

use server::Server;

#[derive(Args, Debug)]
#[command(args_override_self = true)]
pub(super) struct Arguments {
    /// The address to listen on; 127.0.0.1 is reachable from this machine only
    #[arg(short = 'b', long, value_name = "ADDRESS", default_value = "0.0.0.0")]
    host: String,

    /// The port to listen on; 0 for any free port
    #[arg(short, long, value_name = "NUMBER", default_value_t = 8080)]
    port: u16,
}

/// Serves until the process ends.
pub(super) fn main(arguments: &Arguments) -> anyhow::Result<Exit> {
    let server = Server::listen(&arguments.host, arguments.port)?;
    print(&format!("Listening on http://{}/", server.address()));
    server.run();
    Ok(Exit::Valid)
}
