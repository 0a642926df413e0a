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

/** Makes one. Its keys are its owner's business. */
export function createSlider(name: string, label: string, listener: SliderListener): Slider {
  const element = document.createElement("div");
  element.className = name;
  element.tabIndex = 0;
  const attributes = { role: "slider", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100" };
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  const rail = element.appendChild(document.createElement("div"));
  rail.className = "rail";
  element.appendChild(document.createElement("div")).className = "knob";

  let dragging = false;
  let shown = 0;
  const at = (event: PointerEvent) => {
    const box = element.getBoundingClientRect();
    const pixels = event.clientX - box.left;
    const fraction = Math.min(1, Math.max(0, box.width ? pixels / box.width : 0));
    listener.hoverAt?.(fraction, fraction * element.offsetWidth);
    return fraction;
  };
  const paint = (fraction: number) => {
    shown = fraction;
    element.style.setProperty("--at", String(fraction));
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
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
      element.setAttribute("aria-valuenow", String(Math.round(shown * 100)));
      element.setAttribute("aria-valuetext", valueText);
    },
  };
}
