/**
 * What Web IDL asks of every interface and JavaScript classes do not give by themselves.
 */

type EventHandler = ((this: EventTarget, event: Event) => unknown) | null;

/** One event handler attribute's state on one object. */
interface HandlerState {
  value: EventHandler;
  listener: ((event: Event) => void) | undefined;
}

const handlers = new WeakMap<object, Map<string, HandlerState>>();

/** HTML, event handlers: the handler listens in the place where it was first set, whatever it is replaced by. */
function handlerAttribute(type: string, brandCheck: (object: object) => unknown): PropertyDescriptor {
  function stateOf(target: object): HandlerState {
    let all = handlers.get(target);
    if (!all) {
      handlers.set(target, (all = new Map()));
    }
    let state = all.get(type);
    if (!state) {
      all.set(type, (state = { value: null, listener: undefined }));
    }
    return state;
  }
  // Of a literal, the accessors get the names that Web IDL gives them: "get onerror".
  const attribute = {
    get [`on${type}`](): EventHandler {
      brandCheck(this);
      return stateOf(this).value;
    },
    set [`on${type}`](value: unknown) {
      brandCheck(this);
      const target = this as unknown as EventTarget;
      const state = stateOf(target);
      const isObject = typeof value === "function" || (typeof value === "object" && value !== null);
      state.value = isObject ? (value as EventHandler) : null;
      if (state.value && !state.listener) {
        state.listener = (event) => {
          if (typeof state.value === "function" && state.value.call(target, event) === false) {
            event.preventDefault();
          }
        };
        target.addEventListener(type, state.listener);
      } else if (!state.value && state.listener) {
        target.removeEventListener(type, state.listener);
        state.listener = undefined;
      }
    },
  };
  return Object.getOwnPropertyDescriptor(attribute, `on${type}`)!;
}

/** Makes all members enumerable but those that `hidden` names. */
function showMembers(holder: object, hidden: string[]): void {
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
    if (!hidden.includes(key)) {
      Object.defineProperty(holder, key, { ...descriptor, enumerable: true });
    }
  }
}

/**
 * Makes a class an interface: enumerable members on the prototype, a class string, `on…` attributes for the events
 * named. `brandCheck` throws TypeError for objects that are none of the interface.
 */
export function describeInterface(
  constructor: abstract new (...args: never[]) => object,
  name: string,
  eventTypes: string[],
  brandCheck: (object: object) => unknown,
): void {
  const prototype = constructor.prototype as object;
  showMembers(prototype, ["constructor"]);
  showMembers(constructor, ["prototype", "length", "name"]);
  for (const type of eventTypes) {
    Object.defineProperty(prototype, `on${type}`, handlerAttribute(type, brandCheck));
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  // Minifiers rename classes; pages print and compare names.
  Object.defineProperty(constructor, "name", { value: name, configurable: true });
}

/** Makes an interface with indices one that can be iterated over. */
export function describeIteration(constructor: { prototype: object }): void {
  Object.defineProperty(constructor.prototype, Symbol.iterator, {
    value: Array.prototype.values,
    configurable: true,
    writable: true,
  });
}

/** Gives a list the indices of what it holds: own, enumerable, read-only properties, as of any platform object. */
export function setIndexedProperties(list: object, values: readonly unknown[]): void {
  values.forEach((value, index) => {
    Object.defineProperty(list, index, { value, enumerable: true, configurable: true, writable: false });
  });
  for (let index = values.length; Object.hasOwn(list, index); index++) {
    delete (list as Record<number, unknown>)[index];
  }
}

/** The state that belongs to an object of an interface, or TypeError: the brand check of every member. */
export class InternalSlots<Owner extends object, State> {
  readonly #states = new WeakMap<object, State>();

  set(owner: Owner, state: State): void {
    this.#states.set(owner, state);
  }

  /** Throws TypeError when `owner` is not of the interface. */
  readonly of = (owner: object): State => {
    const state = this.#states.get(owner);
    if (state === undefined) {
      throw new TypeError("Illegal invocation");
    }
    return state;
  };

  delete(owner: Owner): void {
    this.#states.delete(owner);
  }

  has(owner: unknown): owner is Owner {
    return typeof owner === "object" && owner !== null && this.#states.has(owner);
  }
}

/** TypeError when fewer arguments came than the operation needs. */
export function requireArguments(given: number, needed: number, operation: string): void {
  if (given < needed) {
    const s = needed === 1 ? "" : "s";
    throw new TypeError(`${operation}: ${needed} argument${s} required, but only ${given} present.`);
  }
}

/** Web IDL `DOMString` and enumerations. TypeError for symbols, which `String()` would take. */
export function toDOMString(value: unknown): string {
  return `${value as string}`;
}

/** Web IDL `unrestricted double`. TypeError for symbols and BigInts, which `Number()` would take. */
export function toUnrestrictedDouble(value: unknown): number {
  return +(value as number);
}

/** Web IDL `double`: TypeError for what is no finite number. */
export function toDouble(value: unknown, what: string): number {
  const number = toUnrestrictedDouble(value);
  if (!Number.isFinite(number)) {
    throw new TypeError(`${what}: the value provided is not finite.`);
  }
  return number;
}

/**
 * Web IDL `BufferSource`: a view of the same bytes, without copying; of none where the buffer is detached. TypeError for
 * anything else, for shared memory, and for buffers that can be resized.
 */
export function toBytes(value: unknown, operation: string): Uint8Array {
  const view = ArrayBuffer.isView(value) ? value : undefined;
  const buffer = view ? view.buffer : value;
  let length: number;
  try {
    // Accepts buffers of other realms, which `instanceof` would not.
    length = byteLength.call(buffer) as number;
  } catch {
    throw new TypeError(`${operation}: the value is neither an ArrayBuffer nor a view of one, or its memory is shared.`);
  }
  if ((buffer as { resizable?: boolean }).resizable === true) {
    throw new TypeError(`${operation}: the buffer can be resized.`);
  }
  // A detached buffer is empty, and its views are none that could be read.
  if (length === 0) {
    return new Uint8Array(0);
  }
  return view ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : new Uint8Array(buffer as ArrayBuffer);
}

const byteLength = /* @__PURE__ */ Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")!.get!;
