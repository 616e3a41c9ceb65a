import { tapeOf, type Tape } from "./tape.ts";

/** Scopes that guard a coordinate: any one of the alternatives, all of its scopes; empty when nothing guards it. */
export type Guard = readonly (readonly string[])[];

export interface ModelField {
  readonly name: string;
  /** GraphQL type text around `named`: `[%]!`, `%` … */
  readonly wrap: Wrap;
  readonly named: string;
  readonly guard: Guard;
  /** Takes an argument `n: Int`. */
  readonly takesN: boolean;
  /** The only subgraph that resolves it; undefined for keys, which all know. */
  readonly home: number | undefined;
  /** A field of the same entity in another subgraph from which its value is computed. */
  readonly requires: string | undefined;
}

export const WRAPS = ["%", "%!", "[%]", "[%!]", "[%]!", "[%!]!"] as const;
export type Wrap = (typeof WRAPS)[number];

export interface ModelObject {
  readonly kind: "entity" | "value" | "root";
  readonly name: string;
  readonly guard: Guard;
  readonly fields: ModelField[];
  readonly interfaces: string[];
  /** Of a value type: the only subgraph that has it. */
  readonly home: number | undefined;
  /** Whose data its objects hold: paths to a key, or `..`; empty when they are nobody's. */
  readonly subjects: string[];
}

export interface ModelAbstract {
  readonly kind: "interface" | "union";
  readonly name: string;
  readonly home: number;
  readonly members: string[];
  /** Of an interface; none carries a rule. */
  readonly fields: ModelField[];
}

/** A federation out of nothing: what each type has, who resolves it, and what guards it. */
export interface Model {
  readonly subgraphs: number;
  readonly objects: ReadonlyMap<string, ModelObject>;
  readonly abstracts: ReadonlyMap<string, ModelAbstract>;
}

export const SCOPES = ["s:a", "s:b", "s:c", "s:d"] as const;
export const OPEN: Guard = [];

/** Both guards at once. */
export function and(left: Guard, right: Guard): Guard {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  return left.flatMap((a) => right.map((b) => [...new Set([...a, ...b])]));
}

export function passes(scopes: ReadonlySet<string>, guard: Guard): boolean {
  return guard.length === 0 || guard.some((way) => way.every((scope) => scopes.has(scope)));
}

/** The federation of a seed; the same for the same seed. */
export function randomModel(seed: number): Model {
  return new Builder(tapeOf(seed, 4_000)).build();
}

