// Tables in the terminal and everything in results.json.

import { writeFileSync } from "node:fs";

export class Report {
  #results = [];
  #file;
  #about;

  constructor(file, about) {
    this.#file = file;
    this.#about = about;
  }

  /** Keeps a result; the file is written each time, so that a run that is ended early leaves what it had. */
  add(result) {
    this.#results.push(result);
    writeFileSync(this.#file, `${JSON.stringify({ ...this.#about, results: this.#results }, null, 1)}\n`);
  }
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
