// The wasm module and wasm-bindgen's JavaScript for it, the glue, as small as they get: docs/decisions/0017.

import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fail, here, run, scratch } from "./build_tools.mjs";

/** What wasm-bindgen has made. */
const linked = join(here, "wasm", "mse_polyfill_bg.wasm");
const linkedGlue = join(here, "wasm", "mse_polyfill.js");
/** What is made of it here: the glue is for the worker, the page's does without what only the worker calls. */
export const wasm = join(scratch, "mse_polyfill_bg.wasm");
export const glue = join(scratch, "mse_polyfill.js");
export const pageGlue = join(scratch, "page.js");
/** What the control plane calls of the module's imports: nothing of the browser's. */
const CONTROL_PLANE_IMPORTS = /^__wbg_thrown_|^__wbg___wbindgen_throw_|^__wbindgen_init_externref_table$/;
/** In bytes: functions up to this size are put into the one place that calls them. */
const INLINED = 40;
/** Of WebAssembly, what the compiler uses. A text does not say it. */
const FEATURES = ["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"].map((name) => `--enable-${name}`);

/**
 * Binaryen makes the module smaller, and gives short names to what it and wasm-bindgen's JavaScript know of each other. The
 * result is kept for as long as the module and what makes it are the same.
 */
export function makeSmall(withWasmOpt) {
  if (!existsSync(linked)) {
    fail(`${relative(join(here, ".."), linked)} is missing; run \`cargo xtask build\`, or the commands at the top of js/build.mjs`);
  }
  mkdirSync(scratch, { recursive: true });
  const stamp = join(scratch, "optimized");
  const madeOf = [linked, ...["build_tools.mjs", "glue_functions.js", "small_module.mjs"].map((name) => join(here, name))];
  if (withWasmOpt && existsSync(stamp) && madeOf.every((path) => statSync(path).mtimeMs < statSync(stamp).mtimeMs)) {
    return;
  }
  rmSync(stamp, { force: true });
  const text = withOurFunctions(readFileSync(linkedGlue, "utf8"));
  if (!withWasmOpt) {
    copyFileSync(linked, wasm);
    writeFileSync(glue, tidied(text));
    copyFileSync(glue, pageGlue);
    return;
  }
  const passes = ["-Os", "--dae-optimizing", "--strip-debug", "--strip-producers", "--strip-target-features"];
  // Functions that are called from one place stay functions: one that swallows all of them is compiled as a whole, twice.
  passes.push(`--one-caller-inline-max-function-size=${INLINED}`);
  // The stack is at the bottom of memory: no object is at an address as low as the offset of a field.
  passes.push("--low-memory-unused", "--optimize-added-constants-propagate", "--skip-pass=memory-packing");
  passes.push("--minify-imports-and-exports-and-modules");
  const moduleText = join(scratch, "mse_polyfill_bg.wat");
  const names = JSON.parse(run("wasm-opt", [...passes, linked, "-S", "-o", moduleText], "pipe"));
  writeFileSync(moduleText, likeBesideLike(readFileSync(moduleText, "utf8")));
  run("wasm-opt", ["--mvp-features", ...FEATURES, "--optimize-level=2", "--shrink-level=1", "--generate-stack-ir", "--optimize-stack-ir", moduleText, "-o", wasm]);
  writeFileSync(glue, shortened(text, names));
  writeFileSync(pageGlue, shortened(text, names, CONTROL_PLANE_IMPORTS));
  writeFileSync(stamp, "");
}

/**
 * The text of a module with functions that look alike beside each other, which compression likes: those that use the same kinds
 * of numbers, then those of the same type, with as many locals, as long. Loads and stores do without what is said of their
 * alignment, which changes nothing of what they do.
 */
