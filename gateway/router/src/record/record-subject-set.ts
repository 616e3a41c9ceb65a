import { SUBJECT_SETS_PURPOSE } from "@truc/contracts";
import { parse, TypeInfo, visit, visitWithTypeInfo } from "graphql";
import type { Filtered } from "../authorize/filtered.ts";
import type { FetchCounts, MeasuredAnswer } from "../execute/subgraph-clients.ts";
import type { IncomingRequest } from "../incoming-request.ts";
import type { Recording } from "../record.ts";
import type { SubjectSet, SubjectSetsOperation } from "../subjects/subject-sets.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { auditUnavailable, type Digests } from "./digests.ts";

/** One question of the router's own: whose records belong to a person. */
export interface AskedSubjectSet {
  readonly operation: SubjectSetsOperation;
  readonly pin: string;
  /** The caller's request, under whose id it was asked. */
  readonly request: IncomingRequest;
  readonly supergraph: Pick<Supergraph, "access" | "planner">;
  readonly at: Date;
  /** Of the operation's text, as the register was given it. */
  readonly digest: string;
  readonly counts: FetchCounts;
  readonly answer: MeasuredAnswer | Error;
  /** Who was named in the answer; undefined where it was not what it should be. */
  readonly set: SubjectSet | undefined;
}

/**
 * Puts it on record, in the router's own name and beside the record of the caller's request, whose id it has.
 * @throws Refusal AUDIT_UNAVAILABLE
 */
export async function recordSubjectSet(
  { operation, pin, request, supergraph, at, digest, counts, answer, set }: AskedSubjectSet,
  { recording, digests }: { recording: Recording; digests: Digests },
): Promise<void> {
  const { book, contexts, lines } = recording;
  if (book === undefined) return;
  const context = contexts.of(FACTS, fieldsOf(operation.operation, supergraph), NO_REFUSALS);
  const people = new Set([pin, ...(set?.household ?? []), ...(set?.wards ?? [])]);
  const failed = answer instanceof Error;
  const facts = {
    id: request.requestId,
    arrived: at.getTime(),
    context: context.digest,
    person: undefined,
    actor: undefined,
    case: undefined,
    operation: digest,
    variables: digests.ofJson({ citizen: pin }, at.getTime()),
    ...(failed ? FAILED : set === undefined ? PARTIAL : ANSWERED),
    ...counts,
    bytes: failed ? 0 : answer.bytes,
    read: { objects: 1, byType: new Map([[operation.entity, people]]) },
    receipt: undefined,
  };
  try {
    const made = lines.of(facts, digests.keysOf(at.getTime()));
    await book.write({ ...made, context, executed: true });
  } catch (error) {
    throw auditUnavailable(error);
  }
}

const FACTS = {
  system: "router",
  agency: null,
  purpose: SUBJECT_SETS_PURPOSE,
  legalBasis: null,
  grant: null,
  disclosureDelayDays: 0,
  operationName: null,
  decision: "allowed",
} as const;
const ANSWERED = { outcome: "answered", code: undefined } as const;
const PARTIAL = { outcome: "partial", code: "SUBGRAPH_ERROR" } as const;
const FAILED = { outcome: "failed", code: "REGISTER_UNAVAILABLE" } as const;
const NO_REFUSALS = [] as const;

const known = new WeakMap<AskedSubjectSet["supergraph"], Filtered["fields"]>();

/** The coordinates that the operation reads, by data class. */
function fieldsOf(text: string, supergraph: AskedSubjectSet["supergraph"]): Filtered["fields"] {
  let fields = known.get(supergraph);
  if (fields === undefined) {
    const { access, planner } = supergraph;
    const read = {
      PUBLIC: new Set<string>(),
      BASIC: new Set<string>(),
      SENSITIVE: new Set<string>(),
    };
    const types = new TypeInfo(planner.schema);
    const note = (): void => {
      const coordinate = `${types.getParentType()?.name}.${types.getFieldDef()?.name}`;
      const dataClass = access.classes.get(coordinate);
      if (dataClass !== undefined) read[dataClass].add(coordinate);
    };
    visit(parse(text), visitWithTypeInfo(types, { Field: note }));
    const { PUBLIC, BASIC, SENSITIVE } = read;
    fields = { PUBLIC: [...PUBLIC], BASIC: [...BASIC], SENSITIVE: [...SENSITIVE] };
    known.set(supergraph, fields);
  }
  return fields;
}
