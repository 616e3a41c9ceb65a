import { REDIRECT_URI } from "../cli/sign-in.ts";

/** The demo's systems; each signs in with keys of its own. People sign in through those with a way back. */
export const DEMO_SYSTEMS = [
  { id: "land-office", name: "Land registration desk", agency: "land-administration" },
  { id: "insurance-inspector", name: "Contribution inspection", agency: "social-security" },
  {
    id: "business-registrar",
    name: "Company registration desk",
    agency: "business-registration-office",
  },
  { id: "inspectorate", name: "Asset declaration verification", agency: "government-inspectorate" },
  {
    id: "portal",
    name: "Public service portal",
    agency: "service-portal-operator",
    redirectUris: [REDIRECT_URI],
  },
  { id: "service-counter", name: "One-stop service counter", agency: "service-portal-operator" },
  {
    id: "console",
    name: "Platform console",
    agency: "platform-operator",
    redirectUris: [REDIRECT_URI],
  },
] as const;
export type DemoSystem = (typeof DEMO_SYSTEMS)[number]["id"];
