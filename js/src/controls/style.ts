/**
 * The host element lies in the page's tree, where the page's own rules could reach it: what must not change is said
 * inline and important, the rest in `:host`.
 */
export const hostStyle: Record<string, string> = {
  display: "block",
  position: "absolute",
  margin: "0",
  padding: "0",
  border: "0",
  background: "none",
  overflow: "hidden",
  transform: "none",
  "pointer-events": "none",
};

/** Always light on dark glass: what lies beneath is a picture, not a page. */
export const style = `
:host { all: initial }
dialog {
  all: unset;
  position: absolute; inset: 0; display: block;
  container-type: size;
}
dialog:modal { position: fixed; pointer-events: auto }
dialog::backdrop { background: none }
dialog:has(.idle) { cursor: none }
.root {
  position: absolute; inset: 0;
  display: flex; flex-direction: column; justify-content: flex-end;
  font: 500 13px/1 system-ui, sans-serif;
  color: #fff;
  -webkit-tap-highlight-color: transparent;
  pointer-events: none; user-select: none; -webkit-user-select: none;
  outline: 0;
}
.bar {
  position: relative;
  display: grid; grid-template-columns: auto auto 1fr auto auto auto auto; align-items: center;
  padding: 26px 8px 4px;
  background: linear-gradient(#0000, #000a 55%, #000d);
  pointer-events: auto;
  transition: opacity .25s;
}
.idle .bar { opacity: 0; pointer-events: none }
button {
  all: unset; box-sizing: border-box;
  display: grid; place-items: center;
  width: 36px; height: 36px; border-radius: 8px;
  cursor: pointer; pointer-events: auto;
}
button[hidden], [hidden] { display: none !important }
button:hover { background: #fff2 }
button:focus-visible, [role=slider]:focus-visible { outline: 2px solid #fff; outline-offset: -2px; box-shadow: 0 0 0 4px #000a }
svg { width: 22px; height: 22px; fill: currentColor; filter: drop-shadow(0 0 2px #0008) }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
.time { padding: 0 8px; white-space: nowrap; font-variant-numeric: tabular-nums; text-shadow: 0 0 3px #000a }
.time i { font-style: normal; opacity: .72 }
.live::before {
  content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 6px; border-radius: 50%; background: #ff4d3d;
}
[role=slider] {
  --at: 0;
  position: relative; height: 24px; border-radius: 6px;
  cursor: pointer; touch-action: none; outline: 0;
}
.seek { grid-row: 1; grid-column: 1 / -1; margin: 0 6px }
.seek ~ * { grid-row: 2 }
.volume { grid-column: 5; width: 64px; margin: 0 10px 0 4px }
.mute { grid-column: 4 }
.float { grid-column: 6 }
.full { grid-column: 7 }
.rail, .rail::after {
  position: absolute; inset: 10px 0; border-radius: 2px; overflow: hidden;
  background: #fff4;
}
.rail::after { content: ""; inset: 0; background: #fff; transform: scaleX(var(--at)); transform-origin: 0 0; border-radius: 0 }
.rail, .knob { transition: inset .12s, transform .12s }
.seek:hover .rail, .drag .rail { inset: 9px 0 }
.knob {
  position: absolute; top: 6px; left: calc(var(--at) * 100%);
  width: 12px; height: 12px; margin-left: -6px; border-radius: 50%;
  background: #fff; box-shadow: 0 0 4px #0009;
  transform: scale(0);
}
[role=slider]:hover .knob, [role=slider]:focus-visible .knob, .drag .knob, .volume .knob { transform: none }
.tip {
  position: absolute; bottom: 100%; left: 0; padding: 5px 7px; border-radius: 6px;
  background: #111d; font-variant-numeric: tabular-nums; opacity: 0; pointer-events: none;
}
.seek:hover .tip, .drag .tip { opacity: 1 }
.big, .spin { position: absolute; top: 50%; left: 50%; width: 72px; height: 72px; margin: -36px; border-radius: 50% }
.big { background: #000a; box-shadow: inset 0 0 0 2px #fffd; transition: transform .15s, background .15s }
.big:hover { background: #000d; transform: scale(1.06) }
.big svg { width: 34px; height: 34px }
.spin {
  box-sizing: border-box; border: 4px solid #fff4; border-top-color: #fff;
  opacity: 0; pointer-events: none; transition: opacity .15s;
}
.waiting .spin { opacity: 1; transition-delay: .35s; animation: turn .9s linear infinite }
@keyframes turn { to { transform: rotate(1turn) } }
@keyframes breathe { 50% { opacity: .35 } }

.audio .bar {
  flex: 1; grid-template-columns: auto auto 1fr auto; padding: 0 8px;
  background: #1d2124; border-radius: 27px;
}
.audio .seek { grid-area: 1 / 3; margin: 0 8px }
.audio .seek ~ * { grid-row: 1 }
.audio .mute { grid-column: 4 }
.audio .volume, .audio .float, .audio .full { display: none }
.audio .spin { width: 26px; height: 26px; margin: -13px; border-width: 3px; left: 26px }
.audio .tip { bottom: 70% }

@media (pointer: coarse) {
  button { width: 44px; height: 44px }
  [role=slider] { height: 40px }
  .bar { padding-top: 12px }
  .seek .rail, .seek:hover .rail { inset: 18px 0 }
  .drag .rail { inset: 17px 0 }
  .knob { top: 13px; width: 14px; height: 14px; margin-left: -7px; transform: none }
  .volume { display: none }
}
@container (max-width: 319px) { .volume, .float { display: none } .time { padding: 0 4px } }
@container (max-width: 239px) { .time i { display: none } .mute { display: none } }
@container (max-width: 159px) { .time { display: none } }
@container (max-height: 189px) { .big, .spin { top: 38%; scale: .6 } .bar { padding-top: 6px } }
@container (max-height: 89px) { .root:not(.audio) :is(.big, .spin) { display: none } }
@media (prefers-reduced-motion: reduce) {
  .root * { transition-duration: 0s !important }
  .big:hover { transform: none }
  .waiting .spin { animation: breathe 2s infinite }
}
@media (forced-colors: active) {
  .bar, .big { background: Canvas }
  .rail::after, .knob { background: Highlight; forced-color-adjust: none }
}
`;
