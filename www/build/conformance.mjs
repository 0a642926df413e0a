// The page of web-platform-tests, from docs/conformance.json.

import { failures, paths, totals } from "../../xtask/conformance.mjs";
import { asTable, browserName, sentence, text } from "./html.mjs";

/** Bars of what passes, ours and the browser's own, by browser. */
export function bars(summaries) {
  const rows = summaries.flatMap((summary) => {
    const { all, ours, own } = totals(summary);
    const name = `${browserName(summary.browser)}<br><time>${text(summary.date)}</time>`;
    const sides = [["ours", "mse-polyfill", ours], ...(own === undefined ? [] : [["own", "its own MediaSource", own]])];
    return sides.map(([kind, whose, count], index) => {
      const head = index === 0 ? `<th scope="rowgroup" rowspan="${sides.length}">${name}</th>` : "";
      return `<tr>${head}<th scope="row">${whose}</th><td class="number">${count} / ${all}</td><td class="plot">${bar(kind, count / all)}</td></tr>`;
    });
  });
  return asTable(`<table class="chart passes">
<thead><tr><th scope="col">Browser</th><th scope="col">MediaSource</th><th scope="col" class="number">Subtests that pass</th><th scope="col"><span class="unseen">The same, drawn</span></th></tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table>`);
}

function bar(kind, part) {
  const width = `${(part * 100).toFixed(1)}%`;
  return `<svg class="bar" width="100%" height="22" aria-hidden="true"><rect class="ground" width="100%" height="22" rx="4"/><rect class="${kind}" width="${width}" height="22" rx="4"/></svg>`;
}

/** What fails and why: here all that fails in a test for one reason is together. */
export function reasons(summaries, known) {
  const groups = new Map();
  for (const { path, browsers, own, reason, names } of failures(summaries, known)) {
    const group = groups.get(path + reason) ?? { path, reason, browsers: [], own: [], names: [] };
    group.browsers.push(...browsers);
    group.own.push(...own);
    group.names.push(...names);
    groups.set(path + reason, group);
  }
  const items = [...groups.values()].map(({ path, browsers, own, reason, names }) => {
    const passing = own.filter(([, passes]) => passes).map(([browser]) => browser);
    const failing = own.filter(([, passes]) => !passes).map(([browser]) => browser);
    const remark = (words, of) => (of.length ? `<div><dt>${words}</dt><dd>${[...new Set(of)].map(text).join(", ")}</dd></div>` : "");
    return `<li>
<h3><code>${text(path.replace(/^media-source\//, ""))}</code></h3>
<p>${sentence(reason)}</p>
<dl>${remark("Fails in", browsers)}${remark("Their own passes", passing)}${remark("Their own fails too", failing)}</dl>
<details><summary><span>Subtests</span> ${names.length}</summary><ul lang="en">${names.map((name) => `<li>${text(name)}</li>`).join("")}</ul></details>
</li>`;
  });
  return items.length ? `<ol class="reasons">${items.join("\n")}</ol>` : "<p>Nothing.</p>";
}

/** Every test with its numbers. */
export function all(summaries) {
  const columns = summaries.flatMap(({ name, hasOwn }) => [
    `<th scope="col" class="number">${text(name)}<br><span>mse-polyfill</span></th>`,
    ...(hasOwn ? [`<th scope="col" class="number">${text(name)}<br><span>its own</span></th>`] : []),
  ]);
  const cell = (numbers) => {
    if (!numbers) return "<td></td>";
    const [passed, count] = numbers;
    return `<td class="number${passed < count ? " less" : ""}">${passed} / ${count}</td>`;
  };
  const rows = paths(summaries).map((path) => {
    const cells = summaries.flatMap(({ hasOwn, tests: { [path]: test } }) => [cell(test?.ours), ...(hasOwn ? [cell(test?.own)] : [])]);
    return `<tr><th scope="row"><code>${text(path.replace(/^media-source\//, ""))}</code></th>${cells.join("")}</tr>`;
  });
  return `<div class="wide" tabindex="0" role="region" aria-label="Every test"><table class="chart"><thead><tr><th scope="col">Test</th>${columns.join("")}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>`;
}
