import { expect, test } from "vitest";
import documentation from "../../docs/operations.md?raw";
import { indexOf, withKeeper, type Harness } from "../support/keeper-harness.ts";
import { markdownTable } from "../support/markdown-table.ts";

const columns = ["what", "requests to upstreams", "R2 class A", "R2 class B", "KV writes", "KV reads"];
const costs = new Map(markdownTable(documentation, columns).map((row) => [row["what"], row]));

/** The same store, with every operation on what belongs to a publication written down. */
function counting<T extends object>(store: T, name: string, log: string[]): T {
  return new Proxy(store, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== "function") return member;
      return (keys: string | string[], ...rest: unknown[]): unknown => {
        const isOfPublication = [keys].flat().every((key) => /\/(revisions\/|head$|history$)/.test(key));
        if (isOfPublication) log.push(`${name} ${String(property)}`);
        return Reflect.apply(member, target, [keys, ...rest]);
      };
    },
  });
}

async function publish(harness: Harness, version: string): Promise<void> {
  const { upstream } = harness;
  const digest = await upstream.archive(`alpha-${version}.tgz`, version);
  upstream.put("index.yaml", indexOf([{ chart: "alpha", version, digest }]));
  await harness.settle();
}

test("a publication and a removed revision cost as much as docs/operations.md says", async () => {
  await withKeeper(
    async (harness) => {
      const log: string[] = [];
      const { parts } = harness;
      await publish(harness, "1.0.0");
      parts.bucket = counting(parts.bucket, "r2", log);
      parts.kv = counting(parts.kv, "kv", log);
      const count = (operation: string) => log.filter((line) => line === operation).length;
      harness.wait(700);
      await publish(harness, "1.1.0");
      const publication = costs.get("a publication");
      expect({
        "R2 class A": `${count("r2 put")}, and 1 (status)`,
        "R2 class B": String(count("r2 get") + count("r2 head")),
        "KV writes": String(count("kv put")),
      }).toEqual({
        "R2 class A": publication?.["R2 class A"],
        "R2 class B": publication?.["R2 class B"],
        "KV writes": publication?.["KV writes"],
      });
      log.length = 0;
      harness.wait(90_000);
      await harness.unit();
      expect(`– (${count("kv delete")} deletes)`).toBe(
        costs.get("a superseded revision removed")?.["KV writes"],
      );
    },
    { config: { history: 3600 } },
  );
});
