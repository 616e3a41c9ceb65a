/** Signature algorithms of proofs of possession (RFC 9449): of the kinds of keys they use none is weak. */
export const PROOF_ALGORITHMS = ["ES256", "EdDSA"] as const;

const DPOP = `DPoP algs="${PROOF_ALGORITHMS.join(" ")}"`;

/** How a token is shown in the Authorization header. */
export type Scheme = "Bearer" | "DPoP";

/** What is answered to whom shows no token: both ways to show one (RFC 6750, section 3; RFC 9449, section 7.1). */
export const TOKEN_WANTED = { "www-authenticate": `Bearer, ${DPOP}` } as const;

/** The header that says what was wrong with a token or its proof, in the words of RFC 6750 and RFC 9449. */
export function challenge(
  scheme: Scheme,
  error: "invalid_token" | "invalid_dpop_proof",
  description?: string,
): { "www-authenticate": string } {
  const facts = [
    `error="${error}"`,
    ...(description === undefined ? [] : [`error_description="${description}"`]),
  ];
  return {
    "www-authenticate":
      scheme === "DPoP" ? `${DPOP}, ${facts.join(", ")}` : `Bearer ${facts.join(", ")}`,
  };
}
