//! Consistency models and anomalies: their implications.
//!
//! Sources: page "Checkers", section 12, which gives the source of each row; for Adya's phenomena,
//! his thesis (see `cycles`); Bailis et al., "Highly Available Transactions", VLDB 7 (2013);
//! Cerone, Bernardi and Gotsman, "A Framework for Transactional Consistency Models with Atomic
//! Visibility", CONCUR (2015).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use mael_history::text::unknown;

/// The name of a model or anomaly.
type Name = &'static str;

/// A consistency model.
struct Model {
    name: Name,
    /// Its other names; the first is the friendly one.
    friendly: &'static [Name],
    /// The models that it directly implies.
    implies: &'static [Name],
    /// The anomalies that it proscribes, in addition to those of the models that it implies.
    proscribes: &'static [Name],
}

const fn model(
    name: Name,
    friendly: &'static [Name],
    implies: &'static [Name],
    proscribes: &'static [Name],
) -> Model {
    Model {
        name,
        friendly,
        implies,
        proscribes,
    }
}

#[rustfmt::skip]
const MODELS: &[Model] = &[
    model("PL-1", &["read-uncommitted"], &[], &["G0", "duplicate-elements", "cyclic-versions", "garbage-read", "PL-1-cycle-exists"]),
    model("PL-2", &["read-committed"], &["PL-1"], &["G1", "PL-2-cycle-exists"]),
    model("PL-2L", &["monotonic-view"], &["PL-2"], &["G1", "G-monotonic"]),
    model("PL-MSR", &["monotonic-snapshot-read"], &["PL-2"], &["G1", "G-MSR"]),
    model("monotonic-atomic-view", &[], &["PL-2"], &[]),
    model("PL-CS", &["cursor-stability"], &["PL-2"], &["G1", "G-cursor", "lost-update"]),
    model("PL-2+", &["consistent-view"], &["PL-CS", "PL-2L"], &["G1", "G-single"]),
    model("PL-FCV", &["forward-consistent-view"], &["PL-2+"], &["G1", "G-SIb"]),
    model("PL-3U", &["update-serializable"], &["PL-FCV"], &["G1", "G-update"]),
    model("PL-2.99", &["repeatable-read"], &["PL-CS", "monotonic-atomic-view"], &["G1", "G2-item", "lost-update", "PL-2.99-cycle-exists"]),
    model("read-atomic", &[], &["monotonic-atomic-view"], &["internal", "G1a", "future-read"]),
    model("update-atomic", &[], &["read-atomic"], &["lost-update"]),
    model("causal-cerone", &[], &["read-atomic"], &["internal", "G1a"]),
    model("prefix", &[], &["causal-cerone"], &["internal", "G1a"]),
    model("parallel-snapshot-isolation", &[], &["causal-cerone", "update-atomic"], &["internal", "G1a"]),
    model("PL-SI", &["snapshot-isolation"], &["PL-FCV", "PL-MSR", "monotonic-atomic-view", "parallel-snapshot-isolation", "prefix"], &["internal", "G1", "G-SI", "G-nonadjacent", "PL-SI-cycle-exists"]),
    model("PL-3", &["serializable", "conflict-serializable"], &["PL-2.99", "PL-3U", "PL-SI", "view-serializable"], &["internal", "G1", "G2", "predicate-read-miss", "PL-3-cycle-exists"]),
    model("strong-session-PL-1", &["strong-session-read-uncommitted"], &["PL-1"], &["G0-process", "strong-session-PL-1-cycle-exists"]),
    model("strong-session-PL-2", &["strong-session-read-committed"], &["PL-2", "strong-session-PL-1"], &["G1c-process", "strong-session-PL-2-cycle-exists"]),
    model("strong-session-snapshot-isolation", &[], &["PL-SI", "strong-session-PL-2"], &["internal", "G1-process", "G-nonadjacent-process", "strong-session-snapshot-isolation-cycle-exists"]),
    model("strong-session-serializable", &[], &["PL-3", "strong-session-snapshot-isolation"], &["G1-process", "G2-process", "strong-session-serializable-cycle-exists"]),
    model("strong-PL-1", &["strong-read-uncommitted"], &["strong-session-PL-1"], &["G0-realtime", "strong-PL-1-cycle-exists"]),
    model("strong-PL-2", &["strong-read-committed"], &["strong-PL-1", "strong-session-PL-2"], &["G1c-realtime", "strong-PL-2-cycle-exists"]),
    model("strong-snapshot-isolation", &[], &["strong-session-snapshot-isolation", "strong-PL-2"], &["internal", "G1-realtime", "G-nonadjacent-realtime", "strong-snapshot-isolation-cycle-exists"]),
    model("PL-SS", &["strong-serializable", "strict-serializable"], &["PL-3", "PL-SI", "strong-session-serializable", "strong-snapshot-isolation", "linearizable", "session-serializable"], &["G1", "G1c-realtime", "G2-realtime", "PL-SS-cycle-exists"]),
    model("linearizable", &[], &["sequential"], &[]),
    model("sequential", &[], &["causal"], &[]),
    model("causal", &[], &["PRAM", "writes-follow-reads"], &[]),
    model("PRAM", &[], &["monotonic-reads", "monotonic-writes", "read-your-writes"], &[]),
    model("monotonic-reads", &[], &[], &[]),
    model("monotonic-writes", &[], &[], &[]),
    model("read-your-writes", &[], &[], &[]),
    model("writes-follow-reads", &[], &[], &[]),
    model("session-serializable", &[], &["1SR"], &[]),
    model("1SR", &[], &[], &[]),
    model("view-serializable", &[], &[], &[]),
];

