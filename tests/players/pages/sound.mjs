// What a page sounds like: its tone, by analysers of what flows to the speakers or into the element's stream. All pages of a
// stage play at once, so that nobody can tell them apart by what leaves the browser. Loaded before whoever makes sound.

import { power } from "/analysis.mjs";

/** By name: how many tones each of the sounds is ahead (xtask/src/fixtures/streams.rs). */
const SOUNDS = { first: 0, other: 8 };
/**
 * What is heard may be of so many seconds before the position, or after it: a dozen players at once leave no processor for
 * sound to be in time, which tests/e2e look at.
 */
const LATE = 1;
const EARLY = 0.05;
/** Of the looks, as many must have a tone, and of the tones as many must be right. */
const HEARD = 0.5;
const RIGHT = 0.5;

/** What flows to the speakers of each AudioContext, and into streams of its own. */
const analysers = new Map();
const { connect } = AudioNode.prototype;
AudioNode.prototype.connect = function (to, ...outputs) {
  if (to instanceof AudioDestinationNode || to instanceof MediaStreamAudioDestinationNode) {
    if (!analysers.has(to)) analysers.set(to, new AnalyserNode(to.context, { fftSize: 1024 }));
    connect.call(this, analysers.get(to));
  }
  return connect.call(this, to, ...outputs);
};

/** From now on the element's own sound is heard; ours flows here by itself. */
export async function listen(video) {
  const audio = new AudioContext({ sampleRate: harness.facts.sampleRate });
  audio.createMediaElementSource(video).connect(audio.destination);
  await harness.within(audio.resume(), "a running AudioContext");
}

/** The number of the tone that is heard now, or -1. */
export function toneNow() {
  const { tones, sampleRate } = harness.facts;
  const length = sampleRate / 100;
  const powers = tones.map(() => 0);
  for (const analyser of analysers.values()) {
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    for (const [index, frequency] of tones.entries()) {
      powers[index] += power(samples, samples.length - length, length, frequency, analyser.context.sampleRate);
    }
  }
  const most = Math.max(...powers);
  const sum = powers.reduce((total, one) => total + one, 0);
  return most < 0.0005 || most < 0.6 * sum ? -1 : powers.indexOf(most);
}

/** Whether the tone is this sound's at one of the times, in seconds of the media. */
function fits(name, tone, from, to) {
  const { tones, segmentSeconds } = harness.facts;
  const [first, last] = [from - LATE, to + EARLY].map((seconds) => Math.floor(seconds / segmentSeconds));
  const behind = last + SOUNDS[name] - tone;
  return ((behind % tones.length) + tones.length) % tones.length <= last - first;
}

/** The name of the sound that has this tone then, if one has. */
export const soundOf = (tone, seconds) => Object.keys(SOUNDS).find((name) => fits(name, tone, seconds, seconds));

/** Which sound was heard in looks ({ from, to, tone }) at its times. */
export function soundIn(looks) {
  const tones = looks.filter(({ tone }) => tone >= 0);
  if (!looks.length || tones.length < looks.length * HEARD) return "none";
  const right = (name) => tones.filter(({ from, to, tone }) => fits(name, tone, from, to)).length;
  return Object.keys(SOUNDS).find((name) => right(name) > tones.length * RIGHT) ?? "another";
}
