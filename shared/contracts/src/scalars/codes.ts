import { textScalar } from "./scalar.ts";

export const AdministrativeCode = textScalar({
  name: "AdministrativeCode",
  description:
    "Code of an administrative unit: 2 digits for a province, 5 for a commune. It means nothing without the date it was used on.",
  rule: "an administrative code has 2 digits (province) or 5 digits (commune)",
  valid: (text) => /^\d{2}(\d{3})?$/.test(text),
});

export const IndustryCode = textScalar({
  name: "IndustryCode",
  description: "A class of the national industry classification VSIC 2025: 4 digits.",
  rule: "an industry code has exactly 4 digits",
  valid: (text) => /^\d{4}$/.test(text),
});

export const LandUseCode = textScalar({
  name: "LandUseCode",
  description:
    "A land-use type of the list in force since the Land Law 2024, such as ODT, ONT, LUC or CLN: 3 letters.",
  rule: "a land-use code has exactly 3 capital letters",
  valid: (text) => /^[A-Z]{3}$/.test(text),
});

export const ClinicCode = textScalar({
  name: "ClinicCode",
  description:
    "A clinic or hospital with a health insurance contract: 5 characters, of which the first two are digits of the province that issued the code.",
  rule: "a clinic code has 2 digits and 3 digits or capital letters",
  valid: (text) => /^\d{2}[0-9A-Z]{3}$/.test(text),
});

export const CountryCode = textScalar({
  name: "CountryCode",
  description: "A country by its ISO 3166-1 alpha-2 code, such as VN: 2 capital letters.",
  rule: "a country code has exactly 2 capital letters",
  valid: (text) => /^[A-Z]{2}$/.test(text),
});
