//! The timestamp oracle.

use crate::Result;
use crate::node::{Field, FromInit, Init};
use crate::rpc::Net;
use crate::rpc::call::{Call, Named, One};

/// A client of `lin-tso`: timestamps that grow, and of which no two are the same.
///
/// As a field of a node it is filled in when the node starts.
///
/// ```
/// use mael::prelude::*;
///
/// #[node]
/// struct Ids {
///     clock: LinTso,
/// }
///
/// #[handlers]
/// impl Ids {
///     #[handler(reply = "id")]
///     async fn generate(&self) -> mael::Result<u64> {
///         self.clock.timestamp().await
///     }
/// }
/// ```
#[derive(Clone)]
pub struct LinTso(Net);

impl LinTso {
    /// A timestamp larger than all that were given before this call began. Repeated until it is
    /// answered; a reply that is lost leaves a gap.
    ///
    /// # Errors
    /// Those of the node's end.
    pub async fn timestamp(&self) -> Result<u64> {
        let arguments = Named(&[], ());
        let call: Call<_, One<u64>> =
            Call::new(self.0.clone(), "lin-tso".into(), "ts", arguments, &["ts"]);
        call.retry().await
    }
}

impl FromInit for LinTso {
    fn from_init(init: &Init, _: &Field) -> Result<Self> {
        Ok(Self(init.net().clone()))
    }
}
