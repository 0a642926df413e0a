//! [`ShortQueue`].

use std::ops::{Deref, DerefMut};

/// A queue that never holds more than some tens of entries: a list, of which the first entry is taken by moving the others.
/// For so few that costs less than a ring does in code, of which there is a copy for each type.
#[derive(Debug)]
pub(crate) struct ShortQueue<T>(Vec<T>);

impl<T> ShortQueue<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn push_back(&mut self, entry: T) {
        self.0.push(entry);
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }
}

impl<T> Default for ShortQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for ShortQueue<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for ShortQueue<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}
