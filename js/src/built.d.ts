/** Scripts that build.mjs bundles first and hands over as text. */
declare module "built:worker" {
  const source: string;
  export default source;
}
declare module "built:worklet" {
  const source: string;
  export default source;
}
/** The wasm module as bytes, inside the one-file script. */
declare module "built:wasm" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
/** Of the package. */
declare module "built:version" {
  const version: string;
  export default version;
}
