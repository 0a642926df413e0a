/** Browsers offer media keys for nothing that is shorter, in seconds: it is a signal and no media. */
export const SHORTEST = 5;
