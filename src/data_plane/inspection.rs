//! What an inspector is told of the data plane.

use super::DataPlane;
use crate::container::TrackKind;
use crate::playback::Platform;
use crate::protocol::WallTime;
use crate::time::MediaTime;

/// Random access points of a track that are told of: ten minutes with one a second.
const RANDOM_ACCESS_POINTS_MAX: usize = 600;

impl DataPlane {
    /// All that an inspector draws, at wall time `now`, as numbers for JavaScript; `js/src/inspect/numbers.ts` reads them.
    /// Times are in seconds. They are those of [`Player::inspect`](crate::playback::Player::inspect), then of each
    /// SourceBuffer in the order of their ids:
    ///
    /// * id, bytes held, bytes that its quota allows, appends and removals that are not done, number of tracks; then of
    ///   each track:
    ///   * id, 1 for pictures or 0 for sound, 1 where it is selected, bytes held, number of ranges, number of random access
    ///     points;
    ///   * start (inclusive) and end (exclusive) of each range, as the page is to see them;
    ///   * the presentation timestamps of the random access points within `[from, to)`, no more than 600
    ///     from the first on. Of sound, where every frame is one, none.
    pub fn inspect(
        &self,
        now: WallTime,
        from: MediaTime,
        to: MediaTime,
        platform: &dyn Platform,
    ) -> Vec<f64> {
        let mut numbers = self.player.inspect(now, platform).to_vec();
        for entry in &self.source_buffers {
            let id = entry.id;
            let source_buffer = &entry.source_buffer;
            let waiting = entry.operations.len() + usize::from(entry.appending.is_some());
            numbers.extend_from_slice(&[
                f64::from(id),
                source_buffer.bytes_held() as f64,
                source_buffer.quota_of(self.quota) as f64,
                waiting as f64,
                source_buffer.tracks().len() as f64,
            ]);
            for track in source_buffer.tracks() {
                let is_video = track.kind() == TrackKind::Video;
                let name = Some((id, track.id()));
                let is_selected = name == self.selected_video || name == self.selected_audio;
                let ranges = track.buffered();
                let most = if is_video { RANDOM_ACCESS_POINTS_MAX } else { 0 };
                let points = track.random_access_points(from, to, most);
                numbers.extend_from_slice(&[
                    f64::from(track.id()),
                    f64::from(u8::from(is_video)),
                    f64::from(u8::from(is_selected)),
                    track.bytes_held() as f64,
                    ranges.len() as f64,
                    points.len() as f64,
                ]);
                ranges.add_seconds_to(&mut numbers);
                for point in points {
                    numbers.push(point.as_seconds());
                }
            }
        }
        numbers
    }
}
