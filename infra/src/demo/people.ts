import type { PlatformDefinition } from "@truc/authority";

/**
 * Who acts at the registry of the demo: two operators; for every agency that owns scopes somebody who decides on them; for
 * every agency with systems somebody who asks for it, who is never the same; an auditor.
 */
export const DEMO_PEOPLE: NonNullable<PlatformDefinition["people"]> = [
  {
    id: "operator-1",
    name: "First operator",
    roles: [{ role: "operator" }, { role: "owner-admin", agency: "platform-operator" }],
  },
  {
    id: "operator-2",
    name: "Second operator",
    roles: [{ role: "operator" }, { role: "agency-admin", agency: "platform-operator" }],
  },
  ...administrators("owner-admin", "Owner's administrator", {
    population: ["ministry-of-public-security", "Ministry of Public Security"],
    land: ["land-administration", "Land Administration"],
    business: ["business-registration-office", "Business Registration Office"],
    insurance: ["social-security", "Social Security"],
  }),
  ...administrators("agency-admin", "Agency's administrator", {
    "land-administration": ["land-administration", "Land Administration"],
    "social-security": ["social-security", "Social Security"],
    "business-registration": ["business-registration-office", "Business Registration Office"],
    inspectorate: ["government-inspectorate", "Government Inspectorate"],
    portal: ["service-portal-operator", "Public Service Portal Operator"],
  }),
  { id: "auditor", name: "Auditor", roles: [{ role: "auditor" }] },
];

/** One for each: ids are `owner-…` and `agency-…`. */
function administrators(
  role: "owner-admin" | "agency-admin",
  title: string,
  agencies: Record<string, [id: string, name: string]>,
): NonNullable<PlatformDefinition["people"]> {
  const prefix = role === "owner-admin" ? "owner" : "agency";
  return Object.entries(agencies).map(([short, [agency, name]]) => ({
    id: `${prefix}-${short}`,
    name: `${title}, ${name}`,
    roles: [{ role, agency }],
  }));
}
