//! Delta debugging: a part of something that is as wrong as the whole.

/// Leaves out of `items` what is not needed for `fails` to hold, which holds for all of them, and
/// gives what is left: of that, no single item can be left out, unless `fails` depends on more
/// than its argument.
///
/// Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (TSE 2002), section
/// 3: the reduction of algorithm ddmin to complements. Parts are tried from the end, as what comes
/// late influences less of a run, and after a success the search goes on where it is instead of at
/// the first part.
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
            // Nothing at all has been tried already.
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
    fn what_is_needed_stays() {
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
    fn either_of_two_reasons_suffices() {
        let found = minimize((0..100).collect(), |part: &[u32]| {
            part.contains(&3) && part.contains(&70) || part.contains(&50)
        });
        assert!(found == [50] || found == [3, 70], "{found:?}");
    }

    #[test]
    fn a_single_item_costs_few_trials() {
        let mut trials = 0;
        let found = minimize((0..1024).collect(), |part: &[u32]| {
            trials += 1;
            part.contains(&700)
        });
        assert_eq!(found, [700]);
        assert!(trials < 40, "{trials}");
    }
}
