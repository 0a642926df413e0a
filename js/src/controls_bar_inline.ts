/** The control bar inside the one-file script. */
export { mountControls } from "./controls/index";
