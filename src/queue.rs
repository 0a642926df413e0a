//! [`Queue`].

use std::vec;

/// First in, first out, of any length, without a ring, of whose code there is a copy for each type: what comes is put at the
/// end of one list, what goes is taken from another, and that is the first one once it is empty.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    coming: Vec<T>,
    going: vec::IntoIter<T>,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            coming: Vec::new(),
            going: Vec::new().into_iter(),
        }
    }

    pub(crate) fn push_back(&mut self, entry: T) {
        self.coming.push(entry);
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        if self.going.as_slice().is_empty() {
            self.going = std::mem::take(&mut self.coming).into_iter();
        }
        self.going.next()
    }

    /// From the first to go on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.going.as_slice().iter().chain(&self.coming)
    }

    pub(crate) fn front(&self) -> Option<&T> {
        self.iter().next()
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_first_goes_first() {
        let mut queue = Queue::new();
        assert_eq!(queue.pop_front(), None);
        queue.push_back(1);
        queue.push_back(2);
        assert_eq!(queue.pop_front(), Some(1));
        queue.push_back(3);
        assert_eq!(queue.front(), Some(&2));
        assert_eq!(queue.iter().collect::<Vec<_>>(), [&2, &3]);
        assert_eq!([(); 3].map(|()| queue.pop_front()), [Some(2), Some(3), None]);
        queue.push_back(4);
        assert_eq!(queue.front(), Some(&4));
        assert_eq!(queue.pop_front(), Some(4));
        assert_eq!(queue.front(), None);
    }
}
