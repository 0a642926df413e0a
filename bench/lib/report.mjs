// Tables in the terminal and everything in results.json.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";

export class Report {
  #results = [];
  #file;
  #about;
  #saved;

  /** `saved`: a file of the same shape, whose results are replaced by those that are measured again. */
  constructor(file, about, saved) {
    this.#file = file;
    this.#about = about;
    this.#saved = saved;
  }

  /** Keeps a result; the files are written each time, so that a run that is ended early leaves what it had. */
  add(result) {
    const { browser, date } = this.#about;
    // Processes that wanted to run, over the last minute: with those of the measurement itself.
    this.#results.push({ ...result, browser, date, load: loadavg()[0] });
    write(this.#file, { ...this.#about, results: this.#results });
    if (!this.#saved) return;
    const before = existsSync(this.#saved) ? JSON.parse(readFileSync(this.#saved, "utf8")).results : [];
    write(this.#saved, { ...this.#about, results: merged(before, this.#results) });
  }
}

/** What a result is of. */
const subject = ({ part, medium, side, library, piece, browser }) =>
  JSON.stringify([part, medium, side, library, piece, browser?.split("/")[0].toLowerCase()]);

/** Those of before in their places, replaced by those of now where these are of the same. */
export function merged(before, now) {
  const results = new Map(before.map((result) => [subject(result), result]));
  for (const result of now) results.set(subject(result), result);
  return [...results.values()];
}

/** Thousandths are enough; a list of numbers stands in one line. */
function write(file, content) {
  const rounded = (_, value) => (typeof value === "number" ? Math.round(value * 1000) / 1000 : value);
  const text = JSON.stringify(content, rounded, 1);
  const lists = text.replace(/\[[\d\s.,-]*\]/g, (list) => list.replace(/\s+/g, " ").replace("[ ", "[").replace(" ]", "]"));
  writeFileSync(file, `${lists}\n`);
}

/** Three significant digits, and no more than that behind the point. */
export function short(value) {
  if (value === undefined || Number.isNaN(value)) return "–";
  if (typeof value === "string") return value;
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Prints rows of cells under a title; the first column is text. */
export function table(title, head, rows) {
  const cells = [head, ...rows.map((row) => row.map(short))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => String(row[column]).length)));
  const line = (row) =>
    row.map((cell, i) => (i ? String(cell).padStart(widths[i]) : String(cell).padEnd(widths[i]))).join("  ");
  console.log(`\n${title}`);
  for (const row of cells) console.log(`  ${line(row)}`);
}
