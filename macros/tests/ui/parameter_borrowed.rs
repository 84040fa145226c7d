//! Parameters that can't borrow from the message.

use std::borrow::Cow;

use mael::prelude::*;
use mael::protocol::RawValue;

#[node]
struct X;

#[handlers]
impl X {
    #[handler]
    fn text(&self, text: &str) {
        let _ = text;
    }

    #[handler]
    async fn later(&self, text: Cow<'_, str>, payload: &RawValue) {
        let _ = (text, payload);
    }

    #[handler]
    fn maybe(&self, text: Option<Cow<'_, str>>) {
        let _ = text;
    }

    #[handler]
    fn exclusive(&self, payload: &mut RawValue) {
        let _ = payload;
    }

    #[handler]
    fn bytes(&self, bytes: Cow<'_, [u8]>) {
        let _ = bytes;
    }
}

fn main() -> ExitCode {
    mael::run::<X>()
}
