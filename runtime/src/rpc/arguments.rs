//! The arguments of calls, and the types of their replies.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::protocol::{Body, Fields, FieldsWriter};
use crate::{Error, Result};

/// The arguments of a call, which become the fields of the request.
pub trait Arguments {
    #[doc(hidden)]
    fn write(&self, fields: FieldsWriter<'_>) -> Result<()>;
}

/// Arguments with these field names: a tuple with one value for each name.
#[derive(Clone, Debug)]
pub struct Named<T>(pub &'static [&'static str], pub T);

/// A value whose fields are all the fields of a body.
#[derive(Clone, Debug)]
pub struct Whole<T>(pub T);

/// A reply without fields.
#[derive(Clone, Copy, Debug)]
pub struct Empty;

/// A reply with one field.
#[derive(Clone, Copy, Debug)]
pub struct One<T>(PhantomData<T>);

/// A reply with several fields.
#[derive(Clone, Copy, Debug)]
pub struct Several<T>(PhantomData<T>);

/// The type of a reply.
pub trait Returns {
    /// What awaiting the call returns.
    type Output;

    #[doc(hidden)]
    fn read(body: Body<'_>, names: &[&'static str]) -> Result<Self::Output>;
}

impl Returns for Empty {
    type Output = ();

    fn read(_: Body<'_>, _: &[&'static str]) -> Result<()> {
        Ok(())
    }
}

impl<T: DeserializeOwned> Returns for One<T> {
    type Output = T;

    fn read(body: Body<'_>, names: &[&'static str]) -> Result<T> {
        let (value,) = body.fields_named(names).map_err(unreadable)?;
        Ok(value)
    }
}

impl<T: for<'de> Fields<'de>> Returns for Several<T> {
    type Output = T;

    fn read(body: Body<'_>, names: &[&'static str]) -> Result<T> {
        body.fields_named(names).map_err(unreadable)
    }
}

impl<T: DeserializeOwned> Returns for Whole<T> {
    type Output = T;

    fn read(body: Body<'_>, _: &[&'static str]) -> Result<T> {
        body.read().map_err(unreadable)
    }
}

/// Returns the error for a reply that can't be deserialized. It is indefinite, since the request
/// was executed.
fn unreadable(error: Error) -> Error {
    Error::crash(format!("the reply can't be read: {}", error.text))
}

impl<T: Serialize> Arguments for Whole<T> {
    fn write(&self, fields: FieldsWriter<'_>) -> Result<()> {
        fields.fields_of(&self.0).end()
    }
}

macro_rules! arguments {
    ($($T:ident $value:ident),*) => {
        impl<$($T: Serialize),*> Arguments for Named<($($T,)*)> {
            fn write(&self, fields: FieldsWriter<'_>) -> Result<()> {
                let Self(_names, ($($value,)*)) = self;
                let mut _name = _names.iter();
                fields$(.field(_name.next().copied().unwrap_or_default(), $value))*.end()
            }
        }
    };
}

arguments!();
arguments!(A a);
arguments!(A a, B b);
arguments!(A a, B b, C c);
arguments!(A a, B b, C c, D d);
arguments!(A a, B b, C c, D d, E e);
arguments!(A a, B b, C c, D d, E e, F f);
arguments!(A a, B b, C c, D d, E e, F f, G g);
arguments!(A a, B b, C c, D d, E e, F f, G g, H h);
arguments!(A a, B b, C c, D d, E e, F f, G g, H h, I i);
arguments!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j);
arguments!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k);
arguments!(A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l);
