//! Requests to key-value services.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::markers::ABSENT;
use crate::protocol::read_json;
use crate::rpc::call::{Call, Empty, Named, One};
use crate::rpc::{Backoff, Net};
use crate::time::Duration;
use crate::{Error, ErrorCode, Result, time};

/// The maximum pause after a compare-and-set that failed because of a concurrent change.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// The maximum of the first pause.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// The operations of the key-value services.
#[derive(Clone)]
pub(crate) struct Kv {
    net: Net,
    service: &'static str,
}

impl Kv {
    pub(crate) fn new(net: Net, service: &'static str) -> Self {
        Self { net, service }
    }

    /// Returns the value of a key as JSON, or None if the key does not exist.
    pub(crate) async fn read_raw<K: Serialize>(&self, key: &K) -> Result<Option<Box<RawValue>>> {
        let call: Call<_, One<Box<RawValue>>> =
            self.call("read", Named(&["key"], (raw(key)?,)), &["value"]);
        match call.retry().first_reply().await {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.code == ErrorCode::KeyDoesNotExist => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        key: &impl Serialize,
    ) -> Result<Option<T>> {
        self.read_raw(key)
            .await?
            .map(|value| typed(&value))
            .transpose()
    }

    pub(crate) async fn write<K: Serialize, T: Serialize>(&self, key: &K, value: &T) -> Result<()> {
        let arguments = Named(&["key", "value"], (raw(key)?, raw(value)?));
        let call: Call<_, Empty> = self.call("write", arguments, &[]);
        call.await
    }

    /// Returns true if the value was `from` and is now `to`, and false if it was another or the key
    /// did not exist.
    pub(crate) async fn cas<K: Serialize, T: Serialize, U: Serialize>(
        &self,
        key: &K,
        from: &T,
        to: &U,
    ) -> Result<bool> {
        let arguments = Named(&["key", "from", "to"], (raw(key)?, raw(from)?, raw(to)?));
        let call: Call<_, Empty> = self.call("cas", arguments, &[]);
        swapped(call.await)
    }

    /// Returns true if the value was `from` or the key did not exist, and the value is now `to`.
    pub(crate) async fn cas_or_create<K: Serialize, T: Serialize, U: Serialize>(
        &self,
        key: &K,
        from: &T,
        to: &U,
    ) -> Result<bool> {
        let arguments = Named(
            &["key", "from", "to", "create_if_not_exists"],
            (raw(key)?, raw(from)?, raw(to)?, true),
        );
        let call: Call<_, Empty> = self.call("cas", arguments, &[]);
        swapped(call.await)
    }

    /// Writes a key that is never written with another value, so that the request can be repeated.
    pub(crate) async fn write_until_answered<K: Serialize, T: Serialize>(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        let arguments = Named(&["key", "value"], (raw(key)?, raw(value)?));
        let call: Call<_, Empty> = self.call("write", arguments, &[]);
        call.retry().await
    }

    /// Repeats a compare-and-set until any attempt is answered. `from` is a value that the key
    /// never has again, or None if the key must not exist. Returns whether that attempt succeeded;
    /// if it did not, an earlier attempt may have.
    pub(crate) async fn cas_until_answered<K: Serialize, T: Serialize>(
        &self,
        key: &K,
        from: Option<&RawValue>,
        to: &T,
    ) -> Result<bool> {
        let create = from.is_none();
        let from = from.map_or_else(|| raw(ABSENT), |from| Ok(from.to_owned()))?;
        let arguments = Named(
            &["key", "from", "to", "create_if_not_exists"],
            (raw(key)?, from, raw(to)?, create),
        );
        let call: Call<_, Empty> = self.call("cas", arguments, &[]);
        swapped(call.retry().first_reply().await)
    }

    /// Replaces the value by the result of `change`, and tries again after concurrent changes.
    ///
    /// The first attempt may read an old value. Only if its compare-and-set fails is it worth a
    /// round trip to `catch_up` with the newest state.
    pub(crate) async fn update<K: Serialize, T: DeserializeOwned + Serialize>(
        &self,
        key: &K,
        mut change: impl FnMut(Option<T>) -> T,
        catch_up: impl AsyncFn() -> Result<()>,
    ) -> Result<T> {
        let mut pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            let old = self.read_raw(key).await?;
            let new = change(old.as_deref().map(typed).transpose()?);
            let replaced = match &old {
                Some(old) => self.cas(key, old, &new).await?,
                None => self.cas_or_create(key, &ABSENT, &new).await?,
            };
            if replaced {
                return Ok(new);
            }
            time::sleep(pauses.next()).await;
            catch_up().await?;
        }
    }

    /// Whether the node's input has ended, so that no reply can arrive any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.net.is_closed()
    }

    fn call<A, R>(
        &self,
        msg_type: &'static str,
        arguments: A,
        reply: &'static [&'static str],
    ) -> Call<A, R> {
        Call::new(
            self.net.clone(),
            self.service.into(),
            msg_type,
            arguments,
            reply,
        )
    }
}

fn swapped(result: Result<()>) -> Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error)
            if matches!(
                error.code,
                ErrorCode::PreconditionFailed | ErrorCode::KeyDoesNotExist
            ) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Serializes a value, so that it can be sent more than once, and is owned while a call waits.
fn raw<T: Serialize + ?Sized>(value: &T) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(value)
        .map_err(|error| Error::crash(format!("the value can't be serialized: {error}")))
}

fn typed<T: DeserializeOwned>(value: &RawValue) -> Result<T> {
    read_json(value).map_err(|reason| {
        Error::crash(format!(
            "the stored value {value} can't be deserialized: {reason}"
        ))
    })
}
