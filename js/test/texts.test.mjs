// Texts in other languages: which language is spoken, and that no text was forgotten.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "./load.mjs";

const { measure, speak } = await load("texts");

globalThis.navigator ??= { language: "en" }; // Node 20 has none.
const node = (lang, rest = {}) => ({ getAttribute: () => lang, parentNode: null, ...rest });
const texts = { ko: { Play: "재생", "{0} of {1}": "{1} 중 {0}" } };

test("the closest language counts, then the visitor's, then English", () => {
  const visitor = (language) => Object.defineProperty(navigator, "language", { value: language, configurable: true });
  const cases = [
    // The element and what it is in, the visitor's, what is spoken.
    [["ko"], "en-US", "ko"],
    [["ko-KR"], "en-US", "ko"],
    [["KO"], "en-US", "ko"],
    [["en-GB", "ko"], "ko-KR", "en"],
    [[null, "", "ko"], "en-US", "ko"],
    [[null, null], "ko-KR", "ko"],
    [["fr"], "ko", "ko"],
    [["fr"], "fr", "en"],
    [["constructor"], "en", "en"],
  ];
  for (const [langs, language, spoken] of cases) {
    visitor(language);
    const element = langs.reduceRight((parentNode, lang) => node(lang, { parentNode }), null);
    assert.equal(speak(element, texts).language, spoken, `${langs} for ${language}`);
  }
  const inShadow = node(null, { parentNode: { parentNode: null, host: node("ko") } });
  assert.equal(speak(inShadow, texts).language, "ko");
});

test("values are put where the language wants them; the page's texts come first", () => {
  const element = node("ko");
  const own = { ko: { Play: "틀기" }, de: { Play: "Abspielen" } };
  assert.equal(speak(element, texts)("{0} of {1}", "가", "나"), "나 중 가");
  assert.equal(speak(element, texts)("{0} behind live", "1"), "1 behind live", "what is in no table is English");
  assert.equal(speak(element, texts, own)("Play"), "틀기");
  assert.equal(speak(element, texts, own)("{0} of {1}", "1", "2"), "2 중 1");
  assert.equal(speak(node("de-AT"), texts, own)("Play"), "Abspielen");
  assert.deepEqual([1, 2].map((value) => measure("en", value, "minute")), ["1 minute", "2 minutes"]);
  assert.equal(measure("ko", 2, "minute"), "2분");
});

for (const folder of ["controls", "inspect"]) {
  test(`${folder}: each text is there in Korean, and no other`, async () => {
    const { korean } = await load(`${folder}/korean`);
    const directory = new URL(`../src/${folder}/`, import.meta.url);
    const files = readdirSync(directory).filter((name) => name !== "korean.ts");
    const source = files.map((name) => readFileSync(new URL(name, directory), "utf8")).join("\n");
    const said = [...source.matchAll(/\bsay\(([^)]*)/g)].flatMap(([, words]) => [...words.matchAll(/(?<!=== )"([^"]+)"/g)]).map(([, text]) => text);
    said.push(...[...source.matchAll(/\bname: "([^"]+)"/g)].map(([, text]) => text));
    assert.ok(said.length > 20);
    assert.deepEqual(said.filter((text) => !(text in korean) && /[a-z]/i.test(text.replace(/\{\d\}/g, ""))), []);
    const unused = Object.keys(korean).filter((text) => !source.includes(`"${text}"`) && !source.includes(`${text}"`));
    assert.deepEqual(unused, folder === "inspect" ? ["Pictures and sound", "Sound and pictures"] : []);
    for (const [text, words] of Object.entries(korean)) {
      const places = (string) => [...string.matchAll(/\{\d\}/g)].map(String).sort();
      assert.deepEqual(places(words), places(text), text);
    }
  });
}
