import type { GraphQLScalarType } from "graphql";
import { AdministrativeCode, IndustryCode, LandUseCode } from "./codes.ts";
import { GeoJSONPolygon } from "./geometry.ts";
import {
  EnterpriseCode,
  HealthCardNumber,
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
  DateTime,
  EmailAddress,
  EnterpriseCode,
  GeoJSONPolygon,
  HealthCardNumber,
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
