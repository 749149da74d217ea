const privateNames = /(^|\.)(localhost|local|internal|lan|home\.arpa)$/;
const privateAddresses =
  /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\.[\d.]+$|^\[(::1|f[cd][0-9a-f]{2}:.*)\]$/;

/**
 * Whether a password may be sent to this host unencrypted: loopback, a private network (RFC 1918, RFC 4193),
 * or a name that only resolves inside one.
 *
 * Part of what `isPrivateHost` in src/upstream/ allows, and not shared with it: the Worker bundles nothing of
 * this room. A host that is missing here is refused at build time; nothing is let through.
 */
export function isOnPrivateNetwork(hostname: string): boolean {
  const isName = !/^[\d.]+$|^\[/.test(hostname);
  return (
    privateAddresses.test(hostname) || (isName && (privateNames.test(hostname) || !hostname.includes(".")))
  );
}
