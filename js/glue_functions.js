// Functions that take the places of those of the same name in wasm-bindgen's glue (see small_module.mjs), which are also for what is
// not here: memory that is shared, texts of gigabytes, closures that Rust drops, modules as bytes. `wasm` are the module's
// exports. Views on its memory are made anew each time: that costs what taking a part of another view does.

function getArrayF32FromWasm0(ptr, len) {
    return new Float32Array(wasm.memory.buffer, ptr >>> 0, len);
}

function getArrayF64FromWasm0(ptr, len) {
    return new Float64Array(wasm.memory.buffer, ptr >>> 0, len);
}

function getArrayU32FromWasm0(ptr, len) {
    return new Uint32Array(wasm.memory.buffer, ptr >>> 0, len);
}

function getArrayU8FromWasm0(ptr, len) {
    return new Uint8Array(wasm.memory.buffer, ptr >>> 0, len);
}

function getDataViewMemory0() {
    return new DataView(wasm.memory.buffer);
}

function getStringFromWasm0(ptr, len) {
    return cachedTextDecoder.decode(getArrayU8FromWasm0(ptr, len));
}

function passArray8ToWasm0(arg) {
    const ptr = wasm.__wbindgen_malloc((WASM_VECTOR_LEN = arg.length), 1);
    getArrayU8FromWasm0(ptr, WASM_VECTOR_LEN).set(arg);
    return ptr;
}

function passArrayF64ToWasm0(arg) {
    const ptr = wasm.__wbindgen_malloc((WASM_VECTOR_LEN = arg.length) * 8, 8);
    getArrayF64FromWasm0(ptr, WASM_VECTOR_LEN).set(arg);
    return ptr;
}

function passStringToWasm0(arg) {
    return passArray8ToWasm0(cachedTextEncoder.encode(arg));
}

function makeClosure(a, b, f) {
    const real = (...args) => f(a, b, ...args);
    CLOSURE_DTORS.register(real, { a, b });
    return real;
}

function initSync({ module }) {
    if (wasm === undefined) {
        wasm = new WebAssembly.Instance(module, __wbg_get_imports()).exports;
        wasm.__wbindgen_start();
    }
}

/** What a call gave, or what it threw: the last but one of its results, if the last says so. */
function checked(results) {
    const [error, isError] = results.slice(-2);
    if (isError) {
        throw takeFromExternrefTable0(error);
    }
    return results;
}

function takenText([ptr, len]) {
    const text = getStringFromWasm0(ptr, len);
    wasm.__wbindgen_free(ptr, len, 1);
    return text;
}

/** The names of its values, from 0 on. */
function enumeration(names) {
    return Object.fromEntries(names.split(" ").map((name, value) => [name, value]));
}

/** Imports of these names that are never called. */
function doingNothing(names) {
    return Object.fromEntries(names.split(" ").map((name) => [name, () => {}]));
}
