// Playlists and manifests of the segments that xtask/src/fixtures/streams.rs makes.

/** Seconds of a segment, and how many there are. */
export const SEGMENT = 2;
export const COUNT = 12;

export const RENDITIONS = [
  { name: "low", width: 192, height: 108, bandwidth: 100_000 },
  { name: "mid", width: 256, height: 144, bandwidth: 150_000 },
  { name: "high", width: 320, height: 180, bandwidth: 200_000 },
];

/** The sounds, and their languages: tones half a round apart. */
export const SOUNDS = [
  { name: "audio", language: "en" },
  { name: "other", language: "ko" },
];

/** By the folder of the segments: how they end, and what is in them. `audio`: the sound stands by itself. */
export const PACKAGES = {
  fmp4: { extension: "m4s", init: "mp4", audio: true, container: "mp4", codecs: ["avc1.4d401e", "mp4a.40.2"] },
  webm: { extension: "webm", init: "webm", audio: true, container: "webm", codecs: ["vp09.00.10.08", "opus"] },
  muxed: { extension: "m4s", init: "mp4", container: "mp4", codecs: ["avc1.4d401e", "mp4a.40.2"] },
  ts: { extension: "ts", codecs: ["avc1.4d401e", "mp4a.40.2"] },
};

/** The list of renditions. `of` is one of PACKAGES. */
export function masterPlaylist(of) {
  const { audio, codecs } = PACKAGES[of];
  const lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"];
  for (const [index, { name, language }] of (audio ? SOUNDS : []).entries()) {
    const isDefault = index === 0 ? "DEFAULT=YES,AUTOSELECT=YES" : "DEFAULT=NO,AUTOSELECT=YES";
    lines.push(`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="${name}",LANGUAGE="${language}",${isDefault},URI="${name}.m3u8"`);
  }
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

/** A period of a DASH manifest: so many segments from the first on, at so many seconds. Without `count`, an open one. */
function period(of, { first = 1, count, start = 0 } = {}) {
  const { extension, init, container, codecs, audio } = PACKAGES[of];
  const template =
    `<SegmentTemplate duration="${SEGMENT}" startNumber="${first}" presentationTimeOffset="${(first - 1) * SEGMENT}" ` +
    `initialization="$RepresentationID$-init.${init}" media="$RepresentationID$-$Number$.${extension}"/>`;
  const duration = count ? ` duration="PT${count * SEGMENT}S"` : "";
  const representations = RENDITIONS.map(
    ({ name, width, height, bandwidth }) =>
      `<Representation id="${name}" codecs="${audio ? codecs[0] : codecs}" width="${width}" height="${height}" frameRate="30" bandwidth="${bandwidth}"/>`,
  );
  const sounds = (audio ? SOUNDS : []).map(
    ({ name, language }, index) => `
    <AdaptationSet selectionPriority="${SOUNDS.length - index}" contentType="audio" mimeType="audio/${container}" segmentAlignment="true" startWithSAP="1" lang="${language}">
      ${template}
      <Representation id="${name}" codecs="${codecs[1]}" audioSamplingRate="48000" bandwidth="64000"/>
    </AdaptationSet>`,
  );
  return `
  <Period id="${first}" start="PT${start}S"${duration}>
    <AdaptationSet contentType="video" mimeType="video/${container}" segmentAlignment="true" startWithSAP="1">
      ${template}
      ${representations.join("\n      ")}
    </AdaptationSet>${sounds.join("")}
  </Period>`;
}

/**
 * All of it for DASH. `live`: available since then (a Date), the last `window` seconds of it. `bases`: where it can be had.
 * `periods`: the first segments of such, two segments each.
 */
export function dashManifest(of, { live, window = 10, bases = [], periods } = {}) {
  const length = periods ? 2 * periods.length : COUNT;
  const kind = live
    ? `type="dynamic" availabilityStartTime="${live.toISOString()}" publishTime="${live.toISOString()}" ` +
      `minimumUpdatePeriod="PT${SEGMENT}S" timeShiftBufferDepth="PT${window}S" suggestedPresentationDelay="PT5S"`
    : `type="static" mediaPresentationDuration="PT${SEGMENT * length}S"`;
  const addresses = bases.map((base, index) => `<BaseURL serviceLocation="place-${index}">${base}</BaseURL>`);
  const parts = periods?.map((first, index) => period(of, { first, count: 2, start: 2 * SEGMENT * index })) ?? [period(of)];
  return `<?xml version="1.0" encoding="utf-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT${SEGMENT}S" ${kind}>
  ${addresses.join("\n  ")}${parts.join("")}
</MPD>
`;
}
