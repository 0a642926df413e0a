//! [`ByteQueue`].

use std::ops::Range;

/// Memory a queue keeps for what comes next, in bytes. Of what it has beyond this little is unused.
const KEPT_CAPACITY: usize = 8 << 20;
/// Beyond [`KEPT_CAPACITY`] memory grows by one part in this many, and shrinks when such a part is dead: so each byte is
/// copied about as often, and no more than that is unused at either end.
const SLACK: usize = 8;

/// A contiguous window of a byte stream. Every access is by the absolute offset in the stream, so that "offset" has one
/// meaning everywhere in a parser.
///
/// Bytes enter at the [`tail`](Self::tail) and leave at the [`head`](Self::head); the memory is used again.
#[derive(Debug, Default)]
pub struct ByteQueue {
    /// `buffer[dead..]` are the bytes of the window.
    buffer: Vec<u8>,
    dead: usize,
    head: u64,
}

impl ByteQueue {
    /// An empty queue at offset 0.
    pub const fn new() -> Self {
        Self {
            buffer: Vec::new(),
            dead: 0,
            head: 0,
        }
    }

    /// Offset of the first byte held.
    pub const fn head(&self) -> u64 {
        self.head
    }

    /// Offset of the byte that [`push`](Self::push) adds next: all bytes held are before it.
    pub const fn tail(&self) -> u64 {
        self.head + self.len() as u64
    }

    /// Bytes held.
    pub const fn len(&self) -> usize {
        self.buffer.len() - self.dead
    }

    /// True when nothing is held.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds bytes at the tail.
    pub fn push(&mut self, bytes: &[u8]) {
        // Moving the window to the front costs at most as much as was trimmed since it was moved last.
        if self.dead >= self.len() {
            self.compact();
        }
        let wanted = self.buffer.len() + bytes.len();
        if wanted > self.buffer.capacity() && wanted > KEPT_CAPACITY {
            self.buffer.reserve_exact(bytes.len() + wanted / SLACK);
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The bytes of `range`, or `None` unless all of them are held.
    pub fn slice(&self, range: Range<u64>) -> Option<&[u8]> {
        let start = self.index(range.start)?;
        let end = self.index(range.end)?;
        self.buffer.get(start..end)
    }

    /// All bytes held from `offset` on; `None` when `offset` is before the head or after the tail.
    pub fn slice_from(&self, offset: u64) -> Option<&[u8]> {
        self.buffer.get(self.index(offset)?..)
    }

    /// Lets go of all bytes before `offset`. Offsets before the head change nothing; those after the tail empty the
    /// queue and no more.
    pub fn trim(&mut self, offset: u64) {
        let count = offset.clamp(self.head, self.tail()) - self.head;
        self.head += count;
        // It was clamped to `len`.
        self.dead += usize::try_from(count).unwrap_or_default();
        if self.is_empty() {
            self.buffer.clear();
            self.dead = 0;
            self.buffer.shrink_to(KEPT_CAPACITY);
        } else if self.dead > KEPT_CAPACITY && self.dead > self.len() / SLACK {
            self.compact();
            self.buffer.shrink_to(self.len() + self.len() / SLACK);
        }
    }

    /// Moves the window to the front.
    fn compact(&mut self) {
        self.buffer.drain(..self.dead);
        self.dead = 0;
    }

    fn index(&self, offset: u64) -> Option<usize> {
        usize::try_from(offset.checked_sub(self.head)?)
            .ok()?
            .checked_add(self.dead)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Push(Vec<u8>),
        Trim(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            prop::collection::vec(any::<u8>(), 0..20).prop_map(Step::Push),
            (0u64..300).prop_map(Step::Trim),
        ];
        prop::collection::vec(step, 0..60)
    }

    proptest! {
        /// The model keeps the whole stream and the head.
        #[test]
        fn is_a_window_of_the_whole_stream(steps in steps(), start in 0u64..320, length in 0u64..40) {
            let (mut queue, mut stream, mut head) = (ByteQueue::new(), Vec::new(), 0u64);
            for step in steps {
                match step {
                    Step::Push(bytes) => {
                        queue.push(&bytes);
                        stream.extend_from_slice(&bytes);
                    }
                    Step::Trim(offset) => {
                        queue.trim(offset);
                        head = head.max(offset.min(stream.len() as u64));
                    }
                }
                prop_assert_eq!(queue.head(), head);
                prop_assert_eq!(queue.tail(), stream.len() as u64);
                let range = start..start + length;
                let expected = (start >= head).then(|| stream.get(start as usize..range.end as usize)).flatten();
                prop_assert_eq!(queue.slice(range), expected);
                let expected = (start >= head).then(|| stream.get(start as usize..)).flatten();
                prop_assert_eq!(queue.slice_from(start), expected);
            }
        }
    }

    #[test]
    fn memory_is_used_again() {
        let mut queue = ByteQueue::new();
        for offset in 0..1_000u64 {
            queue.push(&[7; 1_000]);
            queue.trim((offset + 1) * 1_000 - 10);
        }
        assert!(queue.buffer.capacity() < 10_000, "{}", queue.buffer.capacity());
        queue.push(&vec![0; KEPT_CAPACITY * 2]);
        queue.trim(u64::MAX);
        assert!(queue.buffer.capacity() <= KEPT_CAPACITY);
    }

    #[test]
    fn little_memory_is_unused_when_much_is_held() {
        let mut queue = ByteQueue::new();
        let piece = [7; 10_000];
        let check = |queue: &ByteQueue| {
            let most = queue.len() + 2 * (queue.len() / SLACK) + 2 * KEPT_CAPACITY;
            assert!(
                queue.buffer.capacity() <= most,
                "{} > {most}",
                queue.buffer.capacity()
            );
        };
        while queue.len() < 20 * KEPT_CAPACITY {
            queue.push(&piece);
            check(&queue);
        }
        while queue.len() > 100_000 {
            queue.trim(queue.head() + 100_000);
            check(&queue);
        }
        assert_eq!(queue.slice_from(queue.head()).map(<[u8]>::len), Some(queue.len()));
    }
}
