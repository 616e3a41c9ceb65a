export { type DpopProof, signDpopProof } from "./dpop-proof.ts";
export { monthsAfter, PlatformDefinition, checkPlatform } from "./platform-definition.ts";
export { DIRECT_PATH, type OperatorOrder, signOperatorOrder } from "./private/operator-order.ts";
export { registerPlatform } from "./register-platform.ts";
export { registry, registrySubgraph } from "./registry/subgraph.ts";
export {
  type IssuedToken,
  requestToken,
  TokenRefused,
  type TokenRequest,
} from "./request-token.ts";
export { service } from "./server.ts";
export type { AuthoritySettings } from "./settings.ts";
export { rotateSigningKeys } from "./signing-keys.ts";
export { makeSystemKey, PublicSystemKey } from "./system-key.ts";
