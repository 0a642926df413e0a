//! Coded frame removal (MSE § 3.5.9).

use super::coded_frame_processing::TrackBuffers;
use crate::time::MediaTime;

impl TrackBuffers {
    /// Removes the frames that start within `[start, end)`, and what is decoded from them. `duration` is the media
    /// source's; `None` (NaN) bounds nothing.
    pub fn remove(&mut self, start: MediaTime, end: MediaTime, duration: Option<MediaTime>) {
        // Step 3. By index, since step 3.3 is about all track buffers.
        for index in 0..self.tracks.len() {
            let Some(track_buffer) = self.tracks.get_mut(index) else {
                break;
            };
            // Steps 3.1 and 3.2
            let remove_end_timestamp = track_buffer
                .random_access_point_from(end)
                .unwrap_or(duration.unwrap_or(MediaTime::INFINITY));
            // Steps 3.3 and 3.4
            //
            // DEVIATION: the last frame appended counts also where it is removed only because it depends on a frame of
            // the removed range. What follows it could not be decoded either.
            if let Some(presentation_timestamp) = track_buffer.remove(start, remove_end_timestamp) {
                self.begin_group(presentation_timestamp);
            }
        }
    }
}
