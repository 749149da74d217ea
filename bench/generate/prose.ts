import { type Random, between, pick } from "./random.ts";

const words =
  "a an the for of to with on in and chart controller cluster gateway metrics exporter operator " +
  "Kubernetes database scheduler storage volume network policy service account monitoring dashboard " +
  "queue worker cache replica backup certificate secret ingress proxy agent collector pipeline registry " +
  "webhook node region tenant release upgrade default optional highly available scalable lightweight " +
  "distributed secure fast simple open source cloud native observability tracing logging alerting";
const vocabulary = words.split(" ");

/** Words with single spaces, about `length` characters. */
export function prose(random: Random, length: number): string {
  let text = pick(random, vocabulary);
  while (text.length < length) text += ` ${pick(random, vocabulary)}`;
  return text;
}

/** Lines of prose, about `length` characters in all. */
export function paragraphs(random: Random, length: number): string {
  let text = "";
  while (text.length < length) text += `- ${prose(random, between(random, 30, 110))}\n`;
  return text;
}
