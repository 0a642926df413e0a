import { addTo, setAttributes } from "./dom";

/** A slider of our own: the browsers' range inputs cannot carry buffered ranges and differ in every part. */
export interface Slider {
  readonly element: HTMLElement;
  readonly rail: HTMLElement;
  /** A finger or a pressed pointer holds it. */
  readonly dragging: boolean;
  /** 0 to 1, and what a screen reader is to say of it. */
  show(fraction: number, valueText: string): void;
}

/** What a slider tells. Fractions are 0 to 1. */
export interface SliderListener {
  /** Dragged or clicked to; `settled` with the last call of a drag. */
  moveTo(fraction: number, settled: boolean): void;
  /** The pointer hovers here, `pixels` from the left. */
  hoverAt?(fraction: number, pixels: number): void;
}

/** Makes one. Its name and its keys are its owner's business. */
export function addSlider(parent: Node, name: string, listener: SliderListener): Slider {
  const element = addTo(parent, "div", name, name);
  element.tabIndex = 0;
  setAttributes(element, { role: "slider", "aria-valuemin": "0", "aria-valuemax": "100" });
  const rail = addTo(element, "div", "rail", `${name}-rail`);
  addTo(rail, "div", "done", `${name}-done`);
  addTo(element, "div", "knob", `${name}-knob`);

  let dragging = false;
  let shown = 0;
  // Nothing inside of the element takes the pointer, so the offset is from its own edge, however it is turned or scaled.
  const at = (event: PointerEvent) => {
    const width = element.offsetWidth;
    const fraction = Math.min(1, Math.max(0, width ? event.offsetX / width : 0));
    listener.hoverAt?.(fraction, fraction * width);
    return fraction;
  };
  const paint = (fraction: number) => {
    shown = fraction;
    element.style.setProperty("--at", String(fraction));
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button || dragging) return;
    dragging = true;
    element.classList.add("drag");
    element.setPointerCapture(event.pointerId);
    paint(at(event));
    listener.moveTo(shown, false);
  });
  element.addEventListener("pointermove", (event) => {
    const fraction = at(event);
    if (!dragging) return;
    paint(fraction);
    listener.moveTo(fraction, false);
  });
  element.addEventListener("lostpointercapture", () => {
    dragging = false;
    element.classList.remove("drag");
    listener.moveTo(shown, true);
  });

  return {
    element,
    rail,
    get dragging() {
      return dragging;
    },
    show(fraction, valueText) {
      if (!dragging) paint(Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0);
      setAttributes(element, { "aria-valuenow": String(Math.round(shown * 100)), "aria-valuetext": valueText });
    },
  };
}
