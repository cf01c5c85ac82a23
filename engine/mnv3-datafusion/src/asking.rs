//! Asking about the pictures of a column, one after the other.

use crate::columns::AnswerColumn;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use mnv3_stream::{StreamError, ThreadFailure};
use std::any::Any;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// What makes a column of answers of a column of pictures.
pub(crate) trait AskColumn: Send + Sync {
    /// The type of the column.
    fn data_type(&self) -> DataType;

    /// A row for each picture.
    fn ask(&self, pictures: &mut dyn Iterator<Item = Option<&[u8]>>) -> Result<ArrayRef>;
}

/// Askers with memory of their own, as many as there are threads that ask, and what makes another.
pub(crate) struct Askers<C, M, A> {
    make: M,
    idle: Mutex<Vec<A>>,
    column: PhantomData<fn() -> C>,
}

impl<C, M, A> Askers<C, M, A> {
    pub(crate) fn new(make: M) -> Self {
        Self {
            make,
            idle: Mutex::default(),
            column: PhantomData,
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<A>> {
        // What is in it is whole: an asker that panics is not put back.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C, M, A> AskColumn for Askers<C, M, A>
where
    C: AnswerColumn,
    M: Fn() -> A + Send + Sync,
    A: FnMut(&[u8]) -> Result<C::Answer, StreamError> + Send,
{
    fn data_type(&self) -> DataType {
        C::data_type()
    }

    fn ask(&self, pictures: &mut dyn Iterator<Item = Option<&[u8]>>) -> Result<ArrayRef> {
        let mut column = C::default();
        let mut asker = self.idle().pop();
        for picture in pictures {
            column.push(picture.map(|bytes| {
                let asked = catch_unwind(AssertUnwindSafe(|| asker.get_or_insert_with(&self.make)(bytes)));
                let answer = asked.unwrap_or_else(|panic| {
                    // What it kept may be half done.
                    asker = None;
                    Err(ThreadFailure::Panicked(message(&*panic)).into())
                });
                answer.map_err(|error| error.to_string())
            }));
        }
        self.idle().extend(asker);
        column.finish()
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it does not say why").to_owned()
}
