import { GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { ruleBroken } from "./scalar.ts";

/** A polygon as RFC 7946 writes it: longitude before latitude, WGS 84. */
export interface GeoJsonPolygon {
  type: "Polygon";
  coordinates: [number, number][][];
}

const RULE =
  "a polygon is a GeoJSON object (RFC 7946) whose rings are closed, have four or more positions, and hold longitudes and latitudes in degrees";

export const GeoJSONPolygon = new GraphQLScalarType<GeoJsonPolygon, GeoJsonPolygon>({
  name: "GeoJSONPolygon",
  description:
    "An area on the map as a GeoJSON Polygon (RFC 7946): longitude and latitude in degrees, WGS 84.",
  specifiedByURL: "https://datatracker.ietf.org/doc/html/rfc7946#section-3.1.6",
  extensions: { rule: RULE },
  serialize(value) {
    if (!isPolygon(value)) throw new TypeError("GeoJSONPolygon is not stored as a polygon");
    return value;
  },
  parseValue: (value) => parse(value),
  parseLiteral: (node, variables) => parse(literalValue(node, variables), node),
});

function parse(value: unknown, node?: ValueNode): GeoJsonPolygon {
  if (!isPolygon(value)) throw ruleBroken(RULE, node);
  return value;
}

function isPolygon(value: unknown): value is GeoJsonPolygon {
  if (typeof value !== "object" || value === null) return false;
  const { type, coordinates } = value as Partial<GeoJsonPolygon>;
  return (
    type === "Polygon" &&
    Array.isArray(coordinates) &&
    coordinates.length > 0 &&
    coordinates.every(isRing)
  );
}

function isRing(ring: unknown): boolean {
  if (!Array.isArray(ring) || ring.length < 4 || !ring.every(isPosition)) return false;
  const [first, last] = [ring[0], ring.at(-1)] as [number[], number[]];
  return first[0] === last[0] && first[1] === last[1];
}

function isPosition(position: unknown): boolean {
  return (
    Array.isArray(position) &&
    position.length >= 2 &&
    position.every((number) => Number.isFinite(number)) &&
    Math.abs(position[0]) <= 180 &&
    Math.abs(position[1]) <= 90
  );
}

function literalValue(
  node: ValueNode,
  variables: Record<string, unknown> | null | undefined,
): unknown {
  switch (node.kind) {
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map((field) => [field.name.value, literalValue(field.value, variables)]),
      );
    case Kind.LIST:
      return node.values.map((value) => literalValue(value, variables));
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.STRING:
      return node.value;
    default:
      return null;
  }
}
