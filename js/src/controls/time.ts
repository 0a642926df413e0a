import { measure } from "../texts";

/** `m:ss` or `h:mm:ss`, for eyes. */
export function clockText(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const two = (value: number) => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `1 hour 2 minutes 3 seconds`, for ears. */
export function spokenTime(seconds: number, language: string): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ];
  const spoken = parts.filter(([value]) => value).map(([value, unit]) => measure(language, value, unit));
  return spoken.join(" ") || measure(language, 0, "second");
}

/** The part of the media that the scrubber spans. */
export interface Span {
  start: number;
  end: number;
  /** The duration is infinite; the end is the live edge. */
  live: boolean;
}

/** From 0 to the duration; what is seekable (or at least buffered) of a live stream; empty while nothing is known. */
export function spanOf(media: HTMLMediaElement): Span {
  const { duration } = media;
  if (Number.isFinite(duration)) return { start: 0, end: duration, live: false };
  const live = duration === Infinity;
  const ranges = live && media.seekable.length ? media.seekable : media.buffered;
  if (!ranges.length) return { start: 0, end: 0, live };
  const [start, end] = [ranges.start(0), ranges.end(ranges.length - 1)];
  return { start, end: Number.isFinite(end) ? end : media.currentTime, live };
}

/** Behind the live edge by less than this is live, in seconds: players keep this much to be safe. */
const LIVE_WITHIN = 12;

/** This far before the live edge there is still something to play, in seconds. */
const LIVE_CUSHION = 2;

/** Whether this position of a live stream is at its edge. */
export function isAtEdge({ end }: Span, position: number): boolean {
  return end - position < LIVE_WITHIN;
}

/** Where to go to be live. */
export function edgeOf({ start, end }: Span): number {
  return Math.max(start, end - LIVE_CUSHION);
}
