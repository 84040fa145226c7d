//! Generated code refers to all items by absolute paths.

#![no_implicit_prelude]
#![deny(warnings)]

#[::mael::node]
struct Bare {
    id: ::mael::NodeId,
}

#[::mael::handlers]
impl Bare {
    #[handler(type = "echo", reply = "echo")]
    fn echo(
        &self,
        echo: ::std::string::String,
        #[src] from: ::mael::NodeId,
    ) -> ::std::string::String {
        let _ = (&self.id, from);
        echo
    }

    #[handler(type = "wait")]
    async fn wait(&self) -> ::mael::Result<()> {
        ::std::result::Result::Ok(())
    }

    #[handler(type = "wait_more", reply = "value")]
    async fn wait_more(&self, #[src] from: ::mael::NodeId) -> usize {
        from.len()
    }
}

pub(super) fn check() {
    let _ = ::mael::run::<Bare>;
}
