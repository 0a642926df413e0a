/** Gives the panel its style, by a sheet that no Content Security Policy forbids. */
export function styleFor(doc: Document, shadow: ShadowRoot): void {
  const view = (doc.defaultView ?? window) as Window & typeof globalThis;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(style);
  shadow.adoptedStyleSheets = [sheet];
}

/** `color-scheme` is the visitor's choice, and the page may set another on `mse-inspector`. */
const style = `
:host {
  all: initial;
  display: block; container-type: inline-size; color-scheme: light dark;
}
:host([docked]) { position: fixed; z-index: 2147483647; inset: auto 0 0; max-height: min(60vh, 480px); overflow: auto; overscroll-behavior: contain; box-shadow: 0 -2px 18px #0004 }
.root {
  --ground: light-dark(#fbfcfc, #101816); --raised: light-dark(#edf2f0, #18231f); --ink: light-dark(#12211e, #e6efeb);
  --muted: light-dark(#55665f, #98aca4); --line: light-dark(#d3ddd8, #2c3b36);
  --whole: light-dark(#80918b, #7f958d); --video: light-dark(#0f7a74, #46b9ac); --audio: light-dark(#7a4fb5, #b48bf2);
  --head: light-dark(#c2500a, #ffa050); --bad: light-dark(#c3271d, #ff7b6b); --wait: light-dark(#d8961a, #e9b949);
  --good: light-dark(#2c9a60, #45b880);
  background: var(--ground); color: var(--ink); border-top: 1px solid var(--line);
  font: 400 12px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums;
  outline: 0;
}
:host(:not([docked])) .root { border: 1px solid var(--line); border-radius: 10px; overflow: hidden }
header { position: sticky; top: 0; z-index: 1; display: flex; align-items: center; flex-wrap: wrap; gap: 4px 14px; padding: 6px 8px 6px 14px; background: var(--raised) }
h2 { margin: 0; font-size: 12px; font-weight: 650; white-space: nowrap }
.state { flex: 1 1 240px; min-width: 0; display: flex; align-items: baseline; gap: 8px; font-weight: 600 }
.state::before { content: ""; flex: none; width: 9px; height: 9px; border-radius: 50%; background: var(--muted) }
.state[data-tone=good]::before { background: var(--good) }
.state[data-tone=wait]::before { background: var(--wait) }
.state[data-tone=bad]::before { background: var(--bad) }
.state[data-tone=bad] { color: var(--bad) }
.facts { color: var(--muted); white-space: nowrap }
.tools { display: flex; gap: 2px; margin-left: auto }
button {
  all: unset; box-sizing: border-box; min-width: 28px; height: 28px; padding: 0 7px; border-radius: 6px; text-align: center;
  font-size: 12px; cursor: pointer; color: var(--ink);
}
button:hover { background: color-mix(in srgb, currentColor 12%, #0000) }
button[aria-disabled=true] { opacity: .35; cursor: default }
:focus-visible { outline: 2px solid var(--head); outline-offset: -2px }
.body { display: grid; grid-template-columns: minmax(0, 1fr) }
.drawings { min-width: 0; padding-bottom: 4px }
canvas { display: block; width: 100%; height: 120px; touch-action: pan-y }
.lanes { cursor: crosshair }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 0; padding: 4px 14px 8px; color: var(--muted); font-size: 11px; border-bottom: 1px solid var(--line); margin-bottom: 4px }
[hidden] { display: none !important }
.legend span { display: inline-flex; align-items: center; gap: 6px }
.legend i { width: 14px; height: 10px; flex: none }
.key { width: 8px !important; height: 6px !important; background: var(--ink); clip-path: polygon(0 0, 100% 0, 50% 100%) }
.gap { background: repeating-linear-gradient(135deg, var(--bad) 0 1.5px, #0000 1.5px 4px) }
.decoded { height: 3px !important; background: var(--head) }
.limit { width: 0 !important; border-left: 1px dashed var(--bad) }
.waits { background: linear-gradient(90deg, var(--video) 50%, var(--wait) 0); opacity: .6 }
.log { overflow: auto; max-height: 180px; border-top: 1px solid var(--line); scrollbar-width: thin }
ol { list-style: none; margin: 0; padding: 6px 12px; font: 11px/1.6 ui-monospace, Menlo, Consolas, monospace }
li { display: flex; gap: 8px; white-space: nowrap }
.when { flex: none; min-width: 4.6em; text-align: right; color: var(--head) }
.who, .detail, li i { color: var(--muted); font-style: normal }
li b { font-weight: 600 }
.bad b { color: var(--bad) }
@container (max-width: 640px) {
  .tools { order: 1 }
  .state { order: 2; flex-basis: 100% }
  .facts { order: 3; white-space: normal }
}
@container (min-width: 900px) {
  .body { grid-template-columns: minmax(0, 1fr) clamp(300px, 30%, 460px) }
  .log { position: relative; max-height: none; border-top: 0; border-left: 1px solid var(--line) }
  ol { position: absolute; min-width: 100%; box-sizing: border-box }
}
@media (forced-colors: active) { canvas, .legend i { forced-color-adjust: none; background-color: var(--ground) } button { border: 1px solid } }
`;
