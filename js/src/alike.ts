type Method = (this: HTMLMediaElement, ...args: never[]) => unknown;

/** `made` with the name and length of `model`. */
export function alike(model: object | undefined, made: Method): Method {
  if (model) {
    const { name, length } = Object.getOwnPropertyDescriptors(model) as PropertyDescriptorMap;
    Object.defineProperties(made, { ...(name && { name }), ...(length && { length }) });
  }
  return made;
}
