import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

test("a source is found by its URL, whatever the fragment, until that is revoked", async () => {
  const { anyUrl, forgetUrl, registerUrl, sourceAt } = await load("object_urls.ts");
  const source = {};
  const url = "blob:http://localhost/0a1b";
  assert.equal(anyUrl(), false);
  registerUrl(url, source);
  assert.equal(anyUrl(), true);
  const table = [
    [url, url],
    [`${url}#t=1`, `${url}#t=1`],
    [` \n${url}\t`, url],
    [url.replace("blob", "BLOB"), url],
    [`${url}0`, undefined],
    [`${url}?`, undefined],
    ["http://localhost/0a1b", undefined],
    ["0a1b", undefined],
    ["", undefined],
    [null, undefined],
  ];
  for (const [text, found] of table) {
    assert.deepEqual(sourceAt(text), found === undefined ? undefined : { source, url: found }, text);
  }
  forgetUrl(`${url}#t=1`);
  assert.ok(sourceAt(url));
  forgetUrl(url);
  assert.equal(sourceAt(url), undefined);
});

test("a list of the browser's is ours and back, the same object all along", async () => {
  const { adoptSourceBufferList, isSourceBufferList, releaseSourceBufferList, setBuffersIn, SourceBufferList } =
    await load("source_buffer_list.ts");
  class NativeList extends EventTarget {
    get length() {
      return isSourceBufferList(this) ? ourLength.call(this) : 0;
    }
  }
  const ourLength = Object.getOwnPropertyDescriptor(SourceBufferList.prototype, "length").get;
  const list = new NativeList();
  adoptSourceBufferList(list);
  const [a, b] = [{}, {}];
  setBuffersIn(list, [a, b]);
  assert.deepEqual([list.length, list[0] === a, list[1] === b, list instanceof NativeList], [2, true, true, true]);
  assert.deepEqual(Array.from(list), [a, b]);
  assert.deepEqual(Object.keys(list), [], "indices that a native list would refuse");
  setBuffersIn(list, [b]);
  assert.deepEqual([list.length, list[0] === b, 1 in list], [1, true, false]);
  releaseSourceBufferList(list);
  assert.equal(Object.getPrototypeOf(list), NativeList.prototype);
  assert.deepEqual([list.length, 0 in list, isSourceBufferList(list)], [0, false, false]);
});
