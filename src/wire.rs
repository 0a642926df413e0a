//! Values as bytes, for the messages between the planes.
//!
//! Both ends are the same module of the same version, so nothing says what it is: numbers are little-endian and of their own
//! width, fields follow each other, texts and lists have their length before them. [`wire!`] lists the fields of a type or
//! the variants of an enum, and the compiler sees to it that none is missing.

use std::borrow::Cow;

use crate::protocol::ProtocolError;

/// A value that can be written to bytes and read from them.
pub(crate) trait Wire: Sized {
    /// Adds its bytes.
    fn write(&self, bytes: &mut Vec<u8>);

    /// Reads one. Where the bytes are none, it is anything, and `bytes` say so in the end: thus a message is checked once
    /// and not at each field.
    fn read(bytes: &mut Unread<'_>) -> Self;
}

/// Reads one value from the front of `bytes`, which is then what follows it.
pub(crate) fn read_from<T: Wire>(bytes: &mut &[u8]) -> Result<T, ProtocolError> {
    let mut unread = Unread {
        rest: bytes,
        is_broken: false,
    };
    let value = T::read(&mut unread);
    if unread.is_broken {
        return Err(ProtocolError);
    }
    *bytes = unread.rest;
    Ok(value)
}

/// Bytes still to be read.
pub(crate) struct Unread<'a> {
    rest: &'a [u8],
    is_broken: bool,
}

impl<'a> Unread<'a> {
    /// No value begins with these bytes.
    #[cold]
    pub(crate) fn fail(&mut self) {
        self.is_broken = true;
        self.rest = &[];
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        match self.rest.split_at_checked(count) {
            Some((taken, rest)) => {
                self.rest = rest;
                taken
            }
            None => {
                self.fail();
                &[]
            }
        }
    }

