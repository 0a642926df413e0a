import type { Say } from "../texts";

/** The element's tracks that are read rather than listened to. */
export function captionsOf(media: HTMLMediaElement): TextTrack[] {
  return [...(media.textTracks ?? [])].filter(({ kind }) => kind === "captions" || kind === "subtitles");
}

/** Shows one of them alone, or none. What the page keeps hidden for itself stays so. */
export function showCaptions(media: HTMLMediaElement, chosen: TextTrack | undefined): void {
  for (const track of captionsOf(media)) {
    if (track === chosen) track.mode = "showing";
    else if (track.mode === "showing") track.mode = "disabled";
  }
}

/** What the track is called. */
export function captionName({ label, language, kind }: TextTrack, say: Say): string {
  if (label) return label;
  try {
    const name = language && new Intl.DisplayNames([language], { type: "language" }).of(language);
    if (name) return name;
  } catch {
    // No language tag that can be read.
  }
  return say(kind === "captions" ? "Captions" : "Subtitles");
}

/** Cues that stand higher than the page has said. */
const raised = /* @__PURE__ */ new WeakMap<HTMLMediaElement, Set<VTTCue>>();
/** How high a line of captions is, by the height of the video. */
const LINE_HEIGHT = 0.06;

/**
 * For browsers where no style moves captions: those that would stand at the bottom stand above a bar of `by` pixels. What a page
 * reads of them stays.
 */
export function raiseCues(media: HTMLMediaElement, by: number): void {
  const line = Object.getOwnPropertyDescriptor(VTTCue.prototype, "line");
  const cues = raised.get(media) ?? new Set();
  raised.set(media, cues);
  const lower = (cue: VTTCue) => {
    cues.delete(cue);
    delete (cue as Partial<VTTCue>).line;
    cue.line = "auto";
  };
  const showing = captionsOf(media).filter(({ mode }) => mode === "showing");
  const active = showing.flatMap(({ activeCues }) => [...(activeCues ?? [])] as VTTCue[]);
  for (const cue of cues) {
    if (!by || !active.includes(cue)) lower(cue);
  }
  if (!by) return;
  const first = -1 - Math.ceil(by / (LINE_HEIGHT * media.clientHeight));
  for (const cue of active) {
    if (cues.has(cue) || cue.line !== "auto" || !cue.snapToLines) continue;
    cues.add(cue);
    line?.set?.call(cue, first);
    Object.defineProperty(cue, "line", {
      configurable: true,
      get: () => "auto",
      set(value: LineAndPositionSetting) {
        lower(cue);
        cue.line = value;
      },
    });
  }
}

/** Whether what is shown now stands at the bottom, as it does where nobody says otherwise. */
export function areCaptionsLow(media: HTMLMediaElement): boolean {
  return captionsOf(media)
    .filter(({ mode }) => mode === "showing")
    .every(({ activeCues }) => [...(activeCues ?? [])].every((cue) => !((cue as Partial<VTTCue>).line as number >= 0)));
}
