import { recordToSourceBuffer } from "mse-polyfill/live";
import { join, serve } from "./channel.js";
import { listMicrophones, openMicrophone, reasonFor, watchLevel } from "./microphone.js";
import { call as callThrough, connect, watchPeer } from "./peers.js";
import { beOtherTab } from "./tab.js";
import { hear, openLine, say as tellTabs, self } from "./tabs.js";

const $ = (id) => document.getElementById(id);
const TITLE = document.title;
const seconds = (value) => `${value.toFixed(value < 10 ? 2 : 1)} s`;

// ---- Record ------------------------------------------------------------------------------------------------------------

let call; // the one of the last panel
let playback; // what recordToSourceBuffer gave
let wasAsked = false; // to stop: a recorder also stops by itself, when its microphone is gone
let endWatching = () => {};
const isRunning = () => ["recording", "paused"].includes($("recorder").dataset.state);
const refreshDevices = navigator.mediaDevices && (await listMicrophones($("device")));

/** Shows a state: "idle", "asking", "recording", "paused", "stopped" or "failed". */
function show(state, words) {
  $("recorder").dataset.state = state;
  $("status").textContent = words;
  $("record").disabled = isRunning() || state === "asking";
  $("pause").disabled = $("stop").disabled = $("join").disabled = !isRunning();
  $("pause").textContent = state === "paused" ? "Resume" : "Pause";
  $("relay").disabled = !isRunning() || call !== undefined;
  tellTabs({ isRecording: isRunning() });
  showTitle();
}

/** All that a hidden tab shows of itself. */
function showTitle() {
  const mark = { recording: "●", paused: "❚❚" }[$("recorder").dataset.state];
  document.title = mark ? `${mark} ${seconds(playback.recording.duration)}, live audio` : TITLE;
}

let hiddenAt = 0;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiddenAt = performance.now();
  else if ($("recorder").dataset.state === "recording") {
    const away = seconds((performance.now() - hiddenAt) / 1000);
    $("status").textContent = `Recording, and went on while the tab was hidden for ${away}.`;
  }
});

async function record() {
  show("asking", "Waiting for the microphone…");
  let stream;
  try {
    if (!navigator.mediaDevices) throw new Error("this page needs https or localhost");
    stream = await openMicrophone($("device").value, $("clean").checked);
    playback?.close();
    playback = await recordToSourceBuffer(stream, $("live"));
    $("download").hidden = true;
  } catch (error) {
    stream?.getTracks().forEach((track) => track.stop());
    show("failed", reasonFor(error));
    return;
  } finally {
    void refreshDevices?.(); // Names are told once the microphone was allowed, and one may be gone.
  }
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
  showTitle();
  $("recorded").textContent = seconds(recording.duration);
  $("latency").textContent = recording.state === "recording" ? `${Math.round(playback.latency * 1000)} ms` : "–";
  $("type").textContent = recording.mimeType;
  $("buffered").textContent = buffered.length
    ? Array.from(buffered, (_, n) => `${buffered.start(n).toFixed(1)}–${buffered.end(n).toFixed(1)}`).join(", ")
    : "–";
}, 100);

// ---- Data channel ------------------------------------------------------------------------------------------------------

const AT_THE_LISTENER = {
  interrupted: "Nothing comes from the sender. Looking for another way…",
  gone: "The sender is gone. What came can be played.",
  ended: "The recording has ended.",
};

let count = 0;
$("join").addEventListener("click", () => {
  const item = $("listener").content.cloneNode(true).firstElementChild;
  item.querySelector("strong").textContent = `Listener ${++count}`;
  $("listeners").append(item);
  let listener;
  const leave = () => {
    listener?.close();
    listener = undefined;
    item.querySelector("audio").removeAttribute("src");
    item.querySelector("audio").load();
  };
  const [cut, again, remove] = item.querySelectorAll("button");
  cut.addEventListener("click", () => listener.peers.near.close());
  again.addEventListener("click", () => {
    leave();
    void begin();
  });
  remove.addEventListener("click", () => {
    leave();
    item.remove();
  });
  void begin();

  async function begin() {
    const audio = item.querySelector("audio");
    let watching;
    const say = (state, words) => {
      clearInterval(watching);
      item.dataset.state = state;
      item.querySelector("[role=status]").textContent = words;
      cut.disabled = state !== "playing";
      again.disabled = ["joining", "playing"].includes(state) || !isRunning();
    };
    const play = () => {
      say("playing", "");
      watching = setInterval(() => {
        const behind = `${Math.round(listener.follower.latency * 1000)} ms behind what came`;
        item.querySelector("[role=status]").textContent = audio.buffered.length ? behind : "Nothing has come yet.";
      }, 200);
    };
    say("joining", "Joins…");
    try {
      listener = await join(playback.recording, audio, (state) => {
        if (state === "connected") play();
        else if (state in AT_THE_LISTENER) say(state, AT_THE_LISTENER[state]);
        else say("failed", reasonFor(state));
      });
      play();
      void audio.play().catch(() => say("playing", "Press play to hear it."));
    } catch (error) {
      say("failed", reasonFor(error));
    }
  }
});

