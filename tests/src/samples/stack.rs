//! A distributed stack whose specification is a stack on a single machine.

use mael::Error;
use mael::prelude::*;
use mael_sim::specification;

/// A stack on a single machine.
#[node]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stack {
    items: RefCell<Vec<i64>>,
}

/// A last-in-first-out stack. The reply to a `pop` of an empty stack is error 20.
#[specification]
#[handlers]
impl Stack {
    /// Puts a value on the top of the stack.
    #[handler(type = "push")]
    fn push(&self, #[draw(unique)] value: i64) {
        self.items.borrow_mut().push(value);
    }

    /// Removes the value on the top of the stack.
    #[handler(type = "pop", reply = "value")]
    fn pop(&self) -> mael::Result<i64> {
        self.items.borrow_mut().pop().ok_or_else(empty)
    }
}

fn empty() -> Error {
    Error::key_does_not_exist("the stack is empty")
}

/// A stack that all nodes change under one lock.
#[node]
pub struct LockedStack {
    items: Lock<Vec<i64>>,
}

#[handlers]
impl LockedStack {
    #[handler(type = "push")]
    async fn push(&self, value: i64) -> mael::Result<()> {
        self.items
            .update(async |items, _| {
                items.push(value);
                Ok(())
            })
            .await
    }

    #[handler(type = "pop", reply = "value")]
    async fn pop(&self) -> mael::Result<i64> {
        self.items
            .update(async |items, _| items.pop().ok_or_else(empty))
            .await
    }
}

/// Incorrect: `pop` returns the value that was on top before it removed one, so two clients can pop
/// the same value.
#[node]
pub struct PeekingStack {
    items: Lock<Vec<i64>>,
}

#[handlers]
impl PeekingStack {
    #[handler(type = "push")]
    async fn push(&self, value: i64) -> mael::Result<()> {
        self.items
            .update(async |items, _| {
                items.push(value);
                Ok(())
            })
            .await
    }

    #[handler(type = "pop", reply = "value")]
    async fn pop(&self) -> mael::Result<i64> {
        let top = self.items.peek().await?.pop().ok_or_else(empty)?;
        self.items
            .update(async |items, _| {
                items.pop();
                Ok(top)
            })
            .await
    }
}

/// Incorrect: it keeps only the newest two values, although it has acknowledged all of them.
#[node]
pub struct ShallowStack {
    items: Lock<Vec<i64>>,
}

#[handlers]
impl ShallowStack {
    #[handler(type = "push")]
    async fn push(&self, value: i64) -> mael::Result<()> {
        self.items
            .update(async |items, _| {
                items.push(value);
                if items.len() > 2 {
                    items.remove(0);
                }
                Ok(())
            })
            .await
    }

    #[handler(type = "pop", reply = "value")]
    async fn pop(&self) -> mael::Result<i64> {
        self.items
            .update(async |items, _| items.pop().ok_or_else(empty))
            .await
    }
}