class Builder {
  readonly #tape: Tape;
  readonly #objects = new Map<string, ModelObject>();
  readonly #abstracts = new Map<string, ModelAbstract>();
  #subgraphs = 0;

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  build(): Model {
    const tape = this.#tape;
    this.#subgraphs = 2 + tape.below(3);
    for (let i = 0; i < 2 + tape.below(3); i++) this.#addObject("entity", `E${i}`);
    for (let i = 0; i < 1 + tape.below(3); i++) this.#addObject("value", `V${i}`);
    for (let i = 0; i < 1 + tape.below(2); i++) this.#addAbstract("interface", `I${i}`);
    for (let i = 0; i < 1 + tape.below(2); i++) this.#addAbstract("union", `U${i}`);
    for (const object of this.#objects.values()) this.#fill(object);
    for (const object of this.#objects.values()) this.#addSubjects(object);
    for (const object of this.#objects.values()) this.#addRequires(object);
    this.#addRoot();
    return {
      subgraphs: this.#subgraphs,
      objects: this.#objects,
      abstracts: this.#abstracts,
    };
  }

  #subgraph(): number {
    return this.#tape.below(this.#subgraphs);
  }

  #guard(percent: number): Guard {
    const tape = this.#tape;
    if (!tape.chance(percent)) return OPEN;
    return Array.from({ length: 1 + tape.below(2) }, () => [
      ...new Set(Array.from({ length: 1 + tape.below(2) }, () => tape.pick(SCOPES))),
    ]);
  }

  #addObject(kind: "entity" | "value", name: string): void {
    const fields: ModelField[] = [];
    if (kind === "entity") {
      const guard = this.#guard(30);
      fields.push({ ...plain("id", "ID", "%!"), guard, home: undefined });
    }
    this.#objects.set(name, {
      kind,
      name,
      guard: this.#guard(20),
      fields,
      interfaces: [],
      home: kind === "value" ? this.#subgraph() : undefined,
      subjects: [],
    });
  }

  /** Members are entities and the value types of the abstract type's own subgraph. */
  #addAbstract(kind: "interface" | "union", name: string): void {
    const tape = this.#tape;
    const home = this.#subgraph();
    const candidates = [...this.#objects.values()].filter(
      (object) => object.kind === "entity" || object.home === home,
    );
    const members = candidates.filter(() => tape.chance(60)).map((object) => object.name);
    if (members.length === 0) members.push(candidates[0]!.name);
    const fields: ModelField[] = [];
    if (kind === "interface") {
      for (let i = 0; i < 1 + tape.below(2); i++) {
        const shape = { ...plain(`${name.toLowerCase()}f${i}`, "String", "%"), home };
        fields.push(shape);
        for (const member of members) {
          this.#objects.get(member)!.fields.push({ ...shape, guard: this.#guard(35) });
        }
      }
      for (const member of members) this.#objects.get(member)!.interfaces.push(name);
    }
    this.#abstracts.set(name, { kind, name, home, members, fields });
  }

  #fill(object: ModelObject): void {
    const tape = this.#tape;
    for (let i = 0; i < 2 + tape.below(4); i++) {
      const home = object.home ?? this.#subgraph();
      object.fields.push(this.#field(`${object.name.toLowerCase()}f${i}`, home, 40));
    }
  }

  #field(name: string, home: number, guarded: number): ModelField {
    const tape = this.#tape;
    const named = tape.chance(50) ? "String" : tape.pick(this.#typesOf(home));
    const wrap = tape.chance(55) ? "%" : tape.pick(WRAPS);
    const takesN = tape.chance(15);
    return { ...plain(name, named, wrap), guard: this.#guard(guarded), home, takesN };
  }

  /** What a field of a subgraph may give. */
  #typesOf(home: number): string[] {
    return [
      ...[...this.#objects.values()]
        .filter((object) => object.kind === "entity" || object.home === home)
        .map(({ name }) => name),
      ...[...this.#abstracts.values()]
        .filter((abstract) => abstract.home === home)
        .map(({ name }) => name),
    ];
  }

  #addSubjects(object: ModelObject): void {
    const tape = this.#tape;
    if (tape.chance(25)) return;
    const paths = new Set<string>();
    for (let i = 0; i < 1 + tape.below(2); i++) {
      const path = tape.chance(20) ? ".." : this.#pathFrom(object.name, 3);
      if (path !== undefined) paths.add(path);
    }
    object.subjects.push(...paths);
  }

  /** A way to something that may be a key, through lists, registers and interfaces. */
  #pathFrom(type: string, steps: number): string | undefined {
    const { fields } = this.#objects.get(type) ?? this.#abstracts.get(type)!;
    const usable = fields.filter(({ named }) => steps > 1 || named === "String" || named === "ID");
    if (usable.length === 0) return undefined;
    const { name, named } = this.#tape.pick(usable);
    if (named === "String" || named === "ID") return name;
    const rest = this.#pathFrom(named, steps - 1);
    return rest === undefined ? undefined : `${name}.${rest}`;
  }

  /** Sometimes a chain: a field that requires another may itself be required. */
  #addRequires(object: ModelObject): void {
    const tape = this.#tape;
    if (object.kind !== "entity") return;
    for (let i = 0; i < tape.below(3); i++) {
      const readable = object.fields.filter(
        ({ named, takesN, wrap, name }) =>
          (named === "String" || named === "ID") && !takesN && wrap === "%" && name !== "id",
      );
      if (readable.length === 0) return;
      const required = tape.pick(readable);
      const home = this.#subgraph();
      if (home === required.home) continue;
      object.fields.push({
        ...plain(`${object.name.toLowerCase()}r${i}`, "String", "%"),
        guard: and(this.#guard(30), required.guard),
        home,
        requires: required.name,
      });
    }
  }

  #addRoot(): void {
    const tape = this.#tape;
    const fields = Array.from({ length: 3 + tape.below(4) }, (_, i) => {
      const home = this.#subgraph();
      const named = tape.pick(this.#typesOf(home));
      const guarded = tape.chance(25) ? this.#guard(100) : OPEN;
      const wrap = tape.chance(60) ? "%" : tape.pick(WRAPS);
      return { ...plain(`q${i}`, named, wrap), guard: guarded, home, takesN: tape.chance(15) };
    });
    this.#objects.set("Query", {
      kind: "root",
      name: "Query",
      guard: OPEN,
      fields,
      interfaces: [],
      home: undefined,
      subjects: [],
    });
  }
}

