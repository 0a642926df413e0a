/** One for all bars of a document. */
const shared = new WeakMap<Document, CSSStyleSheet>();

/**
 * Styles a bar, by sheets that no Content Security Policy forbids. Returns where what is of this bar alone is written; it
 * has to be written `!important`, as all of the host element is: the page's own rules do not reach it.
 */
export function styleFor(doc: Document, shadow: ShadowRoot): CSSStyleDeclaration {
  const view = (doc.defaultView ?? window) as Window & typeof globalThis;
  const own = new view.CSSStyleSheet();
  own.replaceSync(":host{}");
  if (doc.defaultView) {
    let sheet = shared.get(doc);
    if (!sheet) {
      sheet = new view.CSSStyleSheet();
      sheet.replaceSync(style);
      shared.set(doc, sheet);
    }
    shadow.adoptedStyleSheets = [sheet, own];
  }
  return (own.cssRules[0] as CSSStyleRule).style;
}

/**
 * Always light on dark glass over a picture; what lies on a page (the bar of an <audio>) is dark or light as that is. The
 * bar is from left to right everywhere, as time is in players.
 */
const style = `
:host {
  all: initial !important;
  display: none !important; box-sizing: border-box !important; overflow: hidden !important; pointer-events: none !important;
  direction: ltr !important; border: solid transparent 0 !important;
}
dialog {
  all: unset;
  position: absolute; inset: 0; display: block;
  container-type: size;
}
dialog:modal { position: fixed; pointer-events: auto }
dialog::backdrop { background: none }
dialog:modal:has(.idle) { cursor: none }
.root {
  --size: 36px; --accent: var(--mse-controls-accent, currentColor);
  --rail: color-mix(in srgb, currentColor 22%, #0000); --buffered: color-mix(in srgb, currentColor 30%, #0000);
  position: absolute; inset: 0;
  display: flex; flex-direction: column; justify-content: flex-end;
  font: 500 .8125em/1 var(--mse-controls-font, system-ui, sans-serif);
  color: #fff;
  -webkit-tap-highlight-color: transparent;
  user-select: none; -webkit-user-select: none;
  outline: 0;
}
.bar {
  position: relative; flex: none;
  display: flex; flex-direction: column-reverse;
  padding: 30px 8px 4px;
  background: linear-gradient(#0000, #0005 30%, #000a 60%, #000d);
  transition: opacity .25s;
}
.bar, .big, .menu { pointer-events: var(--events, auto) }
.bar > .row { display: flex; align-items: center; min-width: 0 }
.row > * { flex: none }
.gap { flex: 1 }
.idle .bar { opacity: 0; pointer-events: none }
button {
  all: unset; box-sizing: border-box;
  display: grid; place-items: center;
  min-width: var(--size); height: var(--size); border-radius: 8px;
  cursor: pointer;
}
[hidden], .cramped { display: none !important }
button:hover { background: color-mix(in srgb, currentColor 14%, #0000) }
:is(button, [role=slider]):focus-visible { outline: 2px solid currentColor; outline-offset: -2px; box-shadow: 0 0 0 4px #0009 }
svg { width: 22px; height: 22px; fill: currentColor; pointer-events: none }
.root:not(.audio) :is(.row svg, .big svg) { filter: drop-shadow(0 0 2px #0008) }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
.dots { stroke-width: 3.6 }
.time, .rate, .live { white-space: nowrap; font-variant-numeric: tabular-nums }
.root:not(.audio) :is(.time, .rate, .live) { text-shadow: 0 0 3px #000a }
.time { padding: 0 8px }
.time i { font-style: normal; opacity: .75 }
.rate { padding: 3px 6px; margin: 0 4px; border-radius: 5px; background: color-mix(in srgb, currentColor 18%, #0000) }
.rate:empty { display: none }
.live { display: flex; padding: 0 8px }
.live::before { content: ""; width: 8px; height: 8px; margin-right: 6px; border-radius: 50%; background: #a0a0a0 }
.live.edge::before { background: #ff4d3d }
.captions { position: relative }
.captions[aria-pressed=true]::after {
  content: ""; position: absolute; left: 25%; right: 25%; bottom: 3px; height: 2px; border-radius: 1px; background: var(--accent);
}
[role=slider] {
  --at: 0;
  position: relative; height: 24px; border-radius: 6px;
  cursor: pointer; touch-action: none; outline: 0;
}
[role=slider] * { pointer-events: none }
[aria-disabled=true] .knob { display: none }
.seek { margin: 0 8px }
.volume { width: 60px; margin: 0 12px 0 6px }
.rail { position: absolute; inset: 10px 0; border-radius: 2px; overflow: hidden; background: var(--rail) }
.root:not(.audio) .rail { box-shadow: 0 0 3px #0006 }
.done { position: absolute; inset: 0; background: var(--accent); transform: scaleX(var(--at)); transform-origin: 0 0 }
.rail, .knob { transition: inset .12s, transform .12s }
.seek:hover .rail, .drag .rail { inset: 9px 0 }
.knob {
  position: absolute; top: 6px; left: calc(var(--at) * 100%);
  width: 12px; height: 12px; margin-left: -6px; border-radius: 50%;
  background: var(--accent); box-shadow: 0 0 4px #0009;
  transform: scale(0);
}
[role=slider]:hover .knob, [role=slider]:focus-visible .knob, .drag .knob, .volume .knob { transform: none }
.tip {
  position: absolute; bottom: 100%; left: 0; padding: 5px 7px; border-radius: 6px;
  background: #111d; color: #fff; font-variant-numeric: tabular-nums; opacity: 0;
}
.seek:hover .tip, .drag .tip { opacity: 1 }
.big, .spin { position: absolute; top: 50%; left: 50%; width: 68px; height: 68px; margin: -34px; border-radius: 50% }
.big { background: #000a; box-shadow: inset 0 0 0 1px #fff4; transition: transform .15s, background .15s, opacity .25s }
.big:hover { background: #000d; transform: scale(1.06) }
.big svg { width: 34px; height: 34px }
.big.started { display: none }
.spin {
  box-sizing: border-box; border: 4px solid #fff4; border-top-color: #fff;
  opacity: 0; pointer-events: none; transition: opacity .15s;
}
.waiting .spin { opacity: 1; transition-delay: .35s; animation: turn .9s linear infinite }
@keyframes turn { to { transform: rotate(1turn) } }
@keyframes breathe { 50% { opacity: .35 } }
.message {
  position: absolute; z-index: 1; top: 0; left: 0; right: 0; margin: 0; padding: 14px 16px;
  font-size: 1.08em; line-height: 1.35; text-align: center; text-wrap: balance; word-break: keep-all; background: #000b;
}
.message:empty { display: none }
.menu {
  position: absolute; z-index: 1; right: 8px; bottom: 74px; box-sizing: border-box;
  width: max-content; max-width: min(440px, 100% - 16px); max-height: calc(100% - 82px); overflow: auto; overscroll-behavior: contain;
  padding: 6px; border-radius: 10px; background: #1a1d20f2; color: #fff; box-shadow: 0 2px 12px #0008; color-scheme: dark; scrollbar-width: thin; scrollbar-color: #fff6 #0000;
}
.menu [role=group] { display: flex; flex-wrap: wrap; gap: 2px }
.menu b { width: 100%; padding: 6px 8px 4px; font-weight: 500; opacity: .75 }
.item { height: 32px; padding: 0 7px; min-width: 40px; max-width: 100%; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.item[aria-checked=true] { background: color-mix(in srgb, currentColor 24%, #0000) }

.audio { color: #1d2124; color: light-dark(#1d2124, #fff) }
.audio .bar {
  flex: 1; justify-content: center; padding: 0 8px;
  background: #eef0f2; background: light-dark(#eef0f2, #1d2124); border-radius: 27px;
}
.audio .seek { flex: 1 1 60px; min-width: 60px; margin: 0 10px }
.audio :is(.float, .full) { display: none }
.audio .spin { width: 30px; height: 30px; margin: -15px; border: 3px solid #8886; border-top-color: currentColor; left: 26px }
.audio .tip { bottom: auto; top: 0; transform: none; opacity: 0 !important }
.audio .message { top: 50%; bottom: auto; left: 52px; right: 52px; translate: 0 -50%; padding: 0; background: none; font-size: 1em }
.audio.failed .row > :not(.play, .more) { visibility: hidden }
.audio .menu { inset: 3px 52px 3px auto; max-height: none; max-width: calc(100% - 104px); scrollbar-width: none }
.audio .menu, .audio .menu [role=group] { display: flex; flex-wrap: nowrap; align-items: center }
.audio .menu b { width: auto }
.audio .menu[hidden] { display: none }

@media (pointer: coarse) {
  .root { --size: 44px }
  .bar { padding-top: 22px }
  [role=slider] { height: 44px }
  .seek { margin-bottom: -8px }
  .rail, .seek:hover .rail { inset: 20px 0 }
  .drag .rail { inset: 19px 0 }
  .knob { top: 15px; width: 14px; height: 14px; margin-left: -7px; transform: none }
  .volume { display: none }
  .item { height: 44px; min-width: 44px }
  .big.started { display: grid }
  .idle .big { opacity: 0; pointer-events: none }
  .waiting .big { visibility: hidden }
  .menu { bottom: 88px; max-height: calc(100% - 96px) }
}
@container (max-height: 219px) {
  .big, .spin { width: 44px; height: 44px; margin: -22px; top: calc(50% - 30px) }
  .big svg { width: 24px; height: 24px }
  .bar { padding-top: 6px }
  .root:not(.audio) .menu { inset: 4px 4px 4px auto; max-height: none; max-width: calc(100% - 8px) }
}
@container (max-height: 139px) {
  .root:not(.audio) :is(.big, .spin) { display: none }
  .message { padding: 4px; font-size: .9em }
}
@container (max-height: 71px) { .root:not(.audio) .seek { margin-bottom: -16px } .root:not(.audio) .bar { padding: 0 4px } }
@media (prefers-reduced-motion: reduce) {
  .root * { transition-duration: 0s !important }
  .big:hover { transform: none }
  .waiting .spin { animation: breathe 2s infinite }
}
@media (forced-colors: active) {
  .bar, .big, .menu, .message { background: Canvas !important; color: CanvasText }
  .big, .menu { border: 2px solid }
  .rail { forced-color-adjust: none; background-color: Canvas; outline: 1px solid CanvasText; --buffered: color-mix(in srgb, CanvasText 35%, Canvas); box-shadow: none !important }
  .done, .knob { background: Highlight; forced-color-adjust: none; box-shadow: none }
  .live::before { forced-color-adjust: none }
  svg { filter: none !important }
  .item[aria-checked=true] { outline: 2px solid Highlight; outline-offset: -2px }
  .captions[aria-pressed=true]::after { background: Highlight; forced-color-adjust: none }
}
`;
