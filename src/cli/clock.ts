/** Milliseconds since some moment. `performance.now()` is the same and costs a millisecond to load. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
