//! The best few of many, in memory that was there before.

use std::cmp::Ordering;

/// Keeps the `most` items that come first, in memory for twice as many.
#[derive(Debug)]
pub(crate) struct Best<T> {
    items: Vec<T>,
    most: usize,
}

impl<T> Best<T> {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            items: Vec::with_capacity(2 * most),
            most,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.items.clear();
    }

    /// Takes an item in; `order` says which of two comes first, and of different items never that they are equal.
    pub(crate) fn push(&mut self, item: T, order: impl Fn(&T, &T) -> Ordering) {
        if self.most == 0 {
            return;
        }
        if self.items.len() == 2 * self.most {
            self.items.select_nth_unstable_by(self.most - 1, order);
            self.items.truncate(self.most);
        }
        self.items.push(item);
    }

    /// The best, in order.
    pub(crate) fn in_order(&mut self, order: impl Fn(&T, &T) -> Ordering) -> &mut [T] {
        self.items.sort_unstable_by(order);
        self.items.truncate(self.most);
        &mut self.items
    }
}