/// The anomalies that an anomaly directly implies. For the process and realtime variants of cycles,
/// see [`ORDERED`].
const ANOMALIES: &[(Name, &[Name])] = &[
    ("G0", &["G1c"]),
    ("G1a", &["G1"]),
    ("G1b", &["G1"]),
    ("G1c", &["G1"]),
    ("incompatible-order", &["G1a"]),
    ("dirty-update", &["G1a"]),
    ("future-read", &["G1c"]),
    ("G-single-item", &["G-single", "G-nonadjacent-item"]),
    ("G-single", &["G-nonadjacent", "GSIb"]),
    ("G-nonadjacent-item", &["G-nonadjacent", "G2-item"]),
    ("G-nonadjacent", &["G2"]),
    ("G2-item", &["G2"]),
    ("lost-update", &["G2-item", "write-skew"]),
    ("write-skew", &["G2"]),
    ("GSIa", &["GSI"]),
    ("GSIb", &["GSI"]),
];

/// The variants of an anomaly: by data alone, with process order, and with realtime order. Each
/// implies the next variant, and the same variants of the anomalies that it implies.
#[rustfmt::skip]
const ORDERED: &[[Name; 3]] = &[
    ["G0", "G0-process", "G0-realtime"],
    ["G1", "G1-process", "G1-realtime"],
    ["G1c", "G1c-process", "G1c-realtime"],
    ["G-single-item", "G-single-item-process", "G-single-item-realtime"],
    ["G-single", "G-single-process", "G-single-realtime"],
    ["G-nonadjacent-item", "G-nonadjacent-item-process", "G-nonadjacent-item-realtime"],
    ["G-nonadjacent", "G-nonadjacent-process", "G-nonadjacent-realtime"],
    ["G2-item", "G2-item-process", "G2-item-realtime"],
    ["G2", "G2-process", "G2-realtime"],
];

/// For each anomaly, those that it directly implies.
static IMPLIED: LazyLock<BTreeMap<Name, Vec<Name>>> = LazyLock::new(|| {
    let plain = ANOMALIES.iter().map(|(name, _)| *name);
    let all = plain.chain(ORDERED.iter().flatten().copied());
    all.map(|name| (name, directly_implied(name))).collect()
});

