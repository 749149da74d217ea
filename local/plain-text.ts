/** Longer than any message needs to be; an upstream may send a page of HTML as its error. */
const longest = 400;

/**
 * One line that does nothing but show. What upstreams say is not to be trusted with a terminal: control
 * characters move the cursor, set titles and colours, and (Cf) turn the direction of writing.
 */
export function plainText(text: string): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(/ {2,}/g, " ")
    .trim();
  const letters = Array.from(line);
  return letters.length > longest ? `${letters.slice(0, longest - 1).join("")}…` : line;
}
