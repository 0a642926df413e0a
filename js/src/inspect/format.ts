/** `1.2 MB`. */
export function formatBytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  return count < 999_500 ? `${(count / 1_000).toFixed(count < 9_950 ? 1 : 0)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

/** `0:07` or `1:00:07`, with so many decimals. */
export function formatTime(seconds: number, decimals: number): string {
  if (!Number.isFinite(seconds)) return seconds > 0 ? "∞" : "–";
  const factor = 10 ** decimals;
  const parts = Math.round(Math.abs(seconds) * factor);
  const whole = Math.floor(parts / factor);
  const two = (value: number): string => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  const fraction = decimals ? `.${String(parts % factor).padStart(decimals, "0")}` : "";
  return `${seconds < 0 && parts ? "−" : ""}${h ? `${h}:${two(m)}` : m}:${two(s)}${fraction}`;
}

/** `0.00–6.97, 8.00–9.50`, for a line of the log; the last ones only. */
export function formatRanges(ranges: [number, number][], nothing = "nothing"): string {
  const shown = ranges.slice(-3).map(([start, end]) => `${start.toFixed(2)}–${end.toFixed(2)}`);
  return `${ranges.length > 3 ? "… " : ""}${shown.join(", ") || nothing}`;
}
