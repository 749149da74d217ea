/** workerd has this; Node has it from 25 on. For tests in Node that run what is written for workerd. */
if (!("toHex" in Uint8Array.prototype)) {
  Object.defineProperty(Uint8Array.prototype, "toHex", {
    value(this: Uint8Array): string {
      return Buffer.from(this).toString("hex");
    },
  });
}
