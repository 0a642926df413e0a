//! What a call may throw.

use std::fmt;

/// The kind of an [`Exception`]: `TypeError` or the name of a DOMException.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExceptionName {
    /// An argument is out of its range.
    TypeError,
    /// The object is not in the state for the call.
    InvalidStateError,
    /// The object is not part of this one.
    NotFoundError,
    /// The value is well formed and cannot be done.
    NotSupportedError,
    /// There is no room.
    QuotaExceededError,
}

impl ExceptionName {
    /// As the page reads it in `name`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TypeError => "TypeError",
            Self::InvalidStateError => "InvalidStateError",
            Self::NotFoundError => "NotFoundError",
            Self::NotSupportedError => "NotSupportedError",
            Self::QuotaExceededError => "QuotaExceededError",
        }
    }
}

/// What a call throws instead of doing anything.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}: {message}", name.as_str())]
pub struct Exception {
    /// Its kind.
    pub name: ExceptionName,
    /// What was wrong with the call, and what to do about it.
    pub message: String,
}

impl Exception {
    /// A `TypeError`.
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new(ExceptionName::TypeError, message)
    }

    /// An `InvalidStateError`.
    pub fn invalid_state(message: impl Into<String>) -> Self {
        Self::new(ExceptionName::InvalidStateError, message)
    }

    /// A `NotFoundError`.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ExceptionName::NotFoundError, message)
    }

    /// A `NotSupportedError`.
    pub fn not_supported(message: impl Into<String>) -> Self {
        Self::new(ExceptionName::NotSupportedError, message)
    }

    /// A `QuotaExceededError`.
    pub fn quota_exceeded(message: impl Into<String>) -> Self {
        Self::new(ExceptionName::QuotaExceededError, message)
    }

    fn new(name: ExceptionName, message: impl Into<String>) -> Self {
        Self {
            name,
            message: message.into(),
        }
    }
}

/// A number in a message: to the millionth, as JavaScript would write it. The library's own way to write floating point is
/// eight kilobytes of code.
pub(crate) struct Decimal(pub(crate) f64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_nan() {
            return f.write_str("NaN");
        }
        if self.0 < 0.0 {
            f.write_str("-")?;
        }
        if self.0.is_infinite() {
            return f.write_str("Infinity");
        }
        // A float to integer cast saturates.
        let millionths = (self.0.abs() * 1e6).round() as u64;
        let (mut fraction, mut width) = (millionths % 1_000_000, 6);
        write!(f, "{}", millionths / 1_000_000)?;
        if fraction == 0 {
            return Ok(());
        }
        while fraction % 10 == 0 {
            fraction /= 10;
            width -= 1;
        }
        write!(f, ".{fraction:0width$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_messages() {
        for (number, text) in [
            (0.0, "0"),
            (-1.5, "-1.5"),
            (0.0625, "0.0625"),
            (12.000001, "12.000001"),
            (2.0 / 3.0, "0.666667"),
            (1e9, "1000000000"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(Decimal(number).to_string(), text);
        }
    }
}