function plain(name: string, named: string, wrap: Wrap): ModelField {
  return {
    name,
    named,
    wrap,
    guard: OPEN,
    takesN: false,
    home: undefined,
    requires: undefined,
  };
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@external", "@requires", "@requiresScopes", "@composeDirective"])
  @link(url: "https://truc.vn/spec/access/v1.0", import: ["@subject"])
  @composeDirective(name: "@subject")
directive @subject(path: String!) repeatable on OBJECT`;

/** One subgraph's schema as an agency would write it. */
export function subgraphSchema(model: Model, index: number): string {
  const parts = [LINK];
  for (const object of model.objects.values()) {
    const text = objectText(model, object, index);
    if (text !== undefined) parts.push(text);
  }
  for (const abstract of model.abstracts.values()) {
    if (abstract.home !== index) continue;
    parts.push(
      abstract.kind === "union"
        ? `union ${abstract.name} = ${abstract.members.join(" | ")}`
        : `interface ${abstract.name} {\n${abstract.fields.map((field) => fieldText(field, false)).join("\n")}\n}`,
    );
  }
  return parts.join("\n\n");
}

function objectText(model: Model, object: ModelObject, index: number): string | undefined {
  if (object.kind === "value" && object.home !== index) return undefined;
  const own = object.fields.filter(({ home }) => home === index);
  const required = own
    .flatMap(({ requires }) => object.fields.filter(({ name }) => name === requires))
    .filter(({ home }) => home !== index);
  if (object.kind === "root" && own.length === 0) return undefined;
  const interfaces = object.interfaces.filter((name) => model.abstracts.get(name)!.home === index);
  const fields = [
    ...object.fields.filter(({ name }) => object.kind === "entity" && name === "id"),
    ...own,
  ].map((field) => fieldText(field, true));
  const externals = [
    ...new Set(required.map(({ name, named }) => `  ${name}: ${named} @external`)),
  ];
  const key =
    object.kind !== "entity"
      ? ""
      : own.length > 0
        ? ' @key(fields: "id")'
        : ' @key(fields: "id", resolvable: false)';
  const head = `type ${object.name}${interfaces.length > 0 ? ` implements ${interfaces.join(" & ")}` : ""}`;
  const subjects = object.subjects.map((path) => ` @subject(path: "${path}")`).join("");
  return `${head}${key}${guardText(object.guard)}${subjects} {\n${[...fields, ...externals].join("\n")}\n}`;
}

function fieldText(field: ModelField, guarded: boolean): string {
  const { name, named, wrap, guard, takesN, requires } = field;
  const requiring = requires === undefined ? "" : ` @requires(fields: "${requires}")`;
  const args = takesN ? "(n: Int)" : "";
  return `  ${name}${args}: ${wrap.replace("%", named)}${requiring}${guarded ? guardText(guard) : ""}`;
}

function guardText(guard: Guard): string {
  return guard.length === 0 ? "" : ` @requiresScopes(scopes: ${JSON.stringify(guard)})`;
}

/** The same types in one schema without subgraphs and without rules: what the oracle executes. */
export function monolithSchema(model: Model): string {
  return [
    ...[...model.objects.values()].map(
      ({ name, interfaces, fields }) =>
        `type ${name}${interfaces.length > 0 ? ` implements ${interfaces.join(" & ")}` : ""} {\n${fields.map((field) => fieldText({ ...field, requires: undefined }, false)).join("\n")}\n}`,
    ),
    ...[...model.abstracts.values()].map(({ kind, name, members, fields }) =>
      kind === "union"
        ? `union ${name} = ${members.join(" | ")}`
        : `interface ${name} {\n${fields.map((field) => fieldText(field, false)).join("\n")}\n}`,
    ),
  ].join("\n\n");
}
