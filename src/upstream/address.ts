/** Which addresses the mirror may be sent to by a source or by what the source's documents say. */
export interface AddressPolicy {
  /** Only where the source itself is plain http. */
  allowHttp: boolean;
  /** Only where the source itself is on a private address (a mirror inside a company, a test). */
  allowPrivate: boolean;
}

/** The operator chose the source's address, so what it links to may be of the same kind, and no worse. */
export function addressPolicyOf(sourceUrl: string): AddressPolicy {
  const url = new URL(sourceUrl);
  return { allowHttp: url.protocol === "http:", allowPrivate: isPrivateHost(url.hostname) };
}

/** `undefined` when the address may be fetched, otherwise why not. */
export function whyNotFetchable(url: URL, policy: AddressPolicy): string | undefined {
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return `the scheme ${url.protocol} cannot be fetched`;
  }
  if (url.protocol === "http:" && !policy.allowHttp) return "http: is allowed only where the source is http:";
  if (url.username !== "" || url.password !== "") return "the address carries credentials";
  if (!policy.allowPrivate && isPrivateHost(url.hostname)) return `${url.hostname} is a private address`;
  return undefined;
}

const privateNames = /^(localhost|.*\.(localhost|local|internal|lan|home\.arpa))$/;

/**
 * Loopback, private (RFC 1918, RFC 4193), link-local (RFC 3927, RFC 4291), shared (RFC 6598), protocol
 * (RFC 6890, where some clouds have their metadata service) and reserved addresses, and names that only
 * resolve inside a network. `URL` has already brought odd spellings of IPv4 (0x7f.1, 2130706433) and IPv6
 * into their canonical form. A public name that resolves to a private address cannot be seen here: Workers
 * have no resolver, and Cloudflare's network does not route there.
 */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.+$/, "");
  if (host.startsWith("[")) return isPrivateIpv6(host.slice(1, -1));
  const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  if (octets) return isPrivateIpv4(Number(octets[1]), Number(octets[2]), Number(octets[3]));
  return privateNames.test(host) || !host.includes(".");
}

function isPrivateIpv4(a: number, b: number, c: number): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 192 && b === 0 && c === 0) ||
    (a === 198 && (b === 18 || b === 19)) ||
    a >= 224
  );
}

function isPrivateIpv6(address: string): boolean {
  const mapped = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped) {
    const high = Number.parseInt(mapped[1] ?? "", 16);
    const low = Number.parseInt(mapped[2] ?? "", 16);
    return isPrivateIpv4(high >> 8, high & 0xff, low >> 8);
  }
  // Only 2000::/3 is global unicast; 2002::/16 (RFC 3056) and 2001::/32 (Teredo, RFC 4380) carry IPv4 addresses of
  // any kind.
  return !/^[23][0-9a-f]{3}:/.test(address) || /^(?:2002:|2001:(?:0?:))/.test(address);
}
