import type { PlatformDefinition } from "@truc/authority";

/** The members of the demo. The first four each own a register. */
export const AGENCIES: PlatformDefinition["agencies"] = [
  { id: "ministry-of-public-security", name: "Ministry of Public Security" },
  { id: "land-administration", name: "Land Administration" },
  { id: "business-registration-office", name: "Business Registration Office" },
  { id: "social-security", name: "Social Security" },
  { id: "government-inspectorate", name: "Government Inspectorate" },
  { id: "service-portal-operator", name: "Public Service Portal Operator" },
  { id: "platform-operator", name: "Platform Operator" },
];
