/** Seconds before attempt number `attempts + 1` of something that failed `attempts` times. */
export function backoffSeconds(attempts: number, first: number, longest: number): number {
  return Math.min(longest, first * 2 ** Math.max(0, Math.min(attempts, 30) - 1));
}