    /// An unsigned number of so many bytes.
    fn number(&mut self, width: usize) -> u64 {
        let bytes = self.take(width).iter().rev();
        bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

fn write_number(bytes: &mut Vec<u8>, width: usize, number: u64) {
    bytes.extend(number.to_le_bytes().get(..width).unwrap_or_default());
}

macro_rules! numbers {
    ($($type:ty, $width:literal;)*) => {$(
        impl Wire for $type {
            fn write(&self, bytes: &mut Vec<u8>) {
                write_number(bytes, $width, *self as u64);
            }

            fn read(bytes: &mut Unread<'_>) -> Self {
                bytes.number($width) as $type
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
    fn write(&self, bytes: &mut Vec<u8>) {
        self.to_bits().write(bytes);
    }

    fn read(bytes: &mut Unread<'_>) -> Self {
        Self::from_bits(u64::read(bytes))
    }
}

impl Wire for bool {
    fn write(&self, bytes: &mut Vec<u8>) {
        u8::from(*self).write(bytes);
    }

    fn read(bytes: &mut Unread<'_>) -> Self {
        u8::read(bytes) != 0
    }
}

impl Wire for String {
    fn write(&self, bytes: &mut Vec<u8>) {
        write_number(bytes, 4, self.len() as u64);
        bytes.extend_from_slice(self.as_bytes());
    }

    fn read(bytes: &mut Unread<'_>) -> Self {
        let length = u32::read(bytes) as usize;
        // Other texts of this crate are read in this way, too. It gives back another where it had to mend one.
        let Cow::Borrowed(text) = Self::from_utf8_lossy(bytes.take(length)) else {
            bytes.fail();
            return Self::new();
        };
        text.to_owned()
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, bytes: &mut Vec<u8>) {
        write_number(bytes, 4, self.len() as u64);
        for item in self {
            item.write(bytes);
        }
    }

    fn read(bytes: &mut Unread<'_>) -> Self {
        let mut items = Self::new();
        for _ in 0..u32::read(bytes) {
            items.push(T::read(bytes));
            if bytes.is_broken {
                break;
            }
        }
        items
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.is_some().write(bytes);
        if let Some(value) = self {
            value.write(bytes);
        }
    }

    fn read(bytes: &mut Unread<'_>) -> Self {
        bool::read(bytes).then(|| T::read(bytes))
    }
}

impl<E: Wire> Wire for Result<(), E> {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.is_err().write(bytes);
        if let Err(error) = self {
            error.write(bytes);
        }
    }

    fn read(bytes: &mut Unread<'_>) -> Self {
        if bool::read(bytes) {
            Err(E::read(bytes))
        } else {
            Ok(())
        }
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, bytes: &mut Vec<u8>) {
        self.0.write(bytes);
        self.1.write(bytes);
    }

    fn read(bytes: &mut Unread<'_>) -> Self {
        (A::read(bytes), B::read(bytes))
    }
}

/// Implements [`Wire`] for a struct by its fields, or for an enum by its variants and theirs. Items of a tuple are named for
/// the purpose.
macro_rules! wire {
    (struct $type:ident { $($field:ident),* $(,)? }) => {
        impl $crate::wire::Wire for $type {
            fn write(&self, bytes: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($crate::wire::Wire::write($field, bytes);)*
            }

            fn read(bytes: &mut $crate::wire::Unread<'_>) -> Self {
                $(let $field = $crate::wire::Wire::read(bytes);)*
                Self { $($field),* }
            }
        }
    };
    (struct $type:ident ($item:ident)) => {
        impl $crate::wire::Wire for $type {
            fn write(&self, bytes: &mut Vec<u8>) {
                $crate::wire::Wire::write(&self.0, bytes);
            }

            fn read(bytes: &mut $crate::wire::Unread<'_>) -> Self {
                Self($crate::wire::Wire::read(bytes))
            }
        }
    };
    (enum $type:ident {
        $first:ident $({ $($first_field:ident),* $(,)? })? $(( $($first_item:ident),* ))?,
        $($variant:ident $({ $($field:ident),* $(,)? })? $(( $($item:ident),* ))?,)*
    }) => {
        impl $crate::wire::Wire for $type {
            fn write(&self, bytes: &mut Vec<u8>) {
                enum Tag { $first, $($variant),* }
                match self {
                    Self::$first $({ $($first_field),* })? $(( $($first_item),* ))? => {
                        bytes.push(Tag::$first as u8);
                        $($($crate::wire::Wire::write($first_field, bytes);)*)?
                        $($($crate::wire::Wire::write($first_item, bytes);)*)?
                    }
                    $(Self::$variant $({ $($field),* })? $(( $($item),* ))? => {
                        bytes.push(Tag::$variant as u8);
                        $($($crate::wire::Wire::write($field, bytes);)*)?
                        $($($crate::wire::Wire::write($item, bytes);)*)?
                    })*
                }
            }

            fn read(bytes: &mut $crate::wire::Unread<'_>) -> Self {
                enum Tag { $first, $($variant),* }
                let tag: u8 = $crate::wire::Wire::read(bytes);
                $(if tag == Tag::$variant as u8 {
                    $($(let $field = $crate::wire::Wire::read(bytes);)*)?
                    $($(let $item = $crate::wire::Wire::read(bytes);)*)?
                    return Self::$variant $({ $($field),* })? $(( $($item),* ))?;
                })*
                if tag != Tag::$first as u8 {
                    bytes.fail();
                }
                $($(let $first_field = $crate::wire::Wire::read(bytes);)*)?
                $($(let $first_item = $crate::wire::Wire::read(bytes);)*)?
                Self::$first $({ $($first_field),* })? $(( $($first_item),* ))?
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
        for message in messages() {
            message.write(&mut bytes);
        }
        let mut rest = bytes.as_slice();
        for message in messages() {
            assert_eq!(read_from::<Message>(&mut rest).unwrap(), message);
        }
        assert!(rest.is_empty());
    }

    #[test]
    fn what_is_cut_off_or_of_another_kind_is_no_message() {
        for message in messages() {
            let mut bytes = Vec::new();
            message.write(&mut bytes);
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
