import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { Logger } from "pino";
import { handOn, type ReadContext } from "../read.ts";
import { answerText } from "../shape/written-data.ts";
import type { Federation } from "../supergraph/federation.ts";
import { toldError } from "./answer-as-http.ts";
import { DOCUMENT_LIMITS } from "./document-limits.ts";

/**
 * Apollo Server with nothing on that reports, traces or renders. It stops only when the router stops it.
 * @param production whether errors must not tell the schema (no "Did you mean")
 */
export async function startApollo(
  federation: Federation,
  { log, production }: { log: Logger; production: boolean },
): Promise<ApolloServer<ReadContext>> {
  const apollo = new ApolloServer<ReadContext>({
    gateway: federation.gateway(handOn),
    logger: log,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: production,
    introspection: true,
    stringifyResult: answerText,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: DOCUMENT_LIMITS.maxTokens },
    // A browser sends an Authorization header across origins only after asking, so its presence rules out forgery.
    csrfPrevention: { requestHeaders: ["authorization"] },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
    formatError: toldError,
  });
  await apollo.start();
  return apollo;
}
