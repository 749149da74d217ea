/**
 * The same bucket, in which large uploads go nowhere while `isOn`. The embedded R2 hashes what it stores in the
 * Worker's own process, where the platform's has machines of its own: that is no part of what reading costs.
 */
export function swallowingUploads(bucket: R2Bucket, isOn: () => boolean): R2Bucket {
  return new Proxy(bucket, {
    get(target, name) {
      if (name === "createMultipartUpload" && isOn()) return () => Promise.resolve(nowhere);
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

const nowhere = {
  uploadPart: (partNumber: number) => Promise.resolve({ partNumber, etag: "" }),
  complete: () => Promise.resolve(),
  abort: () => Promise.resolve(),
};
