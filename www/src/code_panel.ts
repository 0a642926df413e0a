import source from "source:./tutorial.js";

/** Lines that an event of the running code stands beside, by a piece of their text. */
const marks: [piece: string, event: string][] = [
  ['addEventListener("sourceopen"', "sourceopen"],
  ["sourceBuffer.appendBuffer(data)", "updatestart"],
  ['addEventListener("update"', "update"],
  ["mediaSource.endOfStream()", "sourceended"],
  ["video.play()", "playing"],
];

const keywords = new Set(["const", "function", "new", "return", "import", "from", "true", "false", "await"]);
const token = /(\/\/.*|<!--.*?-->)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_$][\w$]*)(?=(\s*\()?)|(\s+|[^\sA-Za-z_$"'/<]+|.)/g;

/** JavaScript (and a little HTML) in colours. */
export function highlight(code: string): DocumentFragment {
  const out = document.createDocumentFragment();
  for (const [text, comment, string, word, call] of code.matchAll(token)) {
    const kind = comment ? "comment" : string ? "string" : !word ? "" : keywords.has(word) ? "keyword" : call ? "call" : "";
    if (kind) {
      const span = document.createElement("span");
      span.className = `code-${kind}`;
      span.textContent = text;
      out.append(span);
    } else {
      out.append(text);
    }
  }
  return out;
}

/** The tutorial's code; each line says when the event it leads to was seen. */
export class CodePanel {
  readonly #stamps = new Map<string, HTMLElement>();

  constructor(holder: HTMLElement) {
    const lines = source.split("\n");
    const from = lines.findIndex((line) => line.includes("——— from here")) + 1;
    const to = lines.findIndex((line) => line.includes("——— to here"));
    for (const line of lines.slice(from, to)) {
      const row = document.createElement("span");
      row.className = "line";
      const stamp = document.createElement("span");
      stamp.className = "stamp";
      const text = document.createElement("code");
      text.append(highlight(line.replace(/^ {2}/, "") || "\u200b"));
      row.append(stamp, text);
      holder.append(row);
      const mark = marks.find(([piece]) => line.includes(piece));
      if (mark) this.#stamps.set(mark[1], stamp);
    }
  }

  clear(): void {
    for (const stamp of this.#stamps.values()) this.#set(stamp, "");
  }

  /** `event` was seen for the first time, so many milliseconds after the first line ran. */
  stamp(event: string, milliseconds: number): void {
    const stamp = this.#stamps.get(event);
    if (stamp && !stamp.textContent) {
      this.#set(stamp, `${Math.round(milliseconds)} ms`);
      stamp.title = `${event}, ${milliseconds.toFixed(1)} ms after the first line`;
    }
  }

  #set(stamp: HTMLElement, text: string): void {
    stamp.textContent = text;
    stamp.parentElement?.classList.toggle("ran", text !== "");
  }
}
