// The pages in other languages. English stands in the pages and scripts themselves; a table such as ../ko.json says, by file,
// what stands there instead: text between tags or in attributes that are read, in the quotes of scripts, behind `//` or
// `<!--`. A space in the table is any white space in the file.

const READ = { html: /(?<=>\s*|\b(?:aria-label|content|data-label)="|\/\/ |&lt;!-- )/.source, script: /(?<=["'`]|\/\/ )/.source };
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");

/** A table, which remembers what of it was found. */
export class Words {
  #table;
  #unused;

  constructor(table) {
    this.#table = table;
    this.#unused = new Set(Object.entries(table).flatMap(([file, words]) => Object.keys(words).map((text) => `${file}: ${text}`)));
  }

  /** The text of a file with the table's words in it. */
  translate(file, text) {
    const words = Object.entries(this.#table[file] ?? {});
    // Of two that fit at one place the longer one.
    words.sort(([a], [b]) => b.length - a.length);
    const before = text.includes("<html") ? READ.html : READ.script;
    for (const [english, other] of words) {
      const place = new RegExp(`${before}${escaped(english)}(?=\\s*[<"'\`]|\\n| --&gt;)`, "g");
      text = text.replace(place, () => {
        this.#unused.delete(`${file}: ${english}`);
        return other;
      });
    }
    return text;
  }

  /** What is in the table and was in no file: the file has changed since. Of pages made of data there may be more. */
  get unused() {
    return [...this.#unused].filter((text) => !/^(conformance|benchmarks)\//.test(text));
  }
}

/** Scripts and sheets that the languages share; they lie beside the first page. */
const SHARED = "style\\.css|icon\\.svg|mse-polyfill\\.js|live\\.js";

/**
 * A page of the site in each of its languages: `path` is its folder, `""` or `"players/"`; `language` that of the text. English
 * lies at the root, Korean in ko/.
 */
export function localized(html, path, language) {
  const up = path ? "../" : "";
  const away = language === "en" ? `${up}ko/${path}` : `${up}../${path}`;
  const [to, name] = language === "en" ? ["ko", "한국어"] : ["en", "English"];
  const here = "./";
  const alternates = [[language, here], [to, away], ["x-default", language === "en" ? here : away]];
  const links = alternates.map(([of, href]) => `  <link rel="alternate" hreflang="${of}" href="${href}">\n`).join("");
  html = html.replace('<html lang="en">', `<html lang="${language}">`);
  html = html.replace("</head>", `${links}</head>`);
  html = html.replace("</header>", `  <a class="language" href="${away}" lang="${to}" hreflang="${to}">${name}</a>\n</header>`);
  if (language === "en") return html;
  const shared = new RegExp(`(<(?:link|script|a)\\b[^>]*(?:href|src)="|: ")${up}(${SHARED})"`, "g");
  return html.replace(shared, (_, before, file) => `${before}${up}../${file}"`);
}
