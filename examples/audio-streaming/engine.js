// Which MediaSource plays: ours, or with `?engine=native` the browser's own. Before everything else, as always.
const isNative = new URLSearchParams(location.search).get("engine") === "native";
if (!isNative) MsePolyfill.install({ mode: "force" });
addEventListener("DOMContentLoaded", () => {
  document.getElementById("engine").innerHTML = isNative
    ? 'MediaSource by the browser. <a href="?">By mse-polyfill</a>'
    : 'MediaSource by mse-polyfill. <a href="?engine=native">By the browser</a>';
});