function likeBesideLike(text) {
  const MEMBER = /^ \([^]*?(?=\n(?: \(|\)))/gm; // Of the module: what is indented by one.
  const functions = [];
  const rest = text.replace(MEMBER, (member) => {
    if (!member.startsWith(" (func ")) {
      return member;
    }
    const code = member.replace(/ align=\d+/g, "");
    const unnamed = code.replace(/\$\S+/g, "");
    const [type] = unnamed.split("\n", 1);
    const key = [/\bf64/.test(code), /\bi64/.test(code), type, unnamed.split("(local ").length, unnamed.length];
    functions.push({ code, key });
    return "";
  });
  const inOrder = ({ key: a }, { key: b }) => {
    const first = a.findIndex((value, index) => value !== b[index]);
    return first < 0 ? 0 : a[first] < b[first] ? -1 : 1;
  };
  const members = functions.sort(inOrder).map(({ code }) => code);
  return `${rest.slice(0, rest.lastIndexOf(")"))}${members.join("\n")}\n)\n`;
}

/**
 * The glue with the names that the module has now. Imports are functions in an object, of which those go that the module does
 * without, and what files beside the Rust sources export; exports are the members of `wasm`. Imports that are not `called`
 * are there and do nothing.
 */
function shortened(text, { imports, exports }, called = /^/) {
  const isOfFile = ([from]) => from.startsWith("./snippets/");
  const importNames = new Map(imports.filter((found) => !isOfFile(found)).map(([, name, short]) => [name, short]));
  const isCalled = ([, name]) => called.test(name);
  const others = imports.filter((found) => isOfFile(found) && isCalled(found)).map(([, name, short]) => `${short}: import1.${name}`);
  const uncalled = imports.filter((found) => !isCalled(found)).map(([, , short]) => short);
  if (uncalled.length > 0) {
    others.push(`...doingNothing("${uncalled.join(" ")}")`);
  }
  const exportNames = new Map(exports);
  let found = 0;
  const result = text
    .replace(/^ {8}(\w+): (function\([^]*?\n {8}\}.*,\n)/gm, (_, name, body) => {
      const short = importNames.get(name);
      found += short ? 1 : 0;
      return short && called.test(name) ? `        ${short}: ${body}` : "";
    })
    .replace(/^ *"[^"]+": import[^0].*\n/gm, "")
    .replace(/"[^"]+": import0\b/, `a: { ...import0, ${others} }`)
    .replace(/: function(\(.*\)) \{$/gm, ": $1 => {")
    .replace(/const ret = (.*);\n +return ret;/g, "return $1;")
    .replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${exportNames.get(name) ?? fail(`the module has no ${name}`)}`);
  return found === importNames.size ? tidied(result) : fail(`the glue has ${found} of ${importNames.size} imports`);
}

/** The glue, for the directory beside its own, with functions of ours; without what would keep in a script what it does not use. */
function tidied(text) {
  return text
    .replace(/(?<= from ["'])\.\/snippets\//g, "../wasm/snippets/")
    .replace(/^if \(Symbol\.dispose\).*\n/gm, "")
    // By names as methods have them; nothing asks for the names of numbers.
    .replace(/Object\.freeze\(\{([^]*?)\n\}\)/g, (_, members) => {
      const names = Array.from(members.matchAll(/^ +(\w)(\w+): \d+, "/gm), ([, first, rest]) => first.toLowerCase() + rest);
      return `enumeration("${names.join(" ")}")`;
    })
    .replace(/\(typeof FinalizationRegistry === 'undefined'\)\n.*\n *: /g, "") // It is older than WebCodecs.
    .replace(/(enumeration\("|new FinalizationRegistry\()/g, "/* @__PURE__ */ $1");
}

/** The glue with functions of `glue_functions.js` in the places of its own, and with shorter ways to call them. */
function withOurFunctions(text) {
  const ours = readFileSync(join(here, "glue_functions.js"), "utf8").match(/^function [^]*?^}\n/gm);
  const result = ours.reduce((text, own) => {
    const [start] = /^function \w+\(/.exec(own);
    const [before, after] = text.split(start);
    return after === undefined ? `${text}${own}` : before + own + after.slice(after.indexOf("\n}\n") + 3);
  }, text);
  return result
    .replace(/, wasm\.__wbindgen_malloc(?:, wasm\.__wbindgen_realloc)?\)/g, ")")
    .replace(/^cachedTextDecoder\.decode\(\);\n/m, "")
    // What is given up when memory runs out: the module is lost then.
    .replace(/^( {8})try \{\n((?: {12}.*\n)+) {8}\} catch \(e\) \{\n(?: {12}.*\n)+ {8}\}\n/gm, "$2")
    .replace(/= (wasm\.\w+\(.*\));\n +if \(ret\[\d\]\) \{\n +throw takeFromExternrefTable0\(ret\[\d\]\);\n +\}\n/g, "= checked($1);\n")
    .replace(/let deferred[^]*?const ret = (.*);[^]*?finally \{[^]*?\n {8}\}\n/g, "return takenText(checked($1));\n");
}
