//! The checks of histories against models: linearizable, sequential, convergent.

mod brute_force;
mod convergent;
mod hints;
mod objects;
mod orders;
mod queues;
mod random;
mod sequential;
