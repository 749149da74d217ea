import { describe, expect, test } from "vitest";
import { readMirrorAddress } from "../../operate/mirror-address.ts";
import { UsageError } from "../../operate/usage-error.ts";

describe("the address of the mirror that the operator's command speaks to", () => {
  test.each([
    "https://charts.example.com",
    "https://charts.example.com:8443/",
    "HTTPS://charts.example.com",
    "http://127.0.0.1:8790",
    "http://127.1.2.3",
    "http://localhost:8790/",
    "http://[::1]:8790",
  ])("%s is one", (text) => {
    expect(readMirrorAddress(text).origin).toBe(new URL(text).origin);
  });

  test.each([
    ["http://charts.example.com", /anybody on the way could read the token/],
    ["http://127.0.0.1.example.com", /anybody on the way could read the token/],
    ["http://localhost.example.com", /anybody on the way could read the token/],
    ["http://0.0.0.0:8790", /anybody on the way could read the token/],
    ["http://192.168.1.1", /anybody on the way could read the token/],
    ["charts.example.com", /not an https:\/\/ or http:\/\/ address/],
    ["ftp://charts.example.com", /not an https:\/\/ or http:\/\/ address/],
    ["", /not an https:\/\/ or http:\/\/ address/],
    ["https://charts.example.com/podinfo", /write the mirror's own address: https:\/\/charts\.example\.com/],
    ["https://me:secret@charts.example.com", /more than a host/],
    ["https://charts.example.com/?token=x", /more than a host/],
  ])("%s is none, and no token is sent there", (text, why) => {
    expect(() => readMirrorAddress(text)).toThrow(UsageError);
    expect(() => readMirrorAddress(text)).toThrow(why);
  });
});
