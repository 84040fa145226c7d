//! Types that can't be messages.

#[mael::message]
struct Pair(u64, u64);

#[mael::message]
union Bits {
    number: u64,
}

#[mael::message]
struct Borrowed<'a> {
    text: std::borrow::Cow<'a, str>,
}

#[mael::message]
#[derive(Clone, mael::serde::Serialize)]
struct Derived {
    value: u64,
}

#[mael::message]
struct Reserved {
    r#type: String,
    msg_id: u64,
}

#[mael::message(rename_all = "camelCase")]
struct Arguments {
    value: u64,
}

#[mael::message]
fn function() {}

fn main() {}
