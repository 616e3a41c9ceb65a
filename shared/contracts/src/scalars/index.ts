import type { GraphQLScalarType } from "graphql";
import { AdministrativeCode, ClinicCode, CountryCode, IndustryCode, LandUseCode } from "./codes.ts";
import { GeoJSONPolygon } from "./geometry.ts";
import {
  EnterpriseCode,
  HealthCardNumber,
  HouseholdNumber,
  LandCertificateNumber,
  LandParcelId,
  PersonalIdentificationNumber,
  SocialInsuranceNumber,
} from "./identifiers.ts";
import { SquareMetres, VND } from "./quantities.ts";
import { DateTime, EmailAddress, LocalDate, PhoneNumber } from "./time-and-contact.ts";

export { enterpriseCheckDigit } from "./identifiers.ts";
export type { GeoJsonPolygon } from "./geometry.ts";

/** Every scalar that the registers' schemas share, by name. A schema declares those it uses. */
export const scalars: Record<string, GraphQLScalarType> = {
  AdministrativeCode,
  ClinicCode,
  CountryCode,
  DateTime,
  EmailAddress,
  EnterpriseCode,
  GeoJSONPolygon,
  HealthCardNumber,
  HouseholdNumber,
  IndustryCode,
  LandCertificateNumber,
  LandParcelId,
  LandUseCode,
  LocalDate,
  PersonalIdentificationNumber,
  PhoneNumber,
  SocialInsuranceNumber,
  SquareMetres,
  VND,
};
