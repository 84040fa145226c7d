//! Numbers of things, in words.

/// So many of a thing that takes an s in the plural: `1 seed`, `2 seeds`.
pub(crate) fn counted(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn only_one_is_not_many() {
        let told = [0, 1, 2].map(|count| counted(count, "seed"));
        assert_eq!(told, ["0 seeds", "1 seed", "2 seeds"]);
    }
}
