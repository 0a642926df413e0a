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
  return {
    enumerable: true,
    configurable: true,
    get(this: EventTarget) {
      brandCheck(this);
      return stateOf(this).value;
    },
    set(this: EventTarget, value: unknown) {
      brandCheck(this);
      const state = stateOf(this);
      const isObject = typeof value === "function" || (typeof value === "object" && value !== null);
      state.value = isObject ? (value as EventHandler) : null;
      if (state.value && !state.listener) {
        state.listener = (event) => {
          if (typeof state.value === "function" && state.value.call(this, event) === false) {
            event.preventDefault();
          }
        };
        this.addEventListener(type, state.listener);
      } else if (!state.value && state.listener) {
        this.removeEventListener(type, state.listener);
        state.listener = undefined;
      }
    },
  };
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
  for (const holder of [prototype, constructor]) {
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      if (!["constructor", "prototype", "length", "name"].includes(key)) {
        Object.defineProperty(holder, key, { ...descriptor, enumerable: true });
      }
    }
  }
  for (const type of eventTypes) {
    Object.defineProperty(prototype, `on${type}`, handlerAttribute(type, brandCheck));
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  // Minifiers rename classes; pages print and compare names.
  Object.defineProperty(constructor, "name", { value: name, configurable: true });
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

/** Web IDL `double`: TypeError for what is no finite number. */
export function toDouble(value: unknown, what: string): number {
  const number = Number(value);
  if (!Number.isFinite(number)) {
    throw new TypeError(`${what}: the value provided is not finite.`);
  }
  return number;
}

/** Web IDL `BufferSource`: a view of the same bytes, without copying. TypeError for anything else. */
export function toBytes(value: unknown, operation: string): Uint8Array {
  if (ArrayBuffer.isView(value)) {
    if (typeof SharedArrayBuffer !== "undefined" && value.buffer instanceof SharedArrayBuffer) {
      throw new TypeError(`${operation}: the view must not be of shared memory.`);
    }
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  try {
    // Accepts buffers of other realms, which `instanceof` would not.
    byteLength.call(value);
  } catch {
    throw new TypeError(`${operation}: the value is neither an ArrayBuffer nor a view of one.`);
  }
  return new Uint8Array(value as ArrayBuffer);
}

const byteLength = /* @__PURE__ */ Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")!.get!;