/// Returns the names of all models.
fn names() -> impl Iterator<Item = Name> {
    MODELS
        .iter()
        .flat_map(|model| model.friendly.iter().copied().chain([model.name]))
}

/// Returns the canonical name of a model.
///
/// # Errors
/// Returns an error if there is no such model.
pub fn canonical(name: &str) -> Result<Name, String> {
    MODELS
        .iter()
        .find(|model| model.name == name || model.friendly.contains(&name))
        .map(|model| model.name)
        .ok_or_else(|| {
            let names: Vec<Name> = names().collect();
            unknown("consistency model", name, &names)
        })
}

/// Returns the friendly name of a model.
pub(crate) fn friendly(model: Name) -> Name {
    let known = MODELS.iter().find(|known| known.name == model);
    known
        .and_then(|known| known.friendly.first())
        .copied()
        .unwrap_or(model)
}

/// Returns these anomalies and all that they imply.
pub(crate) fn implied_anomalies(anomalies: impl IntoIterator<Item = Name>) -> BTreeSet<Name> {
    closure(anomalies, |name| {
        IMPLIED.get(name).cloned().unwrap_or_default()
    })
}

/// Returns these models, given by their canonical names, and all that imply one of them.
pub(crate) fn implying_models(models: impl IntoIterator<Item = Name>) -> BTreeSet<Name> {
    closure(models, |weaker| {
        let stronger = |model: &&Model| model.implies.contains(&weaker);
        MODELS
            .iter()
            .filter(stronger)
            .map(|model| model.name)
            .collect()
    })
}

/// Returns the anomalies that at least one of these models, given by their canonical names,
/// prohibits.
pub(crate) fn prohibited_anomalies(models: impl IntoIterator<Item = Name>) -> BTreeSet<Name> {
    let implied = closure(models, |name| {
        let model = MODELS.iter().find(|model| model.name == name);
        model.map_or(Vec::new(), |model| model.implies.to_vec())
    });
    let proscribed = MODELS
        .iter()
        .filter(|model| implied.contains(model.name))
        .flat_map(|model| model.proscribes.iter().copied());
    closure(proscribed, |anomaly| {
        let implying = |(_, implied): &(&Name, &Vec<Name>)| implied.contains(&anomaly);
        IMPLIED
            .iter()
            .filter(implying)
            .map(|(name, _)| *name)
            .collect()
    })
}

/// Returns the canonical names of the models that these anomalies rule out.
pub(crate) fn impossible_models(anomalies: impl IntoIterator<Item = Name>) -> BTreeSet<Name> {
    let present = implied_anomalies(anomalies);
    let ruled_out = |model: &&Model| model.proscribes.iter().any(|it| present.contains(it));
    implying_models(MODELS.iter().filter(ruled_out).map(|model| model.name))
}

/// Returns the friendly names of the weakest models that these anomalies rule out, and of all
/// stronger ones. Both are sorted.
pub fn boundary(
    anomalies: impl IntoIterator<Item = &'static str>,
) -> (Vec<&'static str>, Vec<&'static str>) {
    let impossible = impossible_models(anomalies);
    let weakest = |name: &Name| {
        let model = MODELS.iter().find(|model| model.name == *name);
        model.is_some_and(|model| !model.implies.iter().any(|it| impossible.contains(it)))
    };
    let (not, also_not): (BTreeSet<Name>, BTreeSet<Name>) =
        impossible.iter().copied().partition(weakest);
    let shown = |models: BTreeSet<Name>| {
        let mut names: Vec<Name> = models.into_iter().map(friendly).collect();
        names.sort_unstable();
        names
    };
    (shown(not), shown(also_not))
}

