const CITIZEN = `id fullName birthDate
  identityCard { number issued expires }
  landRights { nodes { parcel { id area } share { numerator denominator } } }
  companies { nodes { role company { code name status } } }
  healthCard { number paidPercent validFrom validTo firstClinic { name } }`;

/** What every gateway is asked: one citizen of one register, one of four, fifty of four. */
export const OPERATIONS = {
  op1: {
    citizens: 1,
    query:
      "query One($id: PersonalIdentificationNumber!) { citizen(id: $id) { id fullName birthDate sex nationality } }",
  },
  op2: {
    citizens: 1,
    query: `query Four($id: PersonalIdentificationNumber!) { citizen(id: $id) { ${CITIZEN} } }`,
  },
  op3: {
    citizens: 50,
    query: `query Fifty($ids: [PersonalIdentificationNumber!]!) { citizens(ids: $ids) { ${CITIZEN} } }`,
  },
};
