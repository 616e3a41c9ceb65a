import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  getArgumentValues,
  isNonNullType,
} from "graphql";
import type { OperationContext } from "../operation-context.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import { type FieldFacts, FieldInfo } from "./field-info.ts";
import { isPromise } from "./is-promise.ts";
import { Late, Pending, type Text, Unfinished } from "./pending.ts";
import { Place } from "./place.ts";
import type { Arguments, Run } from "./run.ts";
import { holdsObjects, valueWriter, type WriteValue } from "./write-value.ts";

const NO_ARGUMENTS: Arguments = Object.freeze({});

/** Writes the selected fields of an object of one type, in the order of the selection. */
export class ObjectWriter {
  /** What stands before each field: the brace or comma, and its name. */
  readonly #before: readonly string[];
  readonly #fields: readonly AnyFieldWriter[];

  constructor(fields: readonly AnyFieldWriter[]) {
    this.#fields = fields;
    this.#before = fields.map(
      ({ responseName }, index) => `${index === 0 ? "{" : ","}${JSON.stringify(responseName)}:`,
    );
  }

  /** @throws GraphQLError, with its place, where null would stand in a field that holds none */
  write(run: Run, source: unknown, place: Place | undefined): Text {
    const fields = this.#fields;
    let text = "";
    let parts: (string | Pending)[] | undefined;
    for (let index = 0; index < fields.length; index++) {
      text += this.#before[index]!;
      const written = fields[index]!.write(run, source, place);
      if (written instanceof Pending) {
        (parts ??= []).push(text, written);
        text = "";
      } else text += written ?? "null";
    }
    text += fields.length === 0 ? "{}" : "}";
    if (parts === undefined) return text;
    parts.push(text);
    return new Unfinished(place, parts);
  }
}

/** Resolves one field of objects of one type and writes its value. */
export class FieldWriter {
  readonly responseName: string;
  readonly #facts: FieldFacts;
  readonly #number: number;
  readonly #field: GraphQLField<unknown, OperationContext>;
  readonly #resolve: GraphQLFieldResolver<unknown, OperationContext> | undefined;
  readonly #write: WriteValue;
  readonly #nullable: boolean;
  /** Whether what is below the field is told its place. */
  readonly #placed: boolean;

  constructor(
    operation: CompiledOperation,
    facts: FieldFacts,
    field: GraphQLField<unknown, OperationContext>,
  ) {
    this.#facts = facts;
    this.responseName = facts.responseName;
    this.#field = field;
    this.#number = operation.nextNumber();
    const { resolve } = field;
    this.#resolve = resolve === defaultFieldResolver ? undefined : resolve;
    this.#write = valueWriter(operation, facts, field.type);
    this.#nullable = !isNonNullType(field.type);
    this.#placed = this.#resolve !== undefined || holdsObjects(field.type);
  }

  /** @throws GraphQLError, with its place, where the field failed and holds no null */
  write(run: Run, source: unknown, parent: Place | undefined): Text {
    const place = this.#placed ? this.#placeBelow(parent) : undefined;
    try {
      const value = this.#valueOf(run, source, place, parent);
      const text = isPromise(value)
        ? new Late(run, place ?? this.#placeBelow(parent), this.#facts, value, this.#write)
        : this.#write(run, value, place!); // what needs no place does not look at it
      if (text instanceof Pending) text.nullable = this.#nullable;
      return text;
    } catch (raw) {
      return run.failed(raw, this.#facts, place ?? this.#placeBelow(parent), this.#nullable);
    }
  }

  #valueOf(
    run: Run,
    source: unknown,
    place: Place | undefined,
    parent: Place | undefined,
  ): unknown {
    const resolve = this.#resolve;
    if (resolve !== undefined) {
      const info = new FieldInfo(this.#facts, run, place!);
      return resolve(source, this.#argumentsIn(run), run.context, info);
    }
    if ((typeof source !== "object" && typeof source !== "function") || source === null)
      return undefined;
    const value = (source as Record<string, unknown>)[this.#facts.fieldName];
    if (typeof value !== "function") return value;
    const info = new FieldInfo(this.#facts, run, place ?? this.#placeBelow(parent));
    return defaultFieldResolver(source, this.#argumentsIn(run), run.context, info);
  }

  #argumentsIn(run: Run): Arguments {
    if (this.#field.args.length === 0) return NO_ARGUMENTS;
    const known = run.args[this.#number];
    if (known !== undefined) return known;
    const args = getArgumentValues(
      this.#field as GraphQLField<unknown, unknown>,
      this.#facts.fieldNodes[0]!,
      run.variables,
    );
    return (run.args[this.#number] = Object.freeze(args));
  }

  #placeBelow(parent: Place | undefined): Place {
    return new Place(parent, this.responseName, this.#facts.parentType.name);
  }
}

/** A field that says what type its object is of. */
export class TypeNameWriter {
  readonly responseName: string;
  readonly #text: string;

  constructor(responseName: string, type: GraphQLObjectType) {
    this.responseName = responseName;
    this.#text = JSON.stringify(type.name);
  }

  write(): string {
    return this.#text;
  }
}

export type AnyFieldWriter = FieldWriter | TypeNameWriter;
