import { recordToSourceBuffer } from "mse-polyfill/live";
import { join } from "./channel.js";
import { listMicrophones, openMicrophone, reasonFor, watchLevel } from "./microphone.js";
import { connect, whenGone } from "./peers.js";

const $ = (id) => document.getElementById(id);
const seconds = (value) => `${value.toFixed(value < 10 ? 2 : 1)} s`;

// ---- Record ------------------------------------------------------------------------------------------------------------

let playback; // what recordToSourceBuffer gave
let wasAsked = false; // to stop: a recorder also stops by itself, when its microphone is gone
let endWatching = () => {};
const refreshDevices = navigator.mediaDevices && (await listMicrophones($("device")));

/** Shows a state: "idle", "asking", "recording", "paused", "stopped" or "failed". */
function show(state, words) {
  $("recorder").dataset.state = state;
  $("status").textContent = words;
  const isRunning = state === "recording" || state === "paused";
  $("record").disabled = isRunning || state === "asking";
  $("pause").disabled = $("stop").disabled = !isRunning;
  $("pause").textContent = state === "paused" ? "Resume" : "Pause";
  $("join").disabled = !isRunning;
  $("relay").disabled = !isRunning;
}

async function record() {
  show("asking", "Waiting for the microphone…");
  $("download").hidden = true;
  let stream;
  try {
    if (!navigator.mediaDevices) throw new Error("this page needs https or localhost");
    stream = await openMicrophone($("device").value, $("clean").checked);
    playback?.close();
    playback = await recordToSourceBuffer(stream, $("live"));
  } catch (error) {
    stream?.getTracks().forEach((track) => track.stop());
    show("failed", reasonFor(error));
    return;
  }
  void refreshDevices?.(); // Names are told once the microphone was allowed.
  endWatching = watchLevel(stream, $("level"), $("waveform"));
  const { recording } = playback;
  // In the click that began all this, so that the browser lets it.
  void $("live").play().catch(() => (($("status").textContent = "Press play below to hear it.")));
  wasAsked = false;
  recording.addEventListener("statechange", () => {
    if (recording.state === "recording") show("recording", "Recording. What you hear comes out of the SourceBuffer.");
    if (recording.state === "paused") show("paused", "Paused. The recording goes on where it stopped.");
  });
  show("recording", "Recording. What you hear comes out of the SourceBuffer.");
  void recording.ended().then(() => {
    stream.getTracks().forEach((each) => each.stop());
    endWatching();
    finish(recording, !wasAsked);
  });
}

async function finish(recording, wasUnplugged) {
  try {
    await playback.complete;
    const words = wasUnplugged ? "The microphone was unplugged. What was recorded until then is kept" : "Done";
    show("stopped", `${words}: ${seconds(recording.duration)}, to be played and sought below.`);
  } catch (error) {
    show("failed", reasonFor(error));
  }
  const blob = recording.blob();
  if (blob.size > 0) {
    const link = $("download");
    URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(blob);
    link.download = `recording.${recording.mimeType.includes("mp4") ? "m4a" : "webm"}`;
    link.hidden = false;
  }
}

$("record").addEventListener("click", record);
$("pause").addEventListener("click", () => {
  const { recording } = playback;
  if (recording.state === "paused") recording.resume();
  else recording.pause();
});
$("stop").addEventListener("click", () => {
  wasAsked = true;
  void playback.recording.stop();
});

setInterval(() => {
  if (!playback) return;
  const { recording } = playback;
  const { buffered } = $("live");
  $("recorded").textContent = seconds(recording.duration);
  $("latency").textContent = recording.state === "recording" ? `${Math.round(playback.latency * 1000)} ms` : "–";
  $("type").textContent = recording.mimeType;
  $("buffered").textContent = buffered.length
    ? Array.from(buffered, (_, n) => `${buffered.start(n).toFixed(1)}–${buffered.end(n).toFixed(1)}`).join(", ")
    : "–";
}, 100);

// ---- Data channel ------------------------------------------------------------------------------------------------------

let count = 0;
$("join").addEventListener("click", async () => {
  const item = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = `Listener ${++count}`;
  const audio = Object.assign(document.createElement("audio"), { controls: true });
  const words = Object.assign(document.createElement("span"), { role: "status", textContent: "Joins…" });
  const leave = Object.assign(document.createElement("button"), { type: "button", textContent: "Leaves" });
  item.append(name, audio, words, leave);
  $("listeners").append(item);
  let watching;
  const end = (why) => {
    clearInterval(watching);
    words.textContent = why;
  };
  try {
    const listener = await join(playback.recording, audio, end);
    void audio.play().catch(() => {});
    watching = setInterval(() => {
      words.textContent = `${Math.round(listener.follower.latency * 1000)} ms behind what came`;
    }, 200);
    leave.addEventListener("click", () => {
      end("");
      listener.close();
      audio.removeAttribute("src");
      audio.load();
      item.remove();
    });
  } catch (error) {
    end(reasonFor(error));
  }
});

// ---- Call --------------------------------------------------------------------------------------------------------------

let call;

async function dial(open) {
  $("dial").disabled = $("relay").disabled = true;
  $("call-status").textContent = "Connecting…";
  try {
    const stream = await open();
    const far = $("far");
    let endLevel = () => {};
    const peers = await connect((near, other) => {
      for (const track of stream.getAudioTracks()) near.addTrack(track, stream);
      other.addEventListener("track", ({ streams }) => {
        far.srcObject = streams[0];
        endLevel = watchLevel(streams[0], $("far-level"));
        void far.play().catch(() => {});
      });
      whenGone(other, () => hangUp("The other side is gone."));
    });
    call = { peers, stream, end: () => endLevel() };
    $("call-status").textContent = "Connected: the far end plays below.";
    $("hangup").disabled = false;
  } catch (error) {
    hangUp(reasonFor(error));
  }
}

function hangUp(words) {
  call?.end();
  call?.peers.close();
  call?.stream.getTracks().forEach((track) => track.stop());
  call = undefined;
  $("far").srcObject = null;
  $("call-status").textContent = words;
  $("dial").disabled = false;
  $("hangup").disabled = true;
  $("relay").disabled = !["recording", "paused"].includes($("recorder").dataset.state);
}

$("dial").addEventListener("click", () => dial(() => openMicrophone($("device").value, $("clean").checked)));
$("relay").addEventListener("click", () => dial(async () => ($("live").captureStream ?? $("live").mozCaptureStream).call($("live"))));
$("hangup").addEventListener("click", () => hangUp("No call."));

// For tests, and for whoever tries things in the console.
globalThis.app = { get playback() { return playback; }, get call() { return call; } };
