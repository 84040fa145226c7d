//! Where a search must end: the first call that no order can place.

use std::collections::BTreeSet;

use super::calls::{CallId, Calls};
use super::configuration::StateId;
use super::model::Model;
use super::states::{LOOKED_AT, States};

/// The first call that fits no state that the calls begun before it returns could lead to, if each
/// could be placed at any time and any number of times; such as a read of what nobody wrote. None
/// if there is no such call, or there are too many states to tell.
pub(super) fn wall<M: Model>(
    calls: &Calls<'_, M::Action>,
    states: &mut States<'_, M>,
) -> Option<CallId> {
    let mut begun = calls.by_begin().into_iter().peekable();
    let mut actions = BTreeSet::new();
    let mut reached = BTreeSet::from([states.initial()]);
    for moment in 0..calls.returned {
        while let Some(id) = begun.next_if(|id| calls.get(*id).since <= moment) {
            let action = calls.get(id).action;
            if actions.insert(action) {
                let next = after(&reached, &BTreeSet::from([action]), states);
                close(&mut reached, next, &actions, states);
            }
        }
        if reached.len() > LOOKED_AT {
            return None;
        }
        let wanted = calls.get(moment).action;
        let fits = |state: &StateId| states.step(*state, wanted).is_some();
        if !reached.iter().any(fits) {
            return Some(moment);
        }
    }
    None
}

/// Adds states, and all that the actions lead to from them, while there are not too many.
fn close<M: Model>(
    reached: &mut BTreeSet<StateId>,
    mut fresh: BTreeSet<StateId>,
    actions: &BTreeSet<u32>,
    states: &mut States<'_, M>,
) {
    while !fresh.is_empty() && reached.len() <= LOOKED_AT {
        fresh.retain(|state| reached.insert(*state));
        fresh = after(&fresh, actions, states);
    }
}

/// The states that one of the actions leads to from one of the states.
fn after<M: Model>(
    from: &BTreeSet<StateId>,
    actions: &BTreeSet<u32>,
    states: &mut States<'_, M>,
) -> BTreeSet<StateId> {
    let pairs = from
        .iter()
        .flat_map(|state| actions.iter().map(|action| (*state, *action)));
    pairs
        .filter_map(|(state, action)| states.step(state, action))
        .collect()
}
