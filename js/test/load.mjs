// Bundles one of the sources and imports it, afresh each time, so that each test has the module's state to itself.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

/** The engine is not there: nothing that runs in Node attaches. */
const withoutEngine = {
  name: "without-engine",
  setup(build) {
    build.onResolve({ filter: /^built:|\/wasm\/mse_polyfill\.js$/ }, ({ path }) => ({ path, namespace: "engine" }));
    build.onLoad({ filter: /.*/, namespace: "engine" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};

/** What these files of `src/` export. */
export async function load(...names) {
  return import(await moduleUrl(...names));
}

/** The URL of a module that exports the same. */
export async function moduleUrl(...names) {
  const { outputFiles } = await build({
    stdin: {
      contents: names.map((name) => `export * from "./${name}";`).join("\n"),
      resolveDir: fileURLToPath(new URL("../src", import.meta.url)),
    },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    logLevel: "error",
    plugins: [withoutEngine],
  });
  const text = `${outputFiles[0].text}\n// ${crypto.randomUUID()}`;
  return `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`;
}
