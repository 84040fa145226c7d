//! A node with ten handlers, whose compile time is compared with that of `ten_handlers_by_hand`.

use mael::prelude::*;

/// A small key-value store.
#[node]
struct Store {
    id: NodeId,
    values: RefCell<BTreeMap<String, u64>>,
    lists: RefCell<BTreeMap<String, Vec<u64>>>,
}

#[handlers]
impl Store {
    #[handler(reply = "echo")]
    fn echo(&self, echo: String) -> String {
        echo
    }

    #[handler(reply = "value")]
    fn read(&self, key: String) -> mael::Result<u64> {
        let value = self.values.borrow().get(&key).copied();
        value.ok_or_else(|| mael::Error::new(mael::ErrorCode::KeyDoesNotExist, key))
    }

    #[handler]
    fn write(&self, key: String, value: u64) {
        self.values.borrow_mut().insert(key, value);
    }

    #[handler]
    fn cas(&self, key: String, from: u64, to: u64) -> mael::Result<()> {
        match self.values.borrow_mut().get_mut(&key) {
            Some(value) if *value == from => *value = to,
            Some(_) => {
                let text = "the current value differs";
                return Err(mael::Error::new(mael::ErrorCode::PreconditionFailed, text));
            }
            None => return Err(mael::Error::new(mael::ErrorCode::KeyDoesNotExist, key)),
        }
        Ok(())
    }

    #[handler(reply = "value")]
    fn add(&self, key: String, delta: u64) -> u64 {
        let mut values = self.values.borrow_mut();
        let value = values.entry(key).or_default();
        *value += delta;
        *value
    }

    #[handler]
    fn delete(&self, key: String) {
        self.values.borrow_mut().remove(&key);
    }

    #[handler(reply = "keys")]
    fn keys(&self) -> Vec<String> {
        self.values.borrow().keys().cloned().collect()
    }

    #[handler(reply = "length")]
    fn append(&self, key: String, values: Vec<u64>) -> usize {
        let mut lists = self.lists.borrow_mut();
        let list = lists.entry(key).or_default();
        list.extend(values);
        list.len()
    }

    #[handler(reply("values", "length"))]
    fn list(&self, key: String, limit: Option<usize>) -> (Vec<u64>, usize) {
        let lists = self.lists.borrow();
        let list = lists.get(&key).map(Vec::as_slice).unwrap_or_default();
        let end = limit.unwrap_or(list.len()).min(list.len());
        (list[..end].to_vec(), list.len())
    }

    #[handler(reply = "name")]
    fn name(&self) -> NodeId {
        self.id.clone()
    }
}

fn main() -> ExitCode {
    mael::run::<Store>()
}
