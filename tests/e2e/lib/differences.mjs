// Where sessions (pages/sessions.mjs) go otherwise than natively, and why. In order, each is applied to what the browser's
// own MediaSource gave, and makes of it what is expected of ours:
//
//   session, phase   their names, or patterns of them; all when left out
//   browser          whose own MediaSource it is about; both when left out
//   field "events"   `native` is replaced by `ours` in the events
//   another field    where it is `native` (or whatever it is, when left out), `ours` is expected
//   instead          the whole session cannot be compared: ours has to go through it
//   sometimes        it need not be met: it depends on times
//
// The specification is followed where it says something, and Chromium where it does not.

const HOLE = [0, 1.941333333, 4, 5.952];

export const DIFFERENCES = [
  {
    session: "a seek into a hole that data fills", phase: /loaded|in the hole/, browser: "chromium",
    field: "buffered", ours: HOLE,
    why: "Chromium lets all tracks of a SourceBuffer begin where the first of them does; MSE § 3.1 intersects them",
  },
  {
    session: "all data removed", phase: "removed", field: "readyState", native: 4, ours: 1,
    why: "MSE § 3.5.9 step 3.4: what is removed under the play head takes readyState to HAVE_METADATA; browsers play on what is decoded",
  },
  {
    session: "all data removed", phase: "sought in the void", field: "events",
    native: "play | playing | play() resolved | seeking | waiting", ours: "play | waiting | seeking",
    why: "the same",
  },
  {
    session: "all data removed", phase: "data again", field: "events",
    native: "seeked | canplay | playing |", ours: "seeked | canplay | playing | play() resolved |",
    why: "the same",
  },
  {
    session: "load() takes defaultPlaybackRate", browser: "chromium", phase: "loaded anew", field: "events",
    native: "error", ours: "sourceopen",
    why: "Chromium does not attach a source again by the same URL; MSE § 3.15.1 does, and so does Firefox",
  },
  {
    session: "load() and pending plays", browser: "chromium", instead: true,
    why: "the same: from the second load() on there is no source",
  },
  ...["networkState", "error", "source"].map((field, index) => ({
    session: "load() takes defaultPlaybackRate", browser: "chromium", phase: "loaded anew", field, ours: [2, 0, "open"][index],
    why: "the same",
  })),
  {
    session: "duration shortened under the play head", browser: "chromium", phase: "ended", field: "events",
    native: "durationchange | seeking | timeupdate", ours: "timeupdate",
    why: "Chromium cuts times to microseconds: the end of the last frame is a little less than the duration that was set",
  },
  {
    session: "duration shortened under the play head", phase: "shortened while playing", field: "events",
    native: "durationchange | seeking | waiting", ours: "waiting | durationchange | seeking",
    why: "MSE § 3.5.9 step 3.4, as above: the removal stalls playback, not the seek after it",
  },
  {
    session: "duration extended when it has ended", browser: "chromium", phase: "extended", field: "ended", native: true, ours: false,
    why: "HTML § 4.8.11.8: what stands before the end has not ended; Chromium does not look again",
  },
  {
    session: "duration extended when it has ended", browser: "chromium", phase: "playing on", field: "events",
    native: "seeking | play | waiting | seeked | canplay | playing | play() resolved | canplaythrough", ours: "play | playing | play() resolved",
    why: "the same: so play() goes on, and does not start over",
  },
  {
    session: /^endOfStream\('(network|decode)'\) while/, browser: "chromium", phase: /ended|sought|played/, field: "buffered", ours: [0, 3],
    why: "MSE § 3.1: an ended source is buffered to the end of its longest track, after an error too",
  },
  {
    session: /^endOfStream\('(network|decode)'\) while/, browser: "chromium", phase: /ended|sought|played/, field: "seekable", ours: [0, 3],
    why: "the same",
  },
  {
    session: "rates", browser: "chromium", field: "events",
    native: / \| waiting \| canplay \| playing \| canplaythrough/, ours: "",
    why: "at four times the speed Chromium's own waits for its decoder now and then",
    sometimes: true,
  },

  // ---- Firefox -----------------------------------------------------------------------------------------------------
  // Its canplaythrough, and HAVE_ENOUGH_DATA, come by what it thinks of the network: they are not compared.

  {
    session: "autoplay before data", browser: "firefox", instead: true,
    why: "the same: natively it does not begin to play within ten seconds, though two seconds are there",
  },
  {
    session: "sound removed while playing", browser: "firefox", instead: true,
    why: "Firefox does not come to the end after a SourceBuffer is removed",
  },
  {
    session: "the end, and replay by play()", browser: "firefox", instead: true,
    why: "sought to the end while paused, Firefox plays the end again: HTML § 4.8.11.8 has it start over",
  },
  {
    session: "duration extended when it has ended", browser: "firefox", instead: true,
    why: "Firefox's end is where its sound ended, a little later, and it seeks back when more is played",
  },
  {
    session: "endOfStream('decode') while paused", browser: "firefox", instead: true,
    why: "Firefox seeks and plays on behind the error; Chromium does not",
  },
  {
    browser: "firefox", field: "events", native: "durationchange | sourceended", ours: "sourceended | durationchange",
    why: "MSE § 2.4.7: the event of the state comes before the change of the duration",
  },
  {
    browser: "firefox", field: "events", native: /waiting \| timeupdate \| pause \| ended$/, ours: "pause | ended",
    why: "Firefox waits for data when it runs into the end; there are none to wait for",
  },
  {
    session: /^(loop|rates|a seek beyond|duration)/, browser: "firefox", field: "readyState", native: 2, ours: 4,
    why: "the same; MSE § 2.4.4 has enough data at the end of an ended source",
  },
  {
    browser: "firefox", field: "events", native: /emptied((?: \| (?:timeupdate|ratechange|play|waiting))*) \| sourceclose/,
    ours: "sourceclose | emptied$1",
    why: "as in Chromium: the source is told first",
  },
  {
    session: "rates", browser: "firefox", field: "events", native: "play | waiting | seeking", ours: "seeking | play | waiting",
    why: "HTML § 4.8.11.8: a seek fires its event at once; Firefox tells of it in a later task",
  },
  {
    browser: "firefox", field: "events",
    native: /play \| playing \| (\S+ resolved) \| seeking \| waiting((?: \| seeking)* \| seeked \| canplay \| playing)/,
    ours: "seeking | play | waiting$2 | $1",
    why: "the same: HTML § 4.8.11.9 step 7 takes readyState down at once, so that play() has to wait",
  },
  {
    session: "a seek into a hole that data fills", browser: "firefox", phase: "behind the data", field: "events",
    native: "play | playing | second resolved | seeking | waiting", ours: "seeking | play | waiting",
    why: "the same",
  },
  {
    session: "a seek into a hole that data fills", browser: "firefox", phase: "where there are data", field: "events",
    native: "canplay | playing |", ours: "canplay | playing | second resolved |",
    why: "the same",
  },
  {
    session: "loop", browser: "firefox", phase: "the third round", field: "events",
    native: "seeking | seeked | seeking | seeked",
    ours: "seeking | waiting | seeked | canplay | playing | seeking | waiting | seeked | canplay | playing",
    why: "the same: Firefox has the beginning at hand",
  },
  {
    session: "loop", browser: "firefox", phase: "loop set when it has ended", field: "events", native: "canplay", ours: "",
    why: "Firefox's readyState fell at the end",
  },
  {
    session: "loop", browser: "firefox", phase: "loop set when it has ended", field: "ended", native: true, ours: false,
    why: "HTML § 4.8.11.8: with a loop attribute it has not ended",
  },
  {
    session: "fastSeek", browser: "firefox", phase: "beyond the end", field: "ended", native: false, ours: true,
    why: "Firefox goes to the last key frame, which HTML § 4.8.11.9 allows; ours are exact and fast",
  },
  {
    session: "fastSeek", browser: "firefox", phase: "beyond the end", field: "currentTime", ours: [7],
    why: "the same",
  },
  {
    session: "a seek beyond the end", browser: "firefox", phase: "paused", field: "events",
    native: "canplay | timeupdate | ended", ours: "canplay",
    why: "Firefox fires ended at an element that is paused; Chromium does not",
  },
  {
    session: "a seek beyond the end", browser: "firefox", phase: "back", field: "events", native: /^canplay \| /, ours: "",
    why: "Firefox's readyState fell at the end",
  },
  {
    session: /^rates/, browser: "firefox", field: "events", native: /playbackRate = (100|17|0\.01)(?= \|)/g,
    ours: "playbackRate = $1: NotSupportedError",
    why: "Firefox takes any rate that is not negative, and plays it as the nearest that it can; Chromium refuses",
  },
  {
    session: /^rates/, browser: "firefox", field: "events", native: ": NS_ERROR_NOT_IMPLEMENTED", ours: "",
    why: "no exception of the web; Chromium passes over it",
  },
  {
    session: "rates", browser: "firefox", phase: "set while paused", field: "events",
    native: / \| ratechange \| ratechange \| ratechange \| ratechange$/, ours: "",
    why: "so many changes less",
  },
  {
    session: "rates before there is a source", browser: "firefox", field: "events",
    native: "ratechange | ratechange | ratechange | loadstart", ours: "ratechange | loadstart",
    why: "so many changes less",
  },
  {
    session: "autoplay set when data are there", browser: "firefox", field: "events",
    native: "play | playing | timeupdate | pause", ours: "it does not play",
    why: "HTML § 4.8.11.7 looks at the attribute when readyState becomes HAVE_ENOUGH_DATA",
  },
  {
    session: "autoplay set when data are there", browser: "firefox", phase: "autoplay", field: "played", ours: [],
    why: "the same",
  },
  {
    browser: "firefox", field: "events",
    native: /(\S+ rejected: NotSupportedError) \| error \| sourceended \| sourceclose/,
    ours: "sourceended | error | $1 | sourceclose | timeupdate | pause",
    why: "HTML § 4.8.11.5: error before the promises; as in Chromium, an element that is given up pauses",
  },
  {
    session: "play() of a source that fails", browser: "firefox", phase: /failed|played/, field: "paused", native: false, ours: true,
    why: "the same",
  },
  {
    session: "play() of a source that fails", browser: "firefox", phase: "paused", field: "events",
    native: "timeupdate | pause", ours: "",
    why: "the same",
  },
  {
    session: /^endOfStream\('network'\)/, browser: "firefox", phase: "ended", field: "paused", native: false, ours: true,
    why: "the same",
  },
  {
    session: "endOfStream('network') while playing", browser: "firefox", phase: "ended", field: "events",
    native: "error | sourceended", ours: "sourceended | error | timeupdate | pause",
    why: "the same; MSE § 2.4.7: the state's event comes first",
  },
  {
    session: "endOfStream('network') while playing", browser: "firefox", phase: "played", field: "events",
    native: "afterwards resolved", ours: "play | playing | afterwards resolved",
    why: "the same: it was paused",
  },
  {
    session: "duration shortened under the play head", browser: "firefox", phase: "ended", field: "ended", native: false, ours: true,
    why: "HTML § 4.8.11.8: it stands at the end",
  },
  {
    session: "duration shortened under the play head", browser: "firefox", phase: /where it plays|while playing/, field: "played", ours: [1, 1.2],
    why: "Firefox forgets what was played",
  },
];
