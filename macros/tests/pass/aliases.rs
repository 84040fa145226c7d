//! Aliases of `Result`.

#![deny(warnings)]

use mael::prelude::*;

type Fallible<T> = mael::Result<T>;
type Done = mael::Result<()>;
type Number = Result<u64, Refused>;
type Pair<E> = Result<(u64, bool), E>;

/// An error.
pub struct Refused;

impl From<Refused> for Error {
    fn from(_: Refused) -> Self {
        Error::new(ErrorCode::Abort, "refused")
    }
}

/// A user type with the same name as a type of `mael`.
mod own {
    #[mael::message]
    pub(super) struct Result {
        pub(super) value: u64,
    }
}

use own::Result as OwnResult;

#[node]
struct Aliases;

#[handlers]
impl Aliases {
    #[init]
    fn load(&self) -> Done {
        Ok(())
    }

    #[every(secs = 1)]
    fn tick(&self) -> Done {
        Ok(())
    }

    #[every(secs = 1)]
    async fn tick_later(&self) -> Fallible<()> {
        Ok(())
    }

    #[task]
    async fn run(&self) -> Result<(), Refused> {
        Err(Refused)
    }

    #[handler(reply = "value", fallible)]
    fn number(&self) -> Number {
        Ok(1)
    }

    #[handler(reply = "value", fallible)]
    async fn number_later(&self) -> Fallible<u64> {
        Ok(1)
    }

    #[handler(fallible)]
    fn done(&self) -> Done {
        Ok(())
    }

    #[handler(fallible)]
    async fn done_later(&self) -> Fallible<()> {
        Ok(())
    }

    #[handler(fallible)]
    fn page(&self) -> Fallible<OwnResult> {
        Ok(OwnResult { value: 1 })
    }

    #[handler]
    fn own(&self) -> OwnResult {
        OwnResult { value: 1 }
    }

    #[handler(reply("a", "b"), fallible)]
    fn pair(&self) -> Fallible<(u64, bool)> {
        Ok((1, true))
    }

    #[handler(reply = "pair", fallible)]
    fn whole_pair(&self) -> Pair<Refused> {
        Ok((1, true))
    }

    #[handler(reply = "value", fallible)]
    fn named(&self) -> std::result::Result<u64, Refused> {
        Ok(1)
    }

    #[handler(oneway, fallible)]
    fn receive(&self) -> Done {
        Ok(())
    }

    #[handler(oneway, fallible)]
    async fn receive_later(&self) -> Done {
        Ok(())
    }
}

async fn call(peers: &Peers<Aliases>) -> mael::Result<()> {
    for peer in peers {
        let _: u64 = peer.number().await? + peer.number_later().await?;
        let () = peer.done().await?;
        let () = peer.done_later().await?;
        let _: u64 = peer.page().await?.value + peer.own().await?.value;
        let ((_, _), (_, _)): ((u64, bool), _) = (peer.pair().await?, peer.whole_pair().await?);
        let _: u64 = peer.named().await?;
        peer.receive().send();
        peer.receive_later().send();
    }
    Ok(())
}

pub(super) fn check() {
    let _ = (call, mael::run::<Aliases>);
}
