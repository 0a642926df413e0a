//! The EBML header and `Info`.

use super::ebml::Element;
use super::ids::ElementId;
use crate::container::{ContainerError, Strictness};
use crate::time::MediaTime;

/// Nanoseconds in a tick where `Info` does not say.
const USUAL_TIMESTAMP_SCALE: u64 = 1_000_000;

/// The newest version of Matroska that this can read.
const READ_VERSION: u64 = 4;

/// Checks an EBML header (RFC 8794 § 11.2).
// As with `read_tracks`.
#[inline(never)]
pub(super) fn check_header(header: &Element<'_>, strictness: Strictness) -> Result<(), ContainerError> {
    let mut doc_type = None;
    for child in header.children() {
        let child = child?;
        let most = match child.id {
            ElementId::DOC_TYPE => {
                doc_type = Some(child.text());
                continue;
            }
            ElementId::EBML_READ_VERSION => 1,
            ElementId::DOC_TYPE_READ_VERSION => READ_VERSION,
            ElementId::EBML_MAX_ID_LENGTH => 4,
            ElementId::EBML_MAX_SIZE_LENGTH => 8,
            _ => continue,
        };
        let value = child.unsigned()?;
        if value > most {
            return Err(child.unsupported(format!("is {value}; at most {most} can be read here")));
        }
    }
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
            timestamp_scale: USUAL_TIMESTAMP_SCALE,
            duration: None,
        }
    }
}

impl Info {
    /// Reads `Info` (RFC 9559 § 5.1.2).
    // As with `read_tracks`.
    #[inline(never)]
    pub(super) fn read(element: &Element<'_>) -> Result<Self, ContainerError> {
        let mut info = Self::default();
        let mut duration = 0.0;
        for child in element.children() {
            let child = child?;
            match child.id {
                ElementId::TIMESTAMP_SCALE => {
                    info.timestamp_scale = child.unsigned()?;
                    if info.timestamp_scale == 0 {
                        return Err(child.malformed("is 0"));
                    }
                }
                ElementId::DURATION => duration = child.float()?,
                _ => {}
            }
        }
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
