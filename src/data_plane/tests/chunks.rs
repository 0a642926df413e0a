//! Encoded chunks take the way of all byte streams.

use super::*;
use crate::container::encoded_chunks::tests::{audio, bytes, video};

fn bench(config: DecoderConfig) -> Bench {
    let mut bench = Bench::new();
    bench.command(Command::RemoveSourceBuffer { id: ID });
    bench.command(Command::AddSourceBuffer {
        id: ID,
        stream: ByteStream::Chunks(config),
        strictness: Strictness::Strict,
    });
    bench
}

/// Appends; the codecs of the initialization segments, and what is buffered or what was wrong.
fn append(bench: &mut Bench, chunks: &str) -> (Vec<String>, Result<String, String>) {
    let (before, snapshot, result) = bench.append(&bytes(chunks));
    let codecs = before.into_iter().filter_map(|event| match event {
        Event::InitSegmentReceived { tracks, .. } => Some(tracks[0].codec.clone()),
        _ => None,
    });
    let ranges = |()| show_ranges(&snapshot.tracks[0].ranges);
    (codecs.collect(), result.map(ranges))
}

#[test]
fn chunks_are_buffered_by_their_timestamps() {
    let mut bench = bench(video());
    let none = Vec::<String>::new();
    assert_eq!(
        append(&mut bench, "k0/40 d120/40 d40/40 d80/40"),
        (vec!["vp8".into()], Ok("{ [0,160) }".into())),
        "reordered pictures are kept"
    );
    assert_eq!(
        append(&mut bench, "k160/40"),
        (none.clone(), Ok("{ [0,200) }".into()))
    );
    assert_eq!(
        append(&mut bench, "d5000/40 d5040/40 k5080/40"),
        (none.clone(), Ok("{ [0,200) [5080,5120) }".into())),
        "after a jump a key chunk is waited for"
    );
    bench.parameters.timestamp_offset = ms(10_000);
    bench.parameters.append_window_end = ms(10_080);
    assert_eq!(
        append(&mut bench, "k0/40 d40/40 d80/40"),
        (none, Ok("{ [0,200) [5080,5120) [10000,10080) }".into()))
    );
}

#[test]
fn after_an_abort_a_key_chunk_is_waited_for() {
    let mut bench = bench(video());
    assert!(append(&mut bench, "k0/40").1.is_ok());
    bench.command(Command::ResetParser {
        id: ID,
        token: 99,
        mode: AppendMode::Segments,
    });
    bench.run();
    assert_eq!(
        append(&mut bench, "d40/40 k200/40"),
        (Vec::new(), Ok("{ [0,40) [200,240) }".into()))
    );
}

#[test]
fn a_change_of_type_brings_another_configuration() {
    let change = |bench: &mut Bench, stream| bench.command(Command::ChangeType { id: ID, stream });
    let mut bench = bench(video());
    assert!(append(&mut bench, "k0/40").1.is_ok());
    let vp9 = DecoderConfig {
        codec: "vp09.00.10.08".into(),
        ..video()
    };
    change(&mut bench, ByteStream::Chunks(vp9));
    assert_eq!(
        append(&mut bench, "d40/40 k200/40"),
        (vec!["vp09.00.10.08".into()], Ok("{ [0,40) [200,240) }".into()))
    );
    change(&mut bench, "text/frames".into());
    let text = bench.appends("init v2; media; 2 1000K; end;");
    assert_eq!(
        show_ranges(&text.tracks[0].ranges),
        "{ [0,40) [200,240) [1000,1010) }"
    );
    change(&mut bench, ByteStream::Chunks(audio("opus")));
    let (_, result) = append(&mut bench, "k200/40");
    assert_eq!(
        result,
        Err("the initialization segment has 1 Audio tracks where the first one had 0".into())
    );
}
