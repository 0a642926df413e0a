//! Writes elements, right and wrong ones.

/// The ID of an element, as it stands in the file.
fn id(id: u32) -> Vec<u8> {
    let bytes = id.to_be_bytes();
    let first = bytes.iter().position(|&byte| byte != 0).unwrap();
    bytes[first..].to_vec()
}

/// A size in eight bytes.
fn size(size: u64) -> [u8; 8] {
    (1 << 56 | size).to_be_bytes()
}

/// An element of these parts.
pub(super) fn element(element_id: u32, parts: &[&[u8]]) -> Vec<u8> {
    let data = parts.concat();
    let mut bytes = id(element_id);
    match data.len() {
        length @ 0..127 => bytes.push(0x80 | length as u8),
        length => bytes.extend(size(length as u64)),
    }
    bytes.extend(data);
    bytes
}

/// An element of unknown size, with what follows.
pub(super) fn unknown(element_id: u32, parts: &[&[u8]]) -> Vec<u8> {
    [id(element_id), vec![0xff], parts.concat()].concat()
}

/// An element that says it is so long.
pub(super) fn lying(element_id: u32, length: u64, parts: &[&[u8]]) -> Vec<u8> {
    [id(element_id), size(length).to_vec(), parts.concat()].concat()
}

pub(super) fn uint(element_id: u32, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let first = bytes.iter().position(|&byte| byte != 0).unwrap_or(7);
    element(element_id, &[&bytes[first..]])
}

pub(super) fn float(element_id: u32, value: f64) -> Vec<u8> {
    element(element_id, &[&value.to_be_bytes()])
}

pub(super) const VOID: u32 = 0xec;
pub(super) const EBML: u32 = 0x1a45_dfa3;
pub(super) const SEGMENT: u32 = 0x1853_8067;
pub(super) const INFO: u32 = 0x1549_a966;
pub(super) const TRACKS: u32 = 0x1654_ae6b;
pub(super) const CLUSTER: u32 = 0x1f43_b675;
pub(super) const CUES: u32 = 0x1c53_bb6b;
pub(super) const TAGS: u32 = 0x1254_c367;
pub(super) const TIMESTAMP: u32 = 0xe7;
pub(super) const SIMPLE_BLOCK: u32 = 0xa3;
pub(super) const BLOCK_GROUP: u32 = 0xa0;

pub(super) fn header(doc_type: &str) -> Vec<u8> {
    element(
        EBML,
        &[&uint(0x4286, 1), &element(0x4282, &[doc_type.as_bytes()])],
    )
}

/// `Info` of this many nanoseconds in a tick.
pub(super) fn info(scale: u64) -> Vec<u8> {
    element(INFO, &[&uint(0x2a_d7b1, scale)])
}

/// A track entry of video, with more elements in it.
pub(super) fn video(number: u64, codec: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let video = element(0xe0, &[&uint(0xb0, 320), &uint(0xba, 240)]);
    entry(number, 1, codec, &[vec![video], more.to_vec()].concat())
}

/// A track entry of sound, with more elements in it.
pub(super) fn audio(number: u64, codec: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let audio = element(0xe1, &[&float(0xb5, 48_000.0), &uint(0x9f, 2)]);
    entry(number, 2, codec, &[vec![audio], more.to_vec()].concat())
}

pub(super) fn entry(number: u64, kind: u64, codec: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let (number, kind) = (uint(0xd7, number), uint(0x83, kind));
    element(
        0xae,
        &[
            &number,
            &kind,
            &element(0x86, &[codec.as_bytes()]),
            &more.concat(),
        ],
    )
}

/// `CodecPrivate` of Opus.
pub(super) fn opus_head() -> Vec<u8> {
    element(0x63a2, &[b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0"])
}

pub(super) fn tracks(entries: &[Vec<u8>]) -> Vec<u8> {
    element(TRACKS, &[&entries.concat()])
}

/// Header, segment of unknown size, `Info` of milliseconds, and these tracks.
pub(super) fn init(entries: &[Vec<u8>]) -> Vec<u8> {
    [
        header("webm"),
        unknown(SEGMENT, &[&info(1_000_000), &tracks(entries)]),
    ]
    .concat()
}

/// VP8 in track 1, Opus in track 2.
pub(super) fn init_two() -> Vec<u8> {
    init(&[video(1, "V_VP8", &[]), audio(2, "A_OPUS", &[opus_head()])])
}

/// A cluster of known size at this tick.
pub(super) fn cluster(timestamp: u64, parts: &[Vec<u8>]) -> Vec<u8> {
    element(CLUSTER, &[&uint(TIMESTAMP, timestamp), &parts.concat()])
}

/// The same of unknown size.
pub(super) fn live_cluster(timestamp: u64, parts: &[Vec<u8>]) -> Vec<u8> {
    unknown(CLUSTER, &[&uint(TIMESTAMP, timestamp), &parts.concat()])
}

pub(super) fn block_data(track: u8, time: i16, flags: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = time.to_be_bytes();
    [&[0x80 | track, high, low, flags], payload].concat()
}

pub(super) fn simple(track: u8, time: i16, flags: u8, payload: &[u8]) -> Vec<u8> {
    element(SIMPLE_BLOCK, &[&block_data(track, time, flags, payload)])
}

/// A block group with more elements after the block.
pub(super) fn group(track: u8, time: i16, payload: &[u8], more: &[Vec<u8>]) -> Vec<u8> {
    element(
        BLOCK_GROUP,
        &[
            &element(0xa1, &[&block_data(track, time, 0, payload)]),
            &more.concat(),
        ],
    )
}

/// A key frame of VP8 of 320 by 240 pixels that ends with `name`.
pub(super) fn key(name: &str) -> Vec<u8> {
    let start = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0];
    [&start, name.as_bytes()].concat()
}

/// Another frame of VP8.
pub(super) fn delta(name: &str) -> Vec<u8> {
    [&[0x11, 0, 0], name.as_bytes()].concat()
}

/// A packet of Opus of 20 ms.
pub(super) fn opus(name: &str) -> Vec<u8> {
    [&[0xf8], name.as_bytes()].concat()
}

/// A key frame in a simple block of track 1.
pub(super) fn key_block(time: i16, name: &str) -> Vec<u8> {
    simple(1, time, 0x80, &key(name))
}

/// Another frame.
pub(super) fn delta_block(time: i16, name: &str) -> Vec<u8> {
    simple(1, time, 0, &delta(name))
}

/// Sound in track 2.
pub(super) fn sound_block(time: i16, name: &str) -> Vec<u8> {
    simple(2, time, 0x80, &opus(name))
}
