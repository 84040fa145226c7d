//! The first call that no order can place: an upper bound on how far a search can get.

use std::collections::BTreeSet;

use super::call::CallId;
use super::calls::Calls;
use super::model::Model;
use super::states::{StateId, States};

/// Returns the first call that fits no state reachable by the calls invoked before it returned,
/// even if each could be placed at any time and any number of times; for example a read of a value
/// that was never written. Returns `None` if there is no such call, or if there are too many states
/// to explore.
pub(super) fn reachability_bound<M: Model>(
    calls: &Calls<'_, M::Action>,
    states: &mut States<'_, M>,
    max_bytes: usize,
) -> Option<CallId> {
    let mut invoked = calls.by_invocation().into_iter().peekable();
    let mut actions = BTreeSet::new();
    let mut reached = BTreeSet::from([states.initial()]);
    for return_index in 0..calls.returned {
        while let Some(id) = invoked.next_if(|id| calls.get(*id).since <= return_index) {
            let action = calls.get(id).action;
            if actions.insert(action) {
                let next = reached.iter().filter_map(|from| states.step(*from, action));
                let next = next.collect();
                if !states.close(&mut reached, next, &actions, max_bytes) {
                    return None;
                }
            }
        }
        let wanted = calls.get(return_index).action;
        let fits = |state: &StateId| states.step(*state, wanted).is_some();
        if !reached.iter().any(fits) {
            return Some(return_index);
        }
    }
    None
}