// ---- Call --------------------------------------------------------------------------------------------------------------

const ON_THE_PHONE = {
  interrupted: "Nothing comes from the other side. Looking for another way…",
  connected: "Connected: the far end plays below.",
  elsewhere: "Connected: the far end plays in the other tab.",
};

async function dial(open) {
  $("dial").disabled = $("relay").disabled = true;
  showCall("connecting", "Connecting…");
  let stream;
  try {
    stream = await open();
    const far = $("far");
    const tab = $("to").value;
    const prepare = (near, other) => {
      for (const track of stream.getTracks()) {
        near.addTrack(track, stream);
        track.addEventListener("ended", () => call?.stream === stream && hangUp("gone", "What was sent has ended."));
      }
      other?.addEventListener("track", ({ streams }) => {
        far.srcObject = streams[0];
        void far.play().catch(() => {});
      });
      // Its end tells that a side is gone. A channel that nobody holds is closed.
      other?.addEventListener("datachannel", ({ channel }) => (other.presence = channel));
      watchPeer(near, near.createDataChannel("presence"), (state) => {
        if (call?.peers.near !== near) return;
        if (state === "gone") hangUp("gone", "The other side is gone. Call again when you like.");
        else showCall(state, ON_THE_PHONE[tab && state === "connected" ? "elsewhere" : state]);
      });
    };
    const [line, name] = tab ? openLine() : [];
    if (tab) tellTabs({ call: name, to: tab });
    const peers = await (tab ? callThrough(line, prepare) : connect(prepare));
    call = { peers, stream, end: tab ? () => {} : watchLevel(far.srcObject, $("far-level")) };
    showCall("connected", tab ? ON_THE_PHONE.elsewhere : ON_THE_PHONE.connected);
  } catch (error) {
    stream?.getTracks().forEach((track) => track.stop());
    hangUp("failed", reasonFor(error));
  }
}

function hangUp(state, words) {
  const ended = call;
  call = undefined;
  ended?.end();
  ended?.peers.close();
  ended?.stream.getTracks().forEach((track) => track.stop());
  $("far").srcObject = null;
  showCall(state, words);
}

function showCall(state, words) {
  $("call").dataset.state = state;
  $("call-status").textContent = words;
  const isOn = ["connecting", "connected", "interrupted"].includes(state);
  $("dial").disabled = isOn;
  $("relay").disabled = isOn || !isRunning();
  $("hangup").disabled = !call;
  $("lose").disabled = !call?.peers.far;
}

$("dial").addEventListener("click", () => dial(() => openMicrophone($("device").value, $("clean").checked)));
$("relay").addEventListener("click", () => dial(async () => ($("live").captureStream ?? $("live").mozCaptureStream).call($("live"))));
$("hangup").addEventListener("click", () => hangUp("idle", "No call."));
$("lose").addEventListener("click", () => call.peers.far.close());

// ---- Other tabs --------------------------------------------------------------------------------------------------------

if (location.hash === "#tab") beOtherTab();
else {
  hear((words) => {
    if ("isListening" in words) {
      const options = [...$("to").options];
      const known = options.find(({ value }) => value === words.from);
      if (words.isListening && !known) $("to").append(new Option("the other tab", words.from));
      if (!words.isListening) known?.remove();
      tellTabs({ isRecording: isRunning() });
    }
    if (words.join && words.to === self && isRunning()) void serve(playback.recording, new BroadcastChannel(words.join)).catch(() => {});
  });
  addEventListener("pagehide", () => tellTabs({ isRecording: false }));
  tellTabs({ asks: true });
}

// For tests, and for whoever tries things in the console.
globalThis.app = { get playback() { return playback; }, get call() { return call; } };
