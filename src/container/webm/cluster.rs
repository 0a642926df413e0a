//! `Cluster`, the media segment: where it begins and ends, and whose its blocks are.

use super::WebMDemuxer;
use super::block::Block;
use super::ebml::{Element, ElementHeader};
use super::ids::ElementId;
use super::initialization_segment::Movie;
use super::limits::{MAX_BLOCK_SIZE, MAX_FIELD_SIZE};
use super::segment::Info;
use crate::container::{ContainerError, DemuxEvent, ErrorClass, Strictness};
use crate::queue::Queue;
use crate::time::MediaTime;

/// A cluster whose start has been seen.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) offset: u64,
    /// `None` for the unknown size.
    pub(super) end: Option<u64>,
    pub(super) timestamp: Option<u64>,
    /// Time of its last block, in ticks.
    pub(super) last_block: Option<i64>,
    /// The tracks that have had blocks.
    pub(super) seen: Vec<u64>,
}

impl WebMDemuxer {
    /// What to do with an element inside the cluster.
    pub(super) fn start_in_cluster(
        &mut self,
        header: ElementHeader,
    ) -> Result<Option<usize>, ContainerError> {
        let Some(Cluster { end: cluster_end, .. }) = self.cluster else {
            return Ok(None);
        };
        let id = header.id;
        if cluster_end.is_none() {
            if id.is_level_1() {
                // WebM byte stream format, "Media Segments": a cluster of unknown size ends where the next one or an
                // initialization segment begins.
                self.end_cluster(id == ElementId::CLUSTER)?;
                return Ok(Some(0));
            }
            if id.parent() != ElementId::CLUSTER && !id.is_global() {
                return self.start_resync(format!("{id} is no element of a cluster"));
            }
        } else if id.is_level_1() {
            return Err(self.error(
                ErrorClass::Malformed,
                id,
                "begins before the cluster around it ends",
            ));
        }
        let end = self.end_of(header)?;
        if let Some(cluster_end) = cluster_end
            && end > cluster_end
        {
            return Err(self.error(
                ErrorClass::Malformed,
                id,
                format!("ends at byte {end}, and the cluster around it at byte {cluster_end}"),
            ));
        }
        let limit = match id {
            ElementId::TIMESTAMP => Some(MAX_FIELD_SIZE),
            ElementId::SIMPLE_BLOCK | ElementId::BLOCK_GROUP => Some(MAX_BLOCK_SIZE),
            ElementId::ENCRYPTED_BLOCK => {
                return Err(self.error(
                    ErrorClass::Unsupported,
                    id,
                    "encrypted media needs the browser's own player",
                ));
            }
            _ => None,
        };
        self.start_element(header, end, limit)
    }

    pub(super) fn start_cluster(&mut self, header: ElementHeader) -> Result<Option<usize>, ContainerError> {
        let is_strict = self.is_strict();
        if let Some(init) = &mut self.init {
            if init.tracks.is_none() {
                return Err(self.error(
                    ErrorClass::Malformed,
                    header.id,
                    "comes before the Tracks of its initialization segment",
                ));
            }
            // DEVIATION: only when strict. Without Info a tick is a millisecond.
            if is_strict {
                return Err(self.error(
                    ErrorClass::Malformed,
                    header.id,
                    "comes before the Info of its initialization segment",
                ));
            }
            init.info = Some(Info::default());
            self.complete_init();
        }
        // MSE § 3.5.1 step 6.1: media before the first initialization segment is an append error.
        if self.movie.is_none() {
            return Err(self.error(
                ErrorClass::Malformed,
                header.id,
                "media before any initialization segment (EBML header, Info and Tracks)",
            ));
        }
        let end = match header.size {
            Some(_) => Some(self.end_of(header)?),
            None => None,
        };
        self.cluster = Some(Cluster {
            offset: self.cursor,
            end,
            timestamp: None,
            last_block: None,
            seen: Vec::new(),
        });
        self.events.push_back(DemuxEvent::MediaSegmentStart);
        Ok(self.enter(header))
    }

    /// Ends the media segment. Whether the next one `goes_on` right there.
    pub(super) fn end_cluster(&mut self, goes_on: bool) -> Result<(), ContainerError> {
        let Some(cluster) = self.cluster.take() else {
            return Ok(());
        };
        let tracks = self.movie.as_mut().map_or(&mut [][..], |movie| &mut movie.tracks);
        // WebM byte stream format, "Media Segments": a cluster has a block of every track.
        //
        // DEVIATION: only when strict. Browsers do not ask for it, and clusters of recorders lack it.
        if self.strictness == Strictness::Strict
            && let Some(missing) = tracks
                .iter()
                .find(|track| !cluster.seen.contains(&track.number()))
        {
            return Err(ContainerError::malformed(
                cluster.offset,
                "Cluster",
                format!("has no block of track {}", missing.number()),
            ));
        }
        for track in tracks {
            track.start_cluster(goes_on);
        }
        self.events.push_back(DemuxEvent::MediaSegmentEnd);
        Ok(())
    }
}

/// Gives the frames of a block to its track.
pub(super) fn read_block(
    element: &Element<'_>,
    block: &Block<'_>,
    cluster: &mut Cluster,
    movie: &mut Movie,
    strictness: Strictness,
    events: &mut Queue<DemuxEvent>,
) -> Result<(), ContainerError> {
    let is_strict = strictness == Strictness::Strict;
    if block.track == 0 {
        return Err(element.malformed("is of track 0, which no track may be"));
    }
    // WebM byte stream format, "Media Segments": the Timestamp comes first. Without one nothing says when it is.
    let timestamp = cluster
        .timestamp
        .ok_or_else(|| element.malformed("comes before the Timestamp of its cluster"))?;
    let ticks = i64::try_from(timestamp)
        .ok()
        .and_then(|timestamp| timestamp.checked_add(i64::from(block.time)))
        .ok_or_else(|| element.malformed("its time is more than 63 bits"))?;
    // WebM byte stream format, "Media Segments": blocks are in the order of their times, those of all tracks together.
    //
    // DEVIATION: only when strict. What goes back in time is placed by coded frame processing (MSE § 3.5.8 step 1.6).
    if is_strict && cluster.last_block.is_some_and(|last| ticks < last) {
        return Err(element.malformed(format!("is at tick {ticks}, before the block before it")));
    }
    cluster.last_block = Some(ticks);
    let Some(track) = movie
        .tracks
        .iter_mut()
        .find(|track| track.number() == block.track)
    else {
        // DEVIATION: only when strict. A track that was never described cannot be played, others can.
        if is_strict && !movie.ignored.contains(&block.track) {
            return Err(element.malformed(format!("is of track {}, which Tracks does not have", block.track)));
        }
        return Ok(());
    };
    if is_strict && !cluster.seen.contains(&block.track) {
        cluster.seen.push(block.track);
    }
    let duration = i64::try_from(block.duration).unwrap_or(i64::MAX);
    let duration = Some(movie.info.time(duration)).filter(|&duration| duration > MediaTime::ZERO);
    track.read_block(block, movie.info.time(ticks), duration, movie.info.tick(), events);
    Ok(())
}
