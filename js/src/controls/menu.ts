import { addTo, setAttributes, setText } from "./dom";

/** What a menu offers under one heading. */
export interface Choices {
  heading: string;
  choices: { label: string; chosen: boolean; choose(): void }[];
}

export interface Menu {
  readonly element: HTMLElement;
  readonly isOpen: boolean;
  toggle(): void;
  close(): void;
  /** Shows these choices if it is open. */
  refresh(): void;
  /** The key's business is the menu's. */
  key(key: string): boolean;
}

/** A panel of choices that `button` opens; its name is its owner's business. `offer` says what there is to choose whenever it is looked at. */
export function addMenu(parent: Node, button: HTMLElement, offer: () => Choices[]): Menu {
  const element = addTo(parent, "div", "menu", "menu");
  element.setAttribute("role", "menu");
  element.hidden = true;
  setAttributes(button, { "aria-haspopup": "menu", "aria-expanded": "false" });

  const isOpen = () => !element.hasAttribute("hidden");
  const items = () => [...element.querySelectorAll("button")];
  const focused = () => items().findIndex((item) => item.matches(":focus"));
  const refresh = () => {
    if (!isOpen()) return;
    const at = focused();
    element.replaceChildren();
    for (const { heading, choices } of offer()) {
      const group = addTo(element, "div", "");
      setAttributes(group, { role: "group", "aria-label": heading });
      const title = addTo(group, "b", "");
      setText(title, heading);
      title.setAttribute("aria-hidden", "true");
      for (const { label, chosen, choose } of choices) {
        const item = addTo(group, "button", "item", "item");
        item.type = "button";
        item.tabIndex = -1;
        item.dir = "auto";
        setAttributes(item, { role: "menuitemradio", "aria-checked": String(chosen) });
        setText(item, label);
        item.addEventListener("click", () => {
          choose();
          refresh();
        });
      }
    }
    if (at >= 0) items()[at]?.focus();
  };
  const show = (open: boolean) => {
    const hadFocus = focused() >= 0;
    element.hidden = !open;
    setAttributes(button, { "aria-expanded": String(open) });
    if (!open) {
      if (hadFocus) button.focus();
      return;
    }
    refresh();
    (items().find((item) => item.ariaChecked === "true") ?? items()[0])?.focus();
  };
  return {
    element,
    get isOpen() {
      return isOpen();
    },
    toggle: () => show(!isOpen()),
    close() {
      if (isOpen()) show(false);
    },
    refresh,
    key(key) {
      if (!isOpen()) return false;
      const all = items();
      const to: Record<string, number> = {
        ArrowDown: focused() + 1,
        ArrowRight: focused() + 1,
        ArrowUp: focused() - 1,
        ArrowLeft: focused() - 1,
        Home: 0,
        End: -1,
      };
      const next = to[key];
      if (key === "Escape" || key === "Tab") show(false);
      else if (next !== undefined) all.at(next % all.length)?.focus();
      return key === "Escape" || next !== undefined;
    },
  };
}
