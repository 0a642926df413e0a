declare module "source:*" {
  const text: string;
  export default text;
}

/** From a page of this language to the same of the first one: where files lie that all languages share. */
declare const UP: string;
