import { expect, test } from "vitest";
import { contentDigest, sha256 } from "./content-digest.ts";

/** The content of RFC 9530's examples, which ends with a line feed. */
const HELLO = '{"hello": "world"}\n';

test("RFC 9530, appendix B.1: the digest of a JSON object", () => {
  expect(contentDigest(sha256(HELLO))).toBe(
    "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
  );
  expect(contentDigest(sha256(Buffer.from(HELLO)))).toBe(contentDigest(sha256(HELLO)));
});

test("RFC 9530, appendix B.2: the digest of no content", () => {
  expect(contentDigest(sha256(""))).toBe("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
});

test("a text is digested as it is sent: as UTF-8", () => {
  // printf 'Trục' | openssl dgst -sha256 -binary | base64
  expect(contentDigest(sha256("Trục"))).toBe(
    "sha-256=:TGrZI1Y16VrHa26spV9DD8WeuMY2nri22rUWxQaSXko=:",
  );
});
