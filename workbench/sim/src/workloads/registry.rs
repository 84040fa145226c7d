//! The workloads of a command: built-in and declared ones.

use std::collections::BTreeMap;
use std::rc::Rc;

use mael_history::text::unknown;

use super::{ALL, Workload};
use crate::declared::{Declaration, FlagType, Operations};

/// Workloads by name.
pub struct Workloads(Vec<Known>);

struct Known {
    name: &'static str,
    flags: Vec<FlagType>,
    make: Make,
}

type Make =
    Box<dyn Fn(&BTreeMap<String, String>) -> Result<Rc<dyn Workload>, String> + Send + Sync>;

impl Workloads {
    /// Returns the built-in workloads.
    pub fn built_in() -> Self {
        let known = |make: fn() -> Rc<dyn Workload>| {
            let name = make().name();
            Known {
                name,
                flags: Vec::new(),
                make: Box::new(move |flags| match flags.keys().next() {
                    Some(flag) => Err(no_flag(name, flag, &[])),
                    None => Ok(make()),
                }),
            }
        };
        Self(ALL.into_iter().map(known).collect())
    }

    /// Adds a declared workload.
    ///
    /// # Errors
    /// When there already is a workload with this name.
    pub fn add<W: Operations>(&mut self) -> Result<(), String> {
        let name = W::NAME;
        if self.0.iter().any(|known| known.name == name) {
            return Err(format!(
                "there is already a workload {name:?}; give this one another name, as in \
                 #[workload(name = \"my-{name}\")]"
            ));
        }
        self.0.push(Known {
            name,
            flags: W::default().flags(),
            make: Box::new(|flags| Ok(Rc::new(with_flags::<W>(flags)?))),
        });
        Ok(())
    }

    /// Returns the workload with this name, with these values for its own flags.
    ///
    /// # Errors
    /// When there is no such workload, or it does not have these flags; lists those that there are.
    pub fn get(
        &self,
        name: &str,
        flags: &BTreeMap<String, String>,
    ) -> Result<Rc<dyn Workload>, String> {
        let known = self.0.iter().find(|known| known.name == name);
        let known = known.ok_or_else(|| unknown("workload", name, &self.names()))?;
        (known.make)(flags)
    }

    /// Returns the names of all workloads.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|known| known.name).collect()
    }

    /// Returns the flags of declared workloads, with the names of the workloads.
    pub fn flags(&self) -> impl Iterator<Item = (&str, &FlagType)> {
        let flags = self.0.iter();
        flags.flat_map(|known| known.flags.iter().map(|flag| (known.name, flag)))
    }

    /// Returns all workloads, with the default values of their flags.
    pub fn all(&self) -> Vec<Rc<dyn Workload>> {
        let made = self.0.iter().map(|known| (known.make)(&BTreeMap::new()));
        made.filter_map(Result::ok).collect()
    }
}

/// Returns a declared workload with these flags.
///
/// # Errors
/// Returns an error if it has no such flag, or a value is invalid.
pub fn with_flags<W: Declaration>(flags: &BTreeMap<String, String>) -> Result<W, String> {
    let mut workload = W::default();
    for (flag, text) in flags {
        match workload.set(flag, text) {
            Some(set) => set.map_err(|reason| {
                format!(
                    "invalid value {text:?} for --{flag} of {}: {reason}",
                    W::NAME
                )
            })?,
            None => {
                let flags = workload.flags();
                let names: Vec<&str> = flags.iter().map(|flag| flag.name).collect();
                return Err(no_flag(W::NAME, flag, &names));
            }
        }
    }
    Ok(workload)
}

fn no_flag(workload: &str, flag: &str, all: &[&str]) -> String {
    match all {
        [] => format!("the workload {workload} has no flag --{flag}"),
        _ => format!(
            "the workload {workload} has no flag --{flag}, but --{}",
            all.join(", --")
        ),
    }
}
