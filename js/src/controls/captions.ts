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
export function captionName({ label, language, kind }: TextTrack): string {
  if (label) return label;
  try {
    const name = language && new Intl.DisplayNames([language], { type: "language" }).of(language);
    if (name) return name;
  } catch {
    // No language tag that can be read.
  }
  return kind === "captions" ? "Captions" : "Subtitles";
}

/** Whether what is shown now stands at the bottom, as it does where nobody says otherwise. */
export function areCaptionsLow(media: HTMLMediaElement): boolean {
  return captionsOf(media)
    .filter(({ mode }) => mode === "showing")
    .every(({ activeCues }) => [...(activeCues ?? [])].every((cue) => !((cue as Partial<VTTCue>).line as number >= 0)));
}
