/** The rates that the engine plays, besides 0: `PLAYABLE_RATES` of src/protocol.rs, for elements that have no engine yet. */
const SLOWEST = 0.0625;
const FASTEST = 16;

/** The nearest rate that the engine plays. Browsers differ in what they take before an element is attached. */
export function playableRate(rate: number): number {
  return rate === 0 ? 0 : Math.min(Math.max(rate, SLOWEST), FASTEST);
}
