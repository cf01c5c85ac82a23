//! A reader of pickles that runs nothing.
//!
//! A pickle is a program for a stack machine that can import and call anything. This machine does as data what dicts of
//! tensors need, with the handful of names in [`Global`]. Whatever else a file names or calls becomes an inert
//! [`Object`]: it remembers what it was to be made by, and what it was to be given. Nothing here could run code.

mod array;
mod global;
mod literal;
mod machine;
mod rebuild;
mod stop;
mod value;

pub(crate) use global::{Name, shown};
pub(crate) use machine::{Pickle, read};
#[cfg(test)]
use stop::Stop;
#[cfg(test)]
pub(crate) use value::Storage;
pub(crate) use value::{Heap, Inline, Object, PickleValue, Strided};

#[cfg(test)]
mod tests;
