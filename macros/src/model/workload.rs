//! Workloads and specifications.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Expr, ItemStruct, LitStr, Path};

use super::node::{Handler, Names};

/// What is declared about one operation.
pub(crate) struct Marks {
    pub(crate) method: Ident,
    pub(crate) weight: Option<u32>,
    pub(crate) read_only: Option<Ident>,
    pub(crate) overwrites: Option<Ident>,
    pub(crate) commutes: Option<Ident>,
    pub(crate) setup: Option<Ident>,
    pub(crate) finally: Option<Ident>,
    /// Whether it is `finally(unmarked)`.
    pub(crate) unmarked: bool,
    /// The function that converts the value of a completion.
    pub(crate) record: Option<Path>,
    /// The format of its value in histories.
    pub(crate) value: Option<LitStr>,
    pub(crate) parameters: Vec<ParameterMarks>,
}

/// What is declared about one parameter.
pub(crate) struct ParameterMarks {
    pub(crate) name: Ident,
    /// The argument of `#[draw(...)]`.
    pub(crate) draw: Option<TokenStream>,
    pub(crate) key: Option<Attribute>,
}

/// A field of a workload, which becomes a flag.
pub(crate) struct FlagField {
    pub(crate) name: Ident,
    pub(crate) docs: Vec<Attribute>,
    /// The argument `default_value_t`. If it is missing, the default is the `Default` of the type.
    pub(crate) default: Option<Expr>,
}

/// An operation of a workload: its request and reply, and its declaration.
pub(crate) struct Operation<'a> {
    pub(crate) handler: &'a Handler<'a>,
    pub(crate) marks: &'a Marks,
}

/// An impl block marked with `#[specification]`.
pub(crate) struct Specification<'a> {
    pub(crate) names: &'a Names<'a>,
    /// The name of the workload, if it differs from that of the struct.
    pub(crate) name: Option<&'a LitStr>,
    /// The attributes of the block, for its documentation.
    pub(crate) docs: &'a [Attribute],
    pub(crate) consistency: Option<&'a Ident>,
    pub(crate) operations: Vec<Operation<'a>>,
}

/// An impl block marked with `#[operations]`.
pub(crate) struct Operations<'a> {
    pub(crate) names: &'a Names<'a>,
    pub(crate) operations: Vec<Operation<'a>>,
    /// The methods that check a history.
    pub(crate) checks: &'a [MarkedMethod],
    /// The method that draws operations, or creates a generator.
    pub(crate) generate: Option<&'a MarkedMethod>,
    /// The methods that replace defaults.
    pub(crate) replaced: &'a [(Replaced, Ident)],
}

/// A method marked `#[check]` or `#[generate]`.
#[derive(Clone)]
pub(crate) struct MarkedMethod {
    pub(crate) name: Ident,
    /// Whether it works with the options and the recorded history of a test, rather than with typed
    /// calls, or the source of one operation.
    pub(crate) is_untyped: bool,
}

/// A default of a workload that a marked method replaces.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replaced {
    Coverage,
    Timeout,
    Validate,
}

impl Replaced {
    pub(crate) const ALL: [Self; 3] = [Self::Coverage, Self::Timeout, Self::Validate];

    /// Returns the name of the attribute, and of the method that it implements.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::Timeout => "timeout",
            Self::Validate => "validate",
        }
    }
}

/// A struct marked with `#[workload]`.
pub(crate) struct Workload<'a> {
    pub(crate) item: &'a ItemStruct,
    pub(crate) arguments: &'a WorkloadArguments,
    pub(crate) flags: &'a [FlagField],
}

/// The arguments of `#[workload]`.
#[derive(Default)]
pub(crate) struct WorkloadArguments {
    /// Its name, if it differs from that of the struct.
    pub(crate) name: Option<LitStr>,
    pub(crate) reuses_clients: Option<Ident>,
    pub(crate) unhandled_errors: Option<Ident>,
}
