// Node's Buffer for libraries that take it for granted: imported before them.

import { Buffer } from "buffer/";

globalThis.Buffer ??= Buffer;
