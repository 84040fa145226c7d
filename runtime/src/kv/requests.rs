//! Requests to a key-value service, and what their replies mean.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::protocol::read_json;
use crate::rpc::call::{Call, Empty, Named, One};
use crate::rpc::{Backoff, Net};
use crate::time::Duration;
use crate::{Error, ErrorCode, Result, time};

/// The longest pause after a compare-and-set that others got ahead of.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause after the first of them.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// What the `from` of a compare-and-set is that is to create a key: a value that nobody stores.
const ABSENT: &str = "mael: this key does not exist";

/// The operations that the three key-value services have in common.
#[derive(Clone)]
pub(crate) struct Kv {
    net: Net,
    service: &'static str,
}

impl Kv {
    pub(crate) fn new(net: Net, service: &'static str) -> Self {
        Self { net, service }
    }

    /// The value of a key, as it stands in the store; None if the key does not exist.
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

    /// True if the value was `from` and is now `to`; false if it was another, or none.
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

    /// True if the value was `from` or there was none, and is now `to`.
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

    /// Writes a key that is written only once, and so may be written again with the same value.
    pub(crate) async fn write_until_answered<K: Serialize, T: Serialize>(
        &self,
        key: &K,
        value: &T,
    ) -> Result<()> {
        let arguments = Named(&["key", "value"], (raw(key)?, raw(value)?));
        let call: Call<_, Empty> = self.call("write", arguments, &[]);
        call.retry().await
    }

    /// Tries one compare-and-set until any attempt is answered, from a value that never comes
    /// back or, if `from` is None, from there being none. True if that attempt found it so; an
    /// earlier one may have made the difference.
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

    /// Puts `new` in place of what `change` made it from, until no one else gets in between.
    ///
    /// The first attempt reads what may be old: a compare-and-set on it then fails, and only then
    /// is it worth a round trip to `catch_up` with the newest state.
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
            let done = match &old {
                Some(old) => self.cas(key, old, &new).await?,
                None => self.cas_or_create(key, &ABSENT, &new).await?,
            };
            if done {
                return Ok(new);
            }
            time::sleep(pauses.next()).await;
            catch_up().await?;
        }
    }

    /// Whether no reply can come any more.
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

/// A value as it is written, which can be sent more than once and kept while a call waits.
fn raw<T: Serialize + ?Sized>(value: &T) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(value)
        .map_err(|error| Error::crash(format!("the value has no form in JSON: {error}")))
}

fn typed<T: DeserializeOwned>(value: &RawValue) -> Result<T> {
    read_json(value).map_err(|reason| {
        Error::crash(format!(
            "the stored value {value} is of another type: {reason}"
        ))
    })
}
