//! Tracks whose sample description changes.

use super::writer::*;
use super::*;

/// Which `codec` each frame has; `-` for that of its track.
fn codecs(bytes: &[u8]) -> Result<Vec<String>, ContainerError> {
    let mut demuxer = IsoBmffDemuxer::default();
    demuxer.push(bytes);
    demuxer.parse(usize::MAX)?;
    let mut codecs = Vec::new();
    while let Some(event) = demuxer.poll_event() {
        match event {
            DemuxEvent::Frame(frame) => {
                codecs.push(frame.config.map_or("-".into(), |config| config.codec.clone()));
            }
            DemuxEvent::InitSegment(segment) => codecs.push(segment.tracks[0].config.codec.clone()),
            _ => {}
        }
    }
    Ok(codecs)
}

/// Video with descriptions in H.264, VP8 and, which cannot be used, H.263.
fn three_descriptions() -> TrackWriter {
    TrackWriter {
        more_entries: vec![video_entry(b"vp08", &[]), video_entry(b"s263", &[])],
        ..TrackWriter::video(1)
    }
}

#[test]
fn fragments_choose_their_sample_description() {
    let fragment = |description| {
        let moof = moof_before_mdat(|data| {
            moof(&[traf(&[
                fields(b"tfhd", 0, DEFAULT_BASE_IS_MOOF | 0x02, &[1, description]),
                tfdt(0),
                fields(b"trun", 0, 0x1, &[1, data]),
            ])])
        });
        [moof, boxed(b"mdat", &[b"aaaa"])].concat()
    };
    let init = |description| {
        let trex = fields(b"trex", 0, 0, &[1, description, 40, 4, 0]);
        init(&[three_descriptions()], Some(&[trex]))
    };
    let all = [fragment(1), fragment(2), fragment(2), fragment(1)].concat();
    let stream = [init(1), all.clone(), init(2), all].concat();
    let (avc, vp8) = ("avc1.42e01e", "vp8");
    assert_eq!(
        codecs(&stream).unwrap(),
        [avc, "-", vp8, vp8, "-", vp8, avc, "-", "-", avc]
    );
    let error = codecs(&[init(1), fragment(3)].concat()).unwrap_err();
    assert_eq!(error.class, ErrorClass::Unsupported);
    assert!(error.message.contains("'s263'"), "{error}");
    assert!(init_of(&init(3)).is_err());
    assert!(init_of(&init(4)).is_err());
}

#[test]
fn chunks_choose_their_sample_description() {
    let file = |third| {
        let data = ftyp().len() as u32 + 8;
        let tables = [
            fields(b"stts", 0, 0, &[1, 3, 40]),
            fields(b"stsc", 0, 0, &[3, 1, 1, 2, 2, 1, 1, 3, 1, third]),
            fields(b"stsz", 0, 0, &[2, 3]),
            fields(b"stco", 0, 0, &[3, data, data + 2, data + 4]),
        ]
        .concat();
        let track = TrackWriter {
            tables,
            ..three_descriptions()
        };
        let moov = init(&[track], None)[ftyp().len()..].to_vec();
        [ftyp(), boxed(b"mdat", &[b"aabbcc"]), moov].concat()
    };
    assert_eq!(codecs(&file(2)).unwrap(), ["vp8", "-", "avc1.42e01e", "-"]);
    assert!(codecs(&file(3)).unwrap_err().message.contains("'s263'"));
    assert!(
        codecs(&file(4))
            .unwrap_err()
            .message
            .contains("no sample description 4")
    );
}
