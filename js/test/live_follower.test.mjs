// How an element follows what comes in, in simulated time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { LiveFollower } = await load("live/follow_live");

/**
 * Plays for so many seconds. `deliver(time)` says where the data ends by then, in seconds of the media. Returns how it was at
 * each step of 5 ms: { time, behind, latency, rate, waits, jumped }. `hole`: where nothing comes, as [start, end].
 */
function simulate({ deliver, seconds, startsAt = 0.2, hole }) {
  let now = 1_000;
  let look;
  const real = { now: performance.now, setInterval: globalThis.setInterval, document: globalThis.document };
  performance.now = () => now * 1_000;
  globalThis.setInterval = (callback) => ((look = callback), 0);
  globalThis.document = { hidden: false };
  try {
    let position = 0;
    let jumped = false;
    let end = 0;
    const media = {
      playbackRate: 1, defaultPlaybackRate: 1, paused: false, ended: false, seeking: false,
      get buffered() {
        return { length: end > 0 ? 1 : 0, start: () => (hole && end > hole[1] ? hole[1] : 0), end: () => end };
      },
      get currentTime() {
        return position;
      },
      set currentTime(time) {
        position = time;
        jumped = true;
      },
    };
    const begin = now;
    const follower = new LiveFollower(media);
    const steps = [];
    for (let step = 0; step < seconds * 200; step++) {
      now = begin + step / 200;
      const time = now - begin;
      end = deliver(time);
      jumped = false;
      if (step % 5 === 0) look();
      const last = hole && position <= hole[0] ? Math.min(hole[0], end) : end;
      const waits = time >= startsAt && position >= last;
      if (time >= startsAt) position = Math.max(position, Math.min(last, position + media.playbackRate / 200));
      steps.push({ time, isBeyond: position > end, behind: time - position, latency: follower.latency, rate: media.playbackRate, waits, jumped });
    }
    return steps;
  } finally {
    performance.now = real.now;
    globalThis.setInterval = real.setInterval;
    globalThis.document = real.document;
  }
}

/** What comes every 100 ms, so many seconds late. */
const steadily = (late = 0) => (time) => Math.max(0, Math.floor((time - late) * 10 + 1e-6) / 10);
const from = (steps, time) => steps.filter((step) => step.time >= time);
const most = (steps, what) => steps.reduce((value, step) => Math.max(value, step[what]), -Infinity);

test("what comes steadily is played as near as it can be, without a wait", () => {
  const steps = simulate({ deliver: steadily(), seconds: 12 });
  const later = from(steps, 3);
  assert.ok(most(later, "behind") < 0.26, `${most(later, "behind")}`);
  assert.ok(!later.some(({ waits }) => waits));
  assert.ok(later.every(({ rate }) => rate >= 0.95 && rate <= 1.05));
});

test("an element that began late jumps once, and is near from then on", () => {
  const steps = simulate({ deliver: steadily(), seconds: 6, startsAt: 1.2 });
  assert.equal(steps.filter(({ jumped }) => jumped).length, 1);
  assert.ok(most(from(steps, 2), "behind") < 0.3);
});

test("late arrivals are kept a distance for, and forgotten", () => {
  const late = (time) => (time > 4 && time < 4.4 ? 4 : steadily()(time));
  const steps = simulate({ deliver: late, seconds: 25 });
  const soon = from(steps, 6).filter(({ time }) => time < 13);
  assert.ok(soon.every(({ behind }) => behind > 0.4), "such an arrival would be survived now");
  assert.ok(most(from(steps, 20), "behind") < 0.3, "ten seconds later it is near again");
  assert.ok(!steps.some(({ jumped }) => jumped));
  assert.ok(most(steps, "rate") <= 1.1);
});

test("an original that rests is no late arrival", () => {
  const rests = (time) => (time < 4 ? steadily()(time) : Math.max(4, steadily()(time - 0.4)));
  const steps = simulate({ deliver: rests, seconds: 12 });
  const later = from(steps, 6);
  assert.ok(most(later, "behind") < 0.4 + 0.28, "no further behind than before, by the media's time");
  assert.ok(most(later, "latency") < 0.3, "and by the original's, which did not rest");
});

test("what a recorder lost counts as no latency once that is known", () => {
  const loses = (time) => (time < 2 ? steadily()(time) : Math.max(2, steadily()(time - 0.3)));
  const steps = simulate({ deliver: loses, seconds: 6 });
  assert.ok(most(from(steps, 4), "latency") < 0.3, `${most(from(steps, 4), "latency")}`);
  assert.ok(most(from(steps, 2).filter(({ time }) => time < 2.5), "latency") > 0.35, "at first it may be late");
});

test("what a recorder lost just after its start counts as no latency, and is not waited for", () => {
  const loses = (time) => (time < 0.9 ? Math.min(0.1, steadily()(time)) : steadily()(time - 0.8));
  const steps = simulate({ deliver: loses, seconds: 6 });
  const later = from(steps, 3);
  assert.ok(most(later, "latency") < 0.3, `${most(later, "latency")}`);
  assert.ok(most(later, "behind") < 0.8 + 0.3, `${most(later, "behind")}`);
  assert.ok(later.every(({ behind, latency }) => latency > behind - 0.8 - 0.06), "all but what was lost is latency");
});

test("clocks that drift apart change nothing", () => {
  const drifts = (time) => steadily()(time * 0.9995);
  const steps = simulate({ deliver: drifts, seconds: 300 });
  const later = from(steps, 20);
  assert.ok(most(later, "latency") < 0.3, `${most(later, "latency")}`);
  assert.ok(later.filter(({ waits }) => waits).length < 20);
});

test("a hole is jumped over, although the element stands at it", () => {
  const steps = simulate({ deliver: steadily(), seconds: 8, hole: [4, 4.6] });
  assert.ok(most(from(steps, 5.5), "behind") < 0.3);
});

test("what is late already is not jumped to", () => {
  const stalls = (time) => (time > 1 && time < 2.5 ? 1 : steadily()(time));
  const steps = simulate({ deliver: stalls, seconds: 2.4, startsAt: 1.6 });
  assert.ok(!steps.some(({ isBeyond }) => isBeyond));
});

test("of an original that rests, what is ahead is the latency", () => {
  const rests = (time) => Math.min(4, steadily()(time));
  const steps = simulate({ deliver: rests, seconds: 9 });
  assert.ok(most(from(steps, 4.2).filter(({ time }) => time < 4.9), "latency") > 0.6, "at first it may be late");
  assert.ok(most(from(steps, 5.2), "latency") < 0.1, `${most(from(steps, 5.2), "latency")}`);
});

test("pieces of two seconds are counted as they grow, too", () => {
  const steps = simulate({ deliver: (time) => 2 * Math.floor(time / 2 + 1e-6), seconds: 20, startsAt: 2.2 });
  assert.ok(from(steps, 8).every(({ behind, latency }) => Math.abs(behind - latency) < 0.06));
});

test("while nothing comes, nothing is jumped to", () => {
  const stalls = (time) => (time > 4 && time < 8 ? 4 : steadily()(time));
  const steps = simulate({ deliver: stalls, seconds: 7.9 });
  assert.ok(!steps.some(({ jumped }) => jumped));
  const caught = simulate({ deliver: stalls, seconds: 25 });
  assert.ok(most(from(caught, 22), "behind") < 0.3, "and afterwards it comes near again");
});
