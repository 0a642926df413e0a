/** Importing this installs the library where the browser has no MediaSource. */
import { install } from "./index.js";

install();
