//! What a call may throw.

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

/// What a call throws instead of doing anything. It travels in a box: a result is then a word and not copied at each call.
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
    pub fn type_error(message: impl Into<String>) -> Box<Self> {
        Self::new(ExceptionName::TypeError, message)
    }

    /// An `InvalidStateError`.
    pub fn invalid_state(message: impl Into<String>) -> Box<Self> {
        Self::new(ExceptionName::InvalidStateError, message)
    }

    /// A `NotFoundError`.
    pub fn not_found(message: impl Into<String>) -> Box<Self> {
        Self::new(ExceptionName::NotFoundError, message)
    }

    /// A `NotSupportedError`.
    pub fn not_supported(message: impl Into<String>) -> Box<Self> {
        Self::new(ExceptionName::NotSupportedError, message)
    }

    /// A `QuotaExceededError`.
    pub fn quota_exceeded(message: impl Into<String>) -> Box<Self> {
        Self::new(ExceptionName::QuotaExceededError, message)
    }

    fn new(name: ExceptionName, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            name,
            message: message.into(),
        })
    }
}
