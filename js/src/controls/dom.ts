/** Appends a new element. `part` is its name for a page's `::part()`. */
export function addTo<K extends keyof HTMLElementTagNameMap>(
  parent: Node,
  tag: K,
  className: string,
  part = "",
): HTMLElementTagNameMap[K] {
  const element = (parent.ownerDocument as Document).createElement(tag);
  if (className) element.className = className;
  if (part) element.setAttribute("part", part);
  return parent.appendChild(element);
}

/** Appends a new button of this name, class and part, which does something. */
export function addButton(parent: Node, name: string, action: () => void): HTMLButtonElement {
  const button = addTo(parent, "button", name, `button ${name}`);
  button.type = "button";
  button.addEventListener("click", action);
  return button;
}

/** Sets those that are not yet so: what stays the same is not told to screen readers again. */
export function setAttributes(element: Element, attributes: Record<string, string>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
}

/** The name of a button, for ears and for a pointer that rests on it. */
export function nameButton(button: HTMLElement, label: string): void {
  setAttributes(button, { title: label, "aria-label": label });
}

/** For text that changes: what stays the same is not written again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
