/**
 * `createMediaElementSource()` of elements whose sound is ours. What the browser makes of such an element is silent, for its
 * sound goes around it; so pages get a node that both the browser's own and our sound flow into. Web Audio § 1.23.
 */

/** Where the sound of an element comes out in a page's AudioContext, for good. */
interface Outlet {
  readonly context: AudioContext;
  readonly node: AudioNode;
}

/** Some browsers give an element only one. */
const outlets = /* @__PURE__ */ new WeakMap<HTMLMediaElement, Outlet[]>();
/** How the sound of an attached element is had. */
const diversions = /* @__PURE__ */ new WeakMap<HTMLMediaElement, () => MediaStream | undefined>();
/** Where the sound of an attached element flows. */
const flows = /* @__PURE__ */ new WeakMap<HTMLMediaElement, AudioNode[]>();

function flow(element: HTMLMediaElement, { context, node }: Outlet): void {
  const stream = diversions.get(element)?.();
  if (stream) {
    const source = context.createMediaStreamSource(stream);
    source.connect(node);
    flows.set(element, [...(flows.get(element) ?? []), source]);
  }
}

/**
 * The element's sound is ours from now on: `divert` gives it as a stream when a page wants it in an AudioContext. Returns
 * what ends that.
 */
export function soundIsOurs(element: HTMLMediaElement, divert: () => MediaStream | undefined): () => void {
  diversions.set(element, divert);
  outlets.get(element)?.forEach((outlet) => flow(element, outlet));
  return () => {
    diversions.delete(element);
    flows.get(element)?.forEach((source) => source.disconnect());
    flows.delete(element);
  };
}

/** What a page gets instead of the node that its browser made for the element. */
export function outletFor(native: MediaElementAudioSourceNode): MediaElementAudioSourceNode {
  const { mediaElement } = native;
  const context = native.context as AudioContext;
  const node = context.createGain();
  native.connect(node);
  const outlet = { context, node };
  outlets.set(mediaElement, [...(outlets.get(mediaElement) ?? []), outlet]);
  flow(mediaElement, outlet);
  // To the page it is a source and no gain.
  Object.setPrototypeOf(node, Object.getPrototypeOf(native) as object);
  Object.defineProperties(node, {
    mediaElement: { value: mediaElement, configurable: true },
    numberOfInputs: { value: 0, configurable: true },
  });
  return node as AudioNode as MediaElementAudioSourceNode;
}
