//! The validated structs from which code is generated.

mod node;
mod workload;

pub(crate) use node::{
    Argument, BodyField, Borrows, CalledMethod, Content, DefaultValue, Fallible, Field, Handler,
    Handlers, Message, Names, Node, Parameter, Period, Reply, Shape, Timer, Unit, With,
};
pub(crate) use workload::{
    FlagField, MarkedMethod, Marks, Operation, Operations, ParameterMarks, Replaced, Specification,
    Workload, WorkloadArguments,
};
