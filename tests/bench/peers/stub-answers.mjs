/** What the stub registers say of a citizen: worked out from the number alone, and remembered. */
const remembered = (make) => {
  const known = new Map();
  return (id) => {
    let value = known.get(id);
    if (value === undefined) known.set(id, (value = make(id)));
    return value;
  };
};

const person = remembered((id) => ({
  __typename: "Citizen",
  id,
  fullName: `Nguyễn Văn ${id.slice(-4)}`,
  birthDate: `19${id.slice(-2)}-01-${String((Number(id.slice(-3)) % 28) + 1).padStart(2, "0")}`,
  sex: Number(id.slice(-1)) % 2 === 0 ? "FEMALE" : "MALE",
  nationality: "VN",
  identityCard: { number: id, issued: "2021-05-04", expires: "2031-05-04" },
}));

const rights = remembered((id) => ({
  nodes: [1, 2].map((n) => ({
    parcel: { __typename: "LandParcel", id: `01-00001-${id.slice(-5)}-${n}`, area: 100.5 + n },
    share: { numerator: 1, denominator: n },
  })),
}));

const companies = remembered((id) => ({
  nodes: [
    {
      role: "OWNER",
      company: {
        __typename: "Company",
        code: `01${id.slice(-8)}`,
        name: `Công ty TNHH ${id.slice(-4)}`,
        status: "ACTIVE",
      },
    },
  ],
}));

const card = remembered((id) => ({
  number: `DN401${id.slice(-10)}`,
  paidPercent: 80,
  validFrom: "2026-01-01",
  validTo: "2026-12-31",
  firstClinic: { code: "01001", name: "Bệnh viện Bạch Mai" },
}));

export const answers = {
  population: {
    "Query.citizen": (_root, { id }) => person(id),
    "Query.citizens": (_root, { ids }) => ids.map(person),
  },
  land: { "Citizen.landRights": ({ id }) => rights(id) },
  business: { "Citizen.companies": ({ id }) => companies(id) },
  insurance: { "Citizen.healthCard": ({ id }) => card(id) },
};
