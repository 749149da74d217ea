import { describe, expect, test } from "vitest";
import { addressPolicyOf, isPrivateHost, whyNotFetchable } from "../../src/upstream/address.ts";

describe("private hosts", () => {
  test.each([
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "2130706433",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "192.0.0.192",
    "[2002:a00:1::1]",
    "[::ffff:192.168.0.1]",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:10.0.0.1]",
    "[fe80::1]",
    "[fd00::1]",
    "[ff02::1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost..",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[2001::a00:1]",
    "printer.local",
    "metadata.google.internal",
    "intranet",
  ])("%s is private however it is spelled", (host) => {
    expect(isPrivateHost(new URL(`http://${host}/`).hostname)).toBe(true);
  });

  test.each([
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "192.169.0.1",
    "[2606:4700::1111]",
    "[2001:4860:4860::8888]",
    "example.com",
    "local.example.com",
  ])("%s is public", (host) => {
    expect(isPrivateHost(new URL(`http://${host}/`).hostname)).toBe(false);
  });
});

describe("what may be fetched", () => {
  const publicSource = addressPolicyOf("https://charts.example.com");
  const plainSource = addressPolicyOf("http://charts.example.com");
  const privateSource = addressPolicyOf("http://10.0.0.1:8080/charts");

  test.each([
    ["https://github.com/o/r.tgz", publicSource, undefined],
    ["http://github.com/o/r.tgz", publicSource, "http: is allowed only where the source is http:"],
    ["http://github.com/o/r.tgz", plainSource, undefined],
    ["https://127.0.0.1/r.tgz", publicSource, "127.0.0.1 is a private address"],
    ["http://169.254.169.254/latest", plainSource, "169.254.169.254 is a private address"],
    ["http://10.0.0.2/r.tgz", privateSource, undefined],
    ["file:///etc/passwd", privateSource, "the scheme file: cannot be fetched"],
    ["oci://ghcr.io/o/r", publicSource, "the scheme oci: cannot be fetched"],
    ["https://user:secret@example.com/r.tgz", publicSource, "the address carries credentials"],
  ])("%s", (url, policy, expected) => {
    expect(whyNotFetchable(new URL(url), policy)).toBe(expected);
  });
});
