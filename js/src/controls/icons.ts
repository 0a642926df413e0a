/** Icons on a 24 × 24 grid: a filled path and a stroked one. */
const paths = {
  play: ["M7.5 4.6 19.6 12 7.5 19.4Z", ""],
  pause: ["M6.4 5h3.7v14H6.4ZM13.9 5h3.7v14h-3.7Z", ""],
  replay: ["M12.6 1.6v6L8.2 4.6Z", "M12 4.6a7.6 7.6 0 1 1-7.2 5.2"],
  loud: ["M3.5 9.4h3.6L12 5.2v13.6l-4.9-4.2H3.5Z", "M15.2 9.2a4 4 0 0 1 0 5.6M17.9 6.5a7.8 7.8 0 0 1 0 11"],
  soft: ["M3.5 9.4h3.6L12 5.2v13.6l-4.9-4.2H3.5Z", "M15.2 9.2a4 4 0 0 1 0 5.6"],
  silent: ["M3.5 9.4h3.6L12 5.2v13.6l-4.9-4.2H3.5Z", "m15.6 9.6 4.8 4.8m0-4.8-4.8 4.8"],
  enlarge: ["", "M4.5 9.2V4.5h4.7M14.8 4.5h4.7v4.7M19.5 14.8v4.7h-4.7M9.2 19.5H4.5v-4.7"],
  reduce: ["", "M9.2 4.5v4.7H4.5M19.5 9.2h-4.7V4.5M14.8 19.5v-4.7h4.7M4.5 14.8h4.7v4.7"],
  float: ["M12.4 12.2h6v4.4h-6Z", "M3.5 5.5h17v13h-17Z"],
  captions: ["", "M3.5 5.5h17v13h-17ZM10.4 10.6a2 2 0 1 0 0 2.8M17 10.6a2 2 0 1 0 0 2.8"],
  more: ["", "M12 5.5v.01M12 12v.01M12 18.5v.01"],
} satisfies Record<string, [string, string]>;

export type IconName = keyof typeof paths;

const SVG = "http://www.w3.org/2000/svg";

/** Draws an icon into a button, in place of the one before. */
export function setIcon(button: HTMLElement, name: IconName): void {
  if (button.dataset["icon"] === name) return;
  button.dataset["icon"] = name;
  const { ownerDocument } = button;
  const svg = ownerDocument.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  paths[name].forEach((d, stroked) => {
    const path = svg.appendChild(ownerDocument.createElementNS(SVG, "path"));
    path.setAttribute("d", d);
    if (stroked) path.setAttribute("class", name === "more" ? "line dots" : "line");
  });
  button.replaceChildren(svg);
}
