//! The EBML header and `Info`.

use super::ebml::{Element, Fields};
use super::ids::ElementId;
use crate::container::{ContainerError, Strictness};
use crate::time::MediaTime;

/// Checks an EBML header (RFC 8794 § 11.2).
// As with `read_tracks`.
#[inline(never)]
pub(super) fn check_header(header: &Element<'_>, strictness: Strictness) -> Result<(), ContainerError> {
    let mut fields = Fields::new();
    fields.read(header)?;
    let doc_type = fields.get(ElementId::DOC_TYPE).map(|element| element.text());
    match doc_type.as_deref() {
        Some("webm") => Ok(()),
        // DEVIATION: only when strict. WebM is a part of Matroska, and recorders call theirs so.
        Some("matroska") if strictness == Strictness::Lenient => Ok(()),
        Some(other) => Err(header.unsupported(format!("the DocType is \"{other}\", not \"webm\""))),
        None => Err(header.malformed("has no DocType")),
    }
}

/// What `Info` says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Info {
    /// Nanoseconds in a tick; never zero.
    timestamp_scale: u64,
    /// Of the file, where it is said.
    pub(super) duration: Option<MediaTime>,
}

impl Default for Info {
    fn default() -> Self {
        Self {
            timestamp_scale: ElementId::TIMESTAMP_SCALE.default().into(),
            duration: None,
        }
    }
}

impl Info {
    /// Reads `Info` (RFC 9559 § 5.1.2).
    // As with `read_tracks`.
    #[inline(never)]
    pub(super) fn read(element: &Element<'_>) -> Result<Self, ContainerError> {
        let mut fields = Fields::new();
        fields.read(element)?;
        let mut info = Self {
            timestamp_scale: fields.unsigned(ElementId::TIMESTAMP_SCALE),
            duration: None,
        };
        let duration = fields.float(ElementId::DURATION);
        // A float to integer `as` cast saturates. Zero was written before the end was known.
        if duration.is_finite() && duration > 0.0 {
            let nanos = duration * info.timestamp_scale as f64;
            info.duration = Some(MediaTime::from_nanos(nanos.round() as i64));
        }
        Ok(info)
    }

    /// The instant of a tick, saturating.
    pub(super) fn time(&self, ticks: i64) -> MediaTime {
        let scale = i64::try_from(self.timestamp_scale).unwrap_or(i64::MAX);
        MediaTime::from_nanos(scale).times(ticks)
    }

    /// How long a tick is.
    pub(super) fn tick(&self) -> MediaTime {
        self.time(1)
    }
}