/// Returns the friendly names of the models that imply this one, sorted.
///
/// # Errors
/// Returns an error if there is no such model.
pub fn stronger(model: &str) -> Result<Vec<&'static str>, String> {
    let canonical = canonical(model)?;
    let implying = implying_models([canonical]).into_iter();
    let mut names: Vec<Name> = implying
        .filter(|name| *name != canonical)
        .map(friendly)
        .collect();
    names.sort_unstable();
    Ok(names)
}

fn directly_implied(anomaly: Name) -> Vec<Name> {
    let mut implied = Vec::new();
    for (name, implies) in ANOMALIES {
        if *name == anomaly {
            implied.extend(*implies);
        }
    }
    let forms = |name: Name| ORDERED.iter().find(|forms| forms[0] == name);
    for own in ORDERED {
        let Some(form) = own.iter().position(|name| *name == anomaly) else {
            continue;
        };
        implied.extend(own.get(form + 1));
        if form > 0 {
            let implies = directly_implied(own[0]).into_iter();
            implied.extend(implies.filter_map(forms).map(|forms| forms[form]));
        }
    }
    implied
}

/// Returns the transitive closure.
fn closure(
    names: impl IntoIterator<Item = Name>,
    next: impl Fn(Name) -> Vec<Name>,
) -> BTreeSet<Name> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<Name> = names.into_iter().collect();
    while let Some(name) = waiting.pop() {
        if reached.insert(name) {
            waiting.extend(next(name));
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The anomalies that the transaction checkers can find.
    const DETECTABLE: [Name; 22] = [
        "G0",
        "G1a",
        "G1b",
        "G1c",
        "G-single-item",
        "G-nonadjacent-item",
        "G2-item",
        "G0-process",
        "G1c-process",
        "G-single-item-process",
        "G-nonadjacent-item-process",
        "G2-item-process",
        "G0-realtime",
        "G1c-realtime",
        "G-single-item-realtime",
        "G-nonadjacent-item-realtime",
        "G2-item-realtime",
        "dirty-update",
        "incompatible-order",
        "internal",
        "lost-update",
        "future-read",
    ];

    fn detectable(model: &str) -> BTreeSet<Name> {
        let prohibited = prohibited_anomalies([canonical(model).unwrap()]);
        let detectable = |name: &&Name| DETECTABLE.contains(name);
        prohibited.iter().filter(detectable).copied().collect()
    }

    fn set(names: &[&BTreeSet<Name>], more: &[Name]) -> BTreeSet<Name> {
        let names = names.iter().flat_map(|names| names.iter());
        names.chain(more).copied().collect()
    }

    #[test]
    fn each_model_prohibits_the_anomalies_of_its_row() {
        let uncommitted = detectable("read-uncommitted");
        assert_eq!(uncommitted, set(&[], &["G0"]));
        let committed = detectable("read-committed");
        let more = [
            "G1a",
            "G1b",
            "G1c",
            "dirty-update",
            "incompatible-order",
            "future-read",
        ];
        assert_eq!(committed, set(&[&uncommitted], &more));
        for same in [
            "monotonic-view",
            "monotonic-snapshot-read",
            "monotonic-atomic-view",
        ] {
            assert_eq!(detectable(same), committed);
        }
        let cursor = set(&[&committed], &["lost-update"]);
        assert_eq!(detectable("cursor-stability"), cursor);
        let atomic = set(&[&committed], &["internal"]);
        for same in ["read-atomic", "causal-cerone", "prefix"] {
            assert_eq!(detectable(same), atomic);
        }
        for same in ["update-atomic", "parallel-snapshot-isolation"] {
            assert_eq!(detectable(same), set(&[&atomic], &["lost-update"]));
        }
        let consistent = set(&[&cursor], &["G-single-item"]);
        for same in [
            "consistent-view",
            "forward-consistent-view",
            "update-serializable",
        ] {
            assert_eq!(detectable(same), consistent);
        }
        let more = ["G-single-item", "G-nonadjacent-item", "G2-item"];
        assert_eq!(detectable("repeatable-read"), set(&[&cursor], &more));
        let snapshot = set(&[&consistent], &["internal", "G-nonadjacent-item"]);
        assert_eq!(detectable("snapshot-isolation"), snapshot);
        let serializable = set(&[&snapshot], &["G2-item"]);
        assert_eq!(detectable("serializable"), serializable);
        assert_eq!(detectable("linearizable"), set(&[], &[]));

        let (process, realtime) = (&DETECTABLE[7..12], &DETECTABLE[12..17]);
        let models = [
            ("read-uncommitted", &uncommitted, 1),
            ("read-committed", &committed, 2),
            ("snapshot-isolation", &snapshot, 4),
            ("serializable", &serializable, 5),
        ];
        for (name, without, count) in models {
            let session = set(&[without], &process[..count]);
            assert_eq!(detectable(&format!("strong-session-{name}")), session);
            let strong = set(&[&session], &realtime[..count]);
            assert_eq!(detectable(&format!("strong-{name}")), strong);
        }
        assert_eq!(
            detectable("strict-serializable"),
            detectable("strong-serializable")
        );
    }

    #[test]
    fn each_anomaly_rules_out_the_models_of_its_row() {
        for (anomalies, not) in [
            (
                &["G0", "duplicate-elements", "cyclic-versions"][..],
                &["read-uncommitted"][..],
            ),
            (
                &[
                    "G1a",
                    "G1b",
                    "G1c",
                    "dirty-update",
                    "incompatible-order",
                    "future-read",
                ],
                &["read-committed"],
            ),
            (&["internal"], &["read-atomic"]),
            (&["lost-update"], &["cursor-stability", "update-atomic"]),
            (&["G-single-item"], &["consistent-view", "repeatable-read"]),
            (
                &["G-nonadjacent-item"],
                &["repeatable-read", "snapshot-isolation"],
            ),
            (&["G2-item"], &["repeatable-read"]),
            (&["G0-process"], &["strong-session-read-uncommitted"]),
            (&["G0-realtime"], &["strong-read-uncommitted"]),
            (&["G1c-process"], &["strong-session-read-committed"]),
            (&["G1c-realtime"], &["strong-read-committed"]),
            (
                &["G-single-item-process", "G-nonadjacent-item-process"],
                &["strong-session-snapshot-isolation"],
            ),
            (
                &["G-single-item-realtime", "G-nonadjacent-item-realtime"],
                &["strong-snapshot-isolation"],
            ),
            (&["G2-item-process"], &["strong-session-serializable"]),
            (&["G2-item-realtime"], &["strong-serializable"]),
        ] {
            for anomaly in anomalies {
                assert_eq!(boundary([*anomaly]).0, not, "{anomaly}");
            }
        }
        let (not, also_not) = boundary(["G2-item"]);
        assert_eq!(not, ["repeatable-read"]);
        assert_eq!(
            also_not,
            [
                "serializable",
                "strong-serializable",
                "strong-session-serializable"
            ]
        );
        assert_eq!(boundary([]), (vec![], vec![]));
    }

    #[test]
    fn every_name_in_the_tables_is_defined() {
        let models: BTreeSet<Name> = MODELS.iter().map(|model| model.name).collect();
        for model in MODELS {
            assert!(model.implies.iter().all(|name| models.contains(name)));
        }
        let all: Vec<Name> = names().collect();
        let distinct: BTreeSet<Name> = all.iter().copied().collect();
        assert_eq!(all.len(), distinct.len());
        assert_eq!(canonical("strict-serializable"), Ok("PL-SS"));
        assert_eq!(
            stronger("sequential").unwrap(),
            ["linearizable", "strong-serializable"]
        );
        let error = canonical("strict").unwrap_err();
        assert!(
            error.starts_with("unknown consistency model \"strict\";"),
            "{error}"
        );
    }
}
