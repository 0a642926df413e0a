// What the pages that are made of data share.

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
