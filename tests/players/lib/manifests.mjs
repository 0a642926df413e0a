// Playlists and manifests of the segments that xtask/src/fixtures/streams.rs makes.

/** Seconds of a segment, and how many there are. */
export const SEGMENT = 2;
export const COUNT = 12;

export const RENDITIONS = [
  { name: "low", width: 192, height: 108, bandwidth: 100_000 },
  { name: "mid", width: 256, height: 144, bandwidth: 150_000 },
  { name: "high", width: 320, height: 180, bandwidth: 200_000 },
];

/** By the folder of the segments: how they end, and what is in them. `audio`: the sound stands by itself. */
export const PACKAGES = {
  fmp4: { extension: "m4s", init: "mp4", audio: true, container: "mp4", codecs: ["avc1.4d401e", "mp4a.40.2"] },
  webm: { extension: "webm", init: "webm", audio: true, container: "webm", codecs: ["vp09.00.10.08", "opus"] },
  muxed: { extension: "m4s", init: "mp4", codecs: ["avc1.4d401e", "mp4a.40.2"] },
  ts: { extension: "ts", codecs: ["avc1.4d401e", "mp4a.40.2"] },
};

/** The list of renditions. `of` is one of PACKAGES. */
export function masterPlaylist(of) {
  const { audio, codecs } = PACKAGES[of];
  const lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"];
  if (audio) lines.push('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="tones",DEFAULT=YES,AUTOSELECT=YES,URI="audio.m3u8"');
  for (const { name, width, height, bandwidth } of RENDITIONS) {
    const group = audio ? ',AUDIO="sound"' : "";
    lines.push(`#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},RESOLUTION=${width}x${height},CODECS="${codecs.join(",")}"${group}`);
    lines.push(`${name}.m3u8`);
  }
  return `${lines.join("\n")}\n`;
}

/**
 * A rendition's segments, by their numbers; 0 among them is a discontinuity. `live`: more will follow. `encrypted`: with the
 * key at `key`.
 */
export function mediaPlaylist(of, name, segments, { live = false, encrypted = false } = {}) {
  const { extension, init } = PACKAGES[of];
  const lines = ["#EXTM3U", "#EXT-X-VERSION:6", `#EXT-X-TARGETDURATION:${SEGMENT}`, `#EXT-X-MEDIA-SEQUENCE:${segments[0]}`];
  if (!live) lines.push("#EXT-X-PLAYLIST-TYPE:VOD");
  if (encrypted) lines.push('#EXT-X-KEY:METHOD=AES-128,URI="key"');
  if (init) lines.push(`#EXT-X-MAP:URI="${name}-init.${init}"`);
  for (const segment of segments) {
    if (segment === 0) lines.push("#EXT-X-DISCONTINUITY");
    else lines.push(`#EXTINF:${SEGMENT.toFixed(3)},`, `${name}-${segment}.${extension}`);
  }
  if (!live) lines.push("#EXT-X-ENDLIST");
  return `${lines.join("\n")}\n`;
}

/** All of it for DASH. `live`: available since then (a Date), the last `window` seconds of it. `bases`: where it can be had. */
export function dashManifest(of, { live, window = 10, bases = [] } = {}) {
  const { extension, init, container, codecs } = PACKAGES[of];
  const template =
    `<SegmentTemplate duration="${SEGMENT}" startNumber="1" initialization="$RepresentationID$-init.${init}" ` +
    `media="$RepresentationID$-$Number$.${extension}"/>`;
  const kind = live
    ? `type="dynamic" availabilityStartTime="${live.toISOString()}" publishTime="${live.toISOString()}" ` +
      `minimumUpdatePeriod="PT${SEGMENT}S" timeShiftBufferDepth="PT${window}S" suggestedPresentationDelay="PT5S"`
    : `type="static" mediaPresentationDuration="PT${SEGMENT * COUNT}S"`;
  const representations = RENDITIONS.map(
    ({ name, width, height, bandwidth }) =>
      `<Representation id="${name}" codecs="${codecs[0]}" width="${width}" height="${height}" frameRate="30" bandwidth="${bandwidth}"/>`,
  );
  const addresses = bases.map((base, index) => `<BaseURL serviceLocation="place-${index}">${base}</BaseURL>`);
  return `<?xml version="1.0" encoding="utf-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT${SEGMENT}S" ${kind}>
  ${addresses.join("\n  ")}
  <Period id="1" start="PT0S">
    <AdaptationSet contentType="video" mimeType="video/${container}" segmentAlignment="true" startWithSAP="1">
      ${template}
      ${representations.join("\n      ")}
    </AdaptationSet>
    <AdaptationSet contentType="audio" mimeType="audio/${container}" segmentAlignment="true" startWithSAP="1" lang="en">
      ${template}
      <Representation id="audio" codecs="${codecs[1]}" audioSamplingRate="48000" bandwidth="64000"/>
    </AdaptationSet>
  </Period>
</MPD>
`;
}
