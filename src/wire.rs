//! Values as bytes, for the messages between the planes.
//!
//! Both ends are the same module of the same version, so nothing says what it is: numbers are little-endian and of their own
//! width, fields follow each other, texts and lists have their length before them. [`wire!`] lists the fields of a type or
//! the variants of an enum, and the compiler sees to it that none is missing. One list is for both directions: what is read
//! takes the place of what is there.

use std::borrow::Cow;

use crate::protocol::ProtocolError;

/// A value that can be written to bytes and read from them.
pub(crate) trait Wire: Sized {
    /// What bytes can be read into.
    fn blank() -> Self;

    /// Writes it, or reads it. Where the bytes that it is read from are none, it is anything, and the `passage` says so in
    /// the end: thus a message is checked once and not at each field.
    fn pass(&mut self, passage: &mut Passage<'_>);
}

/// Reads one value from the front of `bytes`, which is then what follows it.
pub(crate) fn read_from<T: Wire>(bytes: &mut &[u8]) -> Result<T, ProtocolError> {
    let mut passage = Passage {
        written: None,
        unread: bytes,
        is_broken: false,
    };
    let mut value = T::blank();
    value.pass(&mut passage);
    if passage.is_broken {
        return Err(ProtocolError);
    }
    *bytes = passage.unread;
    Ok(value)
}

/// Adds the bytes of a value.
pub(crate) fn write_to<T: Wire>(value: &mut T, bytes: &mut Vec<u8>) {
    value.pass(&mut Passage {
        written: Some(bytes),
        unread: &[],
        is_broken: false,
    });
}

/// Where bytes are written to or read from.
pub(crate) struct Passage<'a> {
    /// `None` while they are read.
    written: Option<&'a mut Vec<u8>>,
    unread: &'a [u8],
    is_broken: bool,
}

impl<'a> Passage<'a> {
    /// No value begins with these bytes.
    #[cold]
    pub(crate) fn fail(&mut self) {
        self.is_broken = true;
        self.unread = &[];
    }

    /// Whether values take the place of those that are there.
    pub(crate) fn reads(&self) -> bool {
        self.written.is_none()
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        match self.unread.split_at_checked(count) {
            Some((taken, rest)) => {
                self.unread = rest;
                taken
            }
            None => {
                self.fail();
                &[]
            }
        }
    }

