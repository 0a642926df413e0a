/** Texts in the language of what they stand at. The English ones are the keys of all others. */

/** By language (BCP 47, in lower case), then by the English text. `{0}` and `{1}` stand for what is put in. */
export type Texts = Record<string, Record<string, string>>;

/** Says an English text in its language. */
export interface Say {
  (text: string, ...values: string[]): string;
  readonly language: string;
}

/** `lang` of the closest that has one, out of shadow roots too. */
function langOf(element: Element): string {
  for (let at: Node | null = element; at; at = at.parentNode ?? ((at as Partial<ShadowRoot>).host as Node | undefined) ?? null) {
    const lang = (at as Partial<Element>).getAttribute?.("lang");
    if (lang) return lang;
  }
  return "";
}

/** The language of the element, or else the visitor's, if there are texts in it; English otherwise. `own` come first. */
export function speak(element: Element, texts: Texts, own: Texts = {}): Say {
  const tags = [langOf(element), navigator.language].flatMap((tag) => [tag.toLowerCase(), tag.toLowerCase().split("-", 1)[0] ?? ""]);
  const language = tags.find((tag) => tag === "en" || Object.hasOwn(own, tag) || Object.hasOwn(texts, tag)) ?? "en";
  const say = (text: string, ...values: string[]) => fill(own[language]?.[text] ?? texts[language]?.[text] ?? text, ...values);
  return Object.assign(say, { language });
}

function fill(text: string, ...values: string[]): string {
  return text.replace(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? "");
}

/** Says it in English. */
export const english: Say = /* @__PURE__ */ Object.assign(fill, { language: "en" });

const formats: Record<string, Intl.NumberFormat> = {};

/** `2 minutes`, in the language. */
export function measure(language: string, value: number, unit: string): string {
  const format = (formats[`${language} ${unit}`] ??= new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }));
  return format.format(value);
}
