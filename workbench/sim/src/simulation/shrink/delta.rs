//! Delta debugging: finds a minimal failing part of a list.

/// Removes items that are not needed for `fails`, which must hold for the whole list, and returns
/// the rest. No single item of the result can be removed, unless `fails` depends on more than its
/// argument.
///
/// Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (TSE 2002), section
/// 3: the reduction of algorithm ddmin to complements. Parts are tried from the end, because late
/// items affect less of a run. After a success, the search continues with the next part instead of
/// the first.
pub(super) fn minimize<T: Clone>(mut items: Vec<T>, mut fails: impl FnMut(&[T]) -> bool) -> Vec<T> {
    if items.is_empty() || fails(&[]) {
        return Vec::new();
    }
    let mut size = items.len().div_ceil(2);
    loop {
        let mut end = items.len();
        let before = items.len();
        while end > 0 {
            let start = end.saturating_sub(size);
            let rest = [&items[..start], &items[end..]].concat();
            // The empty list has been tried already.
            if !rest.is_empty() && fails(&rest) {
                items = rest;
            }
            end = start;
        }
        if size > 1 {
            size = size.div_ceil(2).min(items.len());
        } else if items.len() == before {
            return items;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needed_items_are_not_removed() {
        let mut random = fastrand::Rng::with_seed(1);
        for count in 0..60 {
            let items: Vec<u32> = (0..count).collect();
            let needed: Vec<u32> = items
                .iter()
                .copied()
                .filter(|_| random.u8(..8) == 0)
                .collect();
            let found = minimize(items, |part| needed.iter().all(|it| part.contains(it)));
            assert_eq!(found, needed);
        }
    }

    #[test]
    fn only_one_of_two_causes_remains() {
        let found = minimize((0..100).collect(), |part: &[u32]| {
            part.contains(&3) && part.contains(&70) || part.contains(&50)
        });
        assert!(found == [50] || found == [3, 70], "{found:?}");
    }

    #[test]
    fn a_single_cause_is_found_in_few_trials() {
        let mut trials = 0;
        let found = minimize((0..1024).collect(), |part: &[u32]| {
            trials += 1;
            part.contains(&700)
        });
        assert_eq!(found, [700]);
        assert!(trials < 40, "{trials}");
    }
}