    /// An unsigned number of so many bytes.
    pub(crate) fn number(&mut self, width: usize, number: u64) -> u64 {
        if let Some(written) = &mut self.written {
            written.extend_from_slice(number.to_le_bytes().get(..width).unwrap_or_default());
            return number;
        }
        let bytes = self.take(width).iter().rev();
        bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

macro_rules! numbers {
    ($($type:ty, $width:literal;)*) => {$(
        impl Wire for $type {
            fn blank() -> Self {
                0
            }

            fn pass(&mut self, passage: &mut Passage<'_>) {
                *self = passage.number($width, *self as u64) as $type;
            }
        }
    )*};
}
numbers! {
    u8, 1;
    u16, 2;
    u32, 4;
    u64, 8;
    i64, 8;
}

impl Wire for f64 {
    fn blank() -> Self {
        0.0
    }

    fn pass(&mut self, passage: &mut Passage<'_>) {
        *self = Self::from_bits(passage.number(8, self.to_bits()));
    }
}

impl Wire for bool {
    fn blank() -> Self {
        false
    }

    fn pass(&mut self, passage: &mut Passage<'_>) {
        *self = passage.number(1, (*self).into()) != 0;
    }
}

impl Wire for String {
    fn blank() -> Self {
        Self::new()
    }

    fn pass(&mut self, passage: &mut Passage<'_>) {
        let length = passage.number(4, self.len() as u64) as usize;
        if let Some(written) = &mut passage.written {
            written.extend_from_slice(self.as_bytes());
            return;
        }
        // Other texts of this crate are read in this way, too. It gives back another where it had to mend one.
        match Self::from_utf8_lossy(passage.take(length)) {
            Cow::Borrowed(text) => *self = text.to_owned(),
            Cow::Owned(_) => passage.fail(),
        }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn pass(&mut self, passage: &mut Passage<'_>) {
        let length = passage.number(4, self.len() as u64) as usize;
        for index in 0..length {
            if passage.reads() {
                self.push(T::blank());
            }
            if let Some(item) = self.get_mut(index) {
                item.pass(passage);
            }
            if passage.is_broken {
                break;
            }
        }
    }
}

impl<T: Wire> Wire for Option<T> {
    fn blank() -> Self {
        None
    }

    fn pass(&mut self, passage: &mut Passage<'_>) {
        if passage.number(1, self.is_some().into()) != 0 {
            self.get_or_insert_with(T::blank).pass(passage);
        }
    }
}

impl<E: Wire> Wire for Result<(), E> {
    fn blank() -> Self {
        Ok(())
    }

    fn pass(&mut self, passage: &mut Passage<'_>) {
        let mut error = std::mem::replace(self, Ok(())).err();
        error.pass(passage);
        *self = error.map_or(Ok(()), Err);
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn blank() -> Self {
        (A::blank(), B::blank())
    }

    fn pass(&mut self, passage: &mut Passage<'_>) {
        self.0.pass(passage);
        self.1.pass(passage);
    }
}

/// Implements [`Wire`] for a struct by its fields, or for an enum by its variants and theirs. Items of a tuple are named for
/// the purpose.
macro_rules! wire {
    (struct $type:ident { $($field:ident),* $(,)? }) => {
        impl $crate::wire::Wire for $type {
            fn blank() -> Self {
                Self { $($field: $crate::wire::Wire::blank()),* }
            }

            fn pass(&mut self, passage: &mut $crate::wire::Passage<'_>) {
                let Self { $($field),* } = self;
                $($crate::wire::Wire::pass($field, passage);)*
            }
        }
    };
    (struct $type:ident ($item:ident)) => {
        impl $crate::wire::Wire for $type {
            fn blank() -> Self {
                Self($crate::wire::Wire::blank())
            }

            fn pass(&mut self, passage: &mut $crate::wire::Passage<'_>) {
                $crate::wire::Wire::pass(&mut self.0, passage);
            }
        }
    };
    (enum $type:ident {
        $first:ident $({ $($first_field:ident),* $(,)? })? $(( $($first_item:ident),* ))?,
        $($variant:ident $({ $($field:ident),* $(,)? })? $(( $($item:ident),* ))?,)*
    }) => {
        impl $crate::wire::Wire for $type {
            fn blank() -> Self {
                $($(let $first_field = $crate::wire::Wire::blank();)*)?
                $($(let $first_item = $crate::wire::Wire::blank();)*)?
                Self::$first $({ $($first_field),* })? $(( $($first_item),* ))?
            }

            fn pass(&mut self, passage: &mut $crate::wire::Passage<'_>) {
                enum Tag { $first, $($variant),* }

                #[inline(never)]
                fn blank_of(tag: u64, passage: &mut $crate::wire::Passage<'_>) -> $type {
                    $(if tag == Tag::$variant as u64 {
                        $($(let $field = $crate::wire::Wire::blank();)*)?
                        $($(let $item = $crate::wire::Wire::blank();)*)?
                        return $type::$variant $({ $($field),* })? $(( $($item),* ))?;
                    })*
                    if tag != Tag::$first as u64 {
                        passage.fail();
                    }
                    $crate::wire::Wire::blank()
                }

                let tag = match self {
                    Self::$first { .. } => Tag::$first,
                    $(Self::$variant { .. } => Tag::$variant,)*
                };
                let tag = passage.number(1, tag as u64);
                if passage.reads() {
                    *self = blank_of(tag, passage);
                }
                match self {
                    Self::$first $({ $($first_field),* })? $(( $($first_item),* ))? => {
                        $($($crate::wire::Wire::pass($first_field, passage);)*)?
                        $($($crate::wire::Wire::pass($first_item, passage);)*)?
                    }
                    $(Self::$variant $({ $($field),* })? $(( $($item),* ))? => {
                        $($($crate::wire::Wire::pass($field, passage);)*)?
                        $($($crate::wire::Wire::pass($item, passage);)*)?
                    })*
                }
            }
        }
    };
}
pub(crate) use wire;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(PartialEq, Debug)]
    enum Message {
        Nothing,
        Numbers { small: u16, signed: i64, real: f64 },
        Lists(Vec<Option<bool>>, String),
        Outcome(Result<(), (u8, u32)>),
    }
    wire!(enum Message {
        Nothing,
        Numbers { small, signed, real },
        Lists(list, text),
        Outcome(outcome),
    });

    fn messages() -> [Message; 6] {
        [
            Message::Nothing,
            Message::Numbers {
                small: 0xfffe,
                signed: i64::MIN + 1,
                real: -0.1,
            },
            Message::Lists(vec![None, Some(true), Some(false)], "süß".to_owned()),
            Message::Lists(Vec::new(), String::new()),
            Message::Outcome(Ok(())),
            Message::Outcome(Err((7, u32::MAX))),
        ]
    }

    #[test]
    fn what_is_written_is_read_one_behind_the_other() {
        let mut bytes = Vec::new();
        for mut message in messages() {
            write_to(&mut message, &mut bytes);
        }
        let mut rest = bytes.as_slice();
        for message in messages() {
            assert_eq!(read_from::<Message>(&mut rest).unwrap(), message);
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn what_is_cut_off_or_of_another_kind_is_no_message() {
        for mut message in messages() {
            let mut bytes = Vec::new();
            write_to(&mut message, &mut bytes);
            for length in 0..bytes.len() {
                let mut part = &bytes[..length];
                assert!(read_from::<Message>(&mut part).is_err());
                assert_eq!(part.len(), length);
            }
        }
        let no_such_variant = [4];
        let not_a_text = [2, 0, 0, 0, 0, 1, 0, 0, 0, 0xff];
        let endless_list = [2, 0xff, 0xff, 0xff, 0xff, 0];
        for bytes in [&no_such_variant[..], &not_a_text, &endless_list] {
            assert!(read_from::<Message>(&mut &bytes[..]).is_err());
        }
    }
}
