// The other tab: it hears the recording of the first through a data channel, and is called by it.

import { receive } from "./channel.js";
import { reasonFor } from "./microphone.js";
import { answer, watchPeer } from "./peers.js";
import { hear, openLine, say, self } from "./tabs.js";

const $ = (id) => document.getElementById(id);

/** The tabs that record, and the one that is heard. */
const recording = new Set();
let heard;

const AT_THE_LISTENER = {
  connected: "Plays what the other tab records.",
  interrupted: "Nothing comes from the sender. Looking for another way…",
  gone: "The sender is gone. What came can be played.",
  ended: "The recording has ended.",
};

export function beOtherTab() {
  document.body.dataset.role = "tab";
  hear((words) => {
    if ("isRecording" in words) {
      recording[words.isRecording ? "add" : "delete"](words.from);
      if (!heard) showWaiting();
      $("tab-join").disabled = Boolean(heard) || recording.size === 0;
    }
    if (words.asks) say({ isListening: true });
    if (words.call && words.to === self) pickUp(words.call);
  });
  addEventListener("pagehide", () => say({ isListening: false }));
  $("tab-join").addEventListener("click", join);
  $("tab-leave").addEventListener("click", () => {
    over();
    $("tab-audio").removeAttribute("src");
    $("tab-audio").load();
    show("waiting", "");
    showWaiting();
  });
  say({ isListening: true });
  showWaiting();
}

function show(state, words) {
  $("tab").dataset.state = state;
  $("tab-status").textContent = words;
}

function showWaiting() {
  if (["gone", "ended", "failed"].includes($("tab").dataset.state) && recording.size === 0) return;
  show("waiting", recording.size ? "Another tab records. Join it." : "Press Record in the other tab.");
}

function over() {
  heard.follower?.close();
  heard.peers.close();
  heard = undefined;
  $("tab-leave").disabled = true;
  $("tab-join").disabled = recording.size === 0;
}

async function join() {
  const audio = $("tab-audio");
  const [line, name] = openLine();
  $("tab-join").disabled = true;
  $("tab-leave").disabled = false;
  show("joining", "Joins…");
  const mine = (heard = {});
  const tell = (state) => {
    if (heard !== mine) return;
    if (state in AT_THE_LISTENER) show(state, AT_THE_LISTENER[state]);
    else show("failed", reasonFor(state));
    if (state !== "connected" && state !== "interrupted") over();
  };
  mine.peers = answer(line, (far) => {
    far.addEventListener("datachannel", async ({ channel }) => {
      try {
        mine.follower = await receive(far, channel, audio, tell);
        tell("connected");
        await audio.play();
      } catch (error) {
        if (error.name === "NotAllowedError") show("connected", "Press play to hear it.");
        else tell(error);
      }
    });
  });
  say({ join: name, to: [...recording].at(-1) });
}

// ---- Call --------------------------------------------------------------------------------------------------------------

let call;

function pickUp(name) {
  call?.close();
  const answered = (call = answer(new BroadcastChannel(name), (far) => {
    far.addEventListener("track", ({ streams }) => {
      $("tab-far").srcObject = streams[0];
      showCall("connected", "In a call: the other side plays below.");
      void $("tab-far").play().catch(() => showCall("connected", "In a call. Press play to hear it."));
    });
    far.addEventListener("datachannel", ({ channel }) => {
      far.presence = channel; // A channel that nobody holds is closed.
      watchPeer(far, channel, (state) => {
        if (call !== answered) return;
        if (state === "connected") showCall(state, "In a call: the other side plays below.");
        else if (state === "interrupted") showCall(state, "Nothing comes from the other side. Looking for another way…");
        else {
          call = undefined;
          answered.close();
          $("tab-far").srcObject = null;
          showCall("gone", "The call is over.");
        }
      });
    });
  }));
}

function showCall(state, words) {
  $("tab-call").dataset.state = state;
  $("tab-call").textContent = words;
}

// For tests, and for whoever tries things in the console.
globalThis.tab = { get heard() { return heard; }, get call() { return call; } };
