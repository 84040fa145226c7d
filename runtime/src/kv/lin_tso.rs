//! The client of the timestamp oracle.

use crate::Result;
use crate::node::{Field, FromInit, Init};
use crate::rpc::Net;
use crate::rpc::call::{Call, Named, One};

/// A client of `lin-tso`, which returns unique, increasing timestamps.
///
/// A field of this type is set when the node starts.
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
    /// Returns a timestamp larger than all that were returned before this call began. The request
    /// is repeated until a reply arrives; a lost reply leaves a gap.
    ///
    /// # Errors
    /// Returns error 0 if the node's input ends.
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
