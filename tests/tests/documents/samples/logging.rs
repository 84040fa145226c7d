//! Logs from a handler.

use mael::prelude::*;

#[node]
struct Leader {
    term: Cell<u64>,
}

#[handlers]
impl Leader {
    #[handler]
    fn vote(&self, term: u64) {
        if term > self.term.replace(term) {
            log::info!("new term {term}");
        }
    }
}

#[test]
fn it_logs_new_terms() {
    let mut lab = mael_tests::Lab::initialized::<Leader>();
    lab.deliver(r#"{"type":"vote","msg_id":1,"term":3}"#);
    lab.deliver(r#"{"type":"vote","msg_id":2,"term":3}"#);
    assert_eq!(lab.replies().len(), 2);
    assert_eq!(lab.log(), ["new term 3"]);
}
