"use client";

// Imported where the server renders, too: that must not fail.
import { useEffect } from "react";
import { play } from "../../src/play.js";

export default function Page() {
  useEffect(play, []);
  return <h1>An application of Next.js</h1>;
}
