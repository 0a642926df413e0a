//! Edit lists (ISO/IEC 14496-12 § 8.6.6).

use std::num::NonZeroU32;

use super::boxes::BoxRef;
use super::sample_table::counted_full_box;
use crate::bytes::Reader;
use crate::container::ContainerError;
use crate::time::scaled;

/// What is made of an edit list: the media, whole, moved on the presentation timeline.
///
/// DEVIATION: MSE ISO BMFF byte stream format § 3 asks for a single edit of rate one. Empty edits before it delay the
/// track as they say. Where an edit ends, its rate and the edits after it are passed over, as browsers do
/// (docs/decisions/0007-edits-move-media-and-cut-nothing.md).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct EditList {
    /// Ticks of the movie's timescale before the first edit that shows media.
    delay: u64,
    /// Ticks of the media's timescale: where that edit begins in the media.
    media_time: i64,
}

/// `media_time` of an edit that shows nothing.
const EMPTY: i64 = -1;

impl EditList {
    /// Reads an `elst`. `None` when none of its edits shows media: such a list says nothing.
    pub(super) fn read(elst: &BoxRef<'_>) -> Result<Option<Self>, ContainerError> {
        let mut reader = Reader::new(elst.payload);
        let (version, count) = counted_full_box(elst, &mut reader)?;
        let is_short = version == 0;
        elst.check_count(count, if is_short { 12 } else { 20 }, &reader)?;
        let mut delay = 0u64;
        for _ in 0..count {
            let (duration, media_time) = if is_short {
                (u64::from(reader.u32()), i64::from(reader.i32()))
            } else {
                (reader.u64(), reader.i64())
            };
            reader.skip(4); // media_rate
            if media_time != EMPTY {
                return Ok(Some(Self {
                    delay,
                    media_time: media_time.max(0),
                }));
            }
            delay = delay.saturating_add(duration);
        }
        Ok(None)
    }

    /// Ticks of the media's timescale to add to all its times.
    pub(super) fn shift(self, movie_timescale: NonZeroU32, timescale: NonZeroU32) -> i64 {
        let delay = scaled(self.delay, timescale.get(), movie_timescale, 0);
        // The media time is not negative.
        i64::try_from(delay).map_or(0, |delay| delay - self.media_time)
    }
}
