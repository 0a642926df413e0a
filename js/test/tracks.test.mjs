import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const attributes = (id) => ({ id, kind: "main", label: "", language: "en" });

/** Lists with two audio tracks and a video track; `asked` is what their setters asked the engine for. */
async function filled() {
  const module = await load("media_tracks.ts");
  const asked = [];
  const buffer = {};
  const track = (kind, id) =>
    module.createTrack(kind, attributes(id), buffer, (active) => asked.push(`${id} ${active}`));
  const tracks = [track("audio", "1"), track("audio", "2"), track("video", "3")];
  const lists = module.createTrackLists();
  module.setTracksIn(lists, tracks);
  return { ...module, asked, buffer, tracks, lists };
}

test("track lists hold the tracks of their kind, and lose them", async () => {
  const { lists, tracks, setTracksIn, noteActive } = await filled();
  const { audio, video } = lists;
  assert.deepEqual([audio.length, video.length], [2, 1]);
  assert.deepEqual([...audio], tracks.slice(0, 2));
  assert.equal(video[0], tracks[2]);
  assert.equal(audio.getTrackById("2"), tracks[1]);
  assert.equal(audio.getTrackById("3"), null);
  assert.throws(() => audio.getTrackById(), TypeError);
  assert.equal(video.selectedIndex, -1);
  noteActive(tracks[2], true);
  assert.equal(video.selectedIndex, 0);
  setTracksIn(lists, [tracks[1]]);
  assert.deepEqual([Object.keys(audio), Object.keys(video)], [["0"], []]);
  assert.equal(audio[0], tracks[1]);
});

test("the setters ask the engine, and are plain attributes once the track is gone", async () => {
  const { tracks, asked, buffer, noteActive, releaseTrack } = await filled();
  const [audio, , video] = tracks;
  audio.enabled = 1;
  video.selected = "";
  assert.deepEqual(asked, ["1 true", "3 false"]);
  assert.equal(audio.enabled, false, "the engine decides");
  noteActive(audio, true);
  assert.equal(audio.enabled, true);
  assert.equal(audio.sourceBuffer, buffer);
  releaseTrack(audio);
  assert.deepEqual([audio.sourceBuffer, audio.enabled, audio.language], [null, true, "en"]);
  audio.enabled = false;
  assert.deepEqual([audio.enabled, asked.length], [false, 2]);
});

test("events of tracks that come and go carry them", async () => {
  const { lists, tracks, fireTrackEvent, listFor } = await filled();
  const [audio, , video] = tracks;
  assert.deepEqual([listFor(audio, lists), listFor(video, lists)], [lists.audio, lists.video]);
  const heard = [];
  lists.audio.onaddtrack = (event) => heard.push([event.type, event.track]);
  lists.audio.onchange = (event) => heard.push([event.type, event.track]);
  fireTrackEvent(lists.audio, "addtrack", audio);
  fireTrackEvent(lists.audio, "change", audio);
  assert.deepEqual(heard, [["addtrack", audio], ["change", undefined]]);
});

test("nobody makes tracks, and members check what they are called on", async () => {
  const { AudioTrack, VideoTrack, AudioTrackList, VideoTrackList, tracks, lists } = await filled();
  for (const Interface of [AudioTrack, VideoTrack, AudioTrackList, VideoTrackList]) {
    assert.throws(() => new Interface(), TypeError);
  }
  const get = (Interface, name) => Object.getOwnPropertyDescriptor(Interface.prototype, name).get;
  assert.throws(() => get(AudioTrack, "id").call(tracks[2]), TypeError);
  assert.throws(() => get(VideoTrack, "id").call(tracks[0]), TypeError);
  assert.throws(() => get(AudioTrackList, "length").call(lists.video), TypeError);
  assert.equal(String(tracks[0]), "[object AudioTrack]");
  assert.equal(String(lists.video), "[object VideoTrackList]");
});
