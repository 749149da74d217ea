/** What a URL's path may hold that parsing the URL would leave as it is. */
const plain = /^\/(?!\.)(?:[\w\-.@+~:!$&'()*,;=]|%(?!2e)|\/(?!\.))*$/i;

/**
 * The path of a request's URL, still percent-encoded, without dot segments. To parse a whole URL takes as long as
 * everything else that is done with it, so that is left to those in which parsing could change anything.
 *
 * @param url absolute, as `Request.url` has it
 */
export function pathOf(url: string): string {
  const path = /^[a-z]+:\/\/[^/?#\\]+(\/[^?#]*)/.exec(url)?.[1];
  return path !== undefined && plain.test(path) ? path : new URL(url).pathname;
}
