/** Scripts that build.mjs bundles first and hands over as text. */
declare module "built:worker" {
  const source: string;
  export default source;
}
declare module "built:worklet" {
  const source: string;
  export default source;
}
/** The wasm module inside the one-file script, as a text for `bytesOfAscii`. */
declare module "built:wasm" {
  const text: string;
  export default text;
}
/** Of the package. */
declare module "built:version" {
  const version: string;
  export default version;
}
