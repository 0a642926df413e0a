import { appendInARow } from "./join.js";

const $ = (id) => document.getElementById(id);

/** Ours need no codecs in the type. */
const TYPES = { mp4: "video/mp4", m4v: "video/mp4", mov: "video/mp4", webm: "video/webm", mkv: "video/x-matroska", m4a: "audio/mp4", mp3: "audio/mpeg", aac: "audio/aac" };

function typeOf({ name, type }) {
  return TYPES[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? type;
}

async function* read(files) {
  for (const file of files) {
    $("status").textContent = `Reading ${file.name}…`;
    yield { type: typeOf(file), bytes: await file.arrayBuffer() };
  }
}

$("choose").addEventListener("click", () => $("files").click());
$("files").addEventListener("change", () => {
  const files = [...$("files").files].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  if (files.length === 0) return;
  const video = $("video");
  const mediaSource = new MediaSource();
  $("list").replaceChildren();
  video.hidden = false;
  mediaSource.addEventListener("sourceopen", async () => {
    try {
      let index = 0;
      await appendInARow(mediaSource, read(files), (start) => {
        const item = document.createElement("li");
        item.textContent = `${files[index++].name} from ${start.toFixed(3)} s`;
        $("list").append(item);
      });
      $("status").textContent = `${files.length} ${files.length === 1 ? "file" : "files"}, ${video.duration.toFixed(2)} s.`;
    } catch (error) {
      $("status").textContent = `It did not work: ${video.error?.message || error.message}`;
    }
  }, { once: true });
  video.src = URL.createObjectURL(mediaSource);
  void video.play().catch(() => {});
});
