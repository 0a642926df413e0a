// What the pages behind the first one share.

/** Text for HTML. */
export const text = (value) =>
  String(value).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

/** A sentence with `code` in it. */
export const sentence = (value) => text(value).replace(/`([^`]+)`/g, "<code>$1</code>");

/** A browser's name and version for people: `Chrome/156.0.8078.79` is Chromium 156. */
export function browserName(agent) {
  const [, name = "", version = ""] = /^([^/]*)\/?(\d*)/.exec(agent) ?? [];
  const names = { chrome: "Chromium", firefox: "Firefox" };
  return `${names[name.toLowerCase()] ?? name} ${version}`.trim();
}

/** Tables that narrow pages lay out in another way, for which browsers forget that they are tables. */
export const asTable = (html) =>
  html
    .replace(/<table/g, '<table role="table"')
    .replace(/<(thead|tbody)/g, '<$1 role="rowgroup"')
    .replace(/<tr/g, '<tr role="row"')
    .replace(/<td/g, '<td role="cell"')
    .replace(/<th scope="col"/g, '<th role="columnheader" scope="col"')
    .replace(/<th scope="row/g, '<th role="rowheader" scope="row');

const HEAD = `<meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <link rel="icon" href="../icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="../style.css">`;

const MARK = `<svg viewBox="0 0 44 16" aria-hidden="true"><path class="range" d="M0 1h14v14H0zM30 1h14v14H30z"/><path class="gap" d="M15 8l7-7M15 15 29 1M22 15l7-7"/></svg>`;

const LINKS = { "conformance/": "Conformance", "benchmarks/": "Benchmarks", "players/": "Players" };

/** The page in the folder `path`, with what its head holds as all do and with the way to the others above it. */
export function framed(html, path) {
  const links = Object.entries(LINKS).filter(([other]) => other !== path);
  const top = `<header class="top">
  <a class="mark" href="../">
    ${MARK}
    mse-polyfill
  </a>
  <nav aria-label="Pages">
${links.map(([other, name]) => `    <a href="../${other}">${name}</a>\n`).join("")}  </nav>
</header>`;
  return html.replace("<!-- head -->", HEAD).replace("<!-- top -->", top);
}
