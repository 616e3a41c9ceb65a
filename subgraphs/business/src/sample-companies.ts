import type { SampleCompany } from "./sample-register.ts";

// Three companies that the tests know by heart; whose codes have right check digits.
export const MINH_DUC = "0100233488";
export const HOA_BINH = "0314409058";
export const SONG_HONG = "0100112437";
export const UNKNOWN = "0101248141";
export const LAN = "901000000001";
export const HUNG = "901000000002";

export const companies: SampleCompany[] = [
  {
    code: MINH_DUC,
    name: "Công ty TNHH Thương mại Minh Đức",
    foreignName: "Minh Duc Trading Company Limited",
    shortName: "MIDUCO",
    kind: "LLC_TWO_OR_MORE_MEMBERS",
    statuses: [
      { status: "ACTIVE", from: "2015-03-02" },
      { status: "SUSPENDED", from: "2021-06-01" },
      { status: "ACTIVE", from: "2022-01-01" },
    ],
    registered: "2015-03-02",
    charterCapital: 9_007_199_254_740,
    headOffice: { commune: "00007", asOf: "2015-03-02", line: "5 phố Phan Đình Phùng" },
    industries: ["4690", "4649", "9999"],
    representatives: [
      {
        citizen: HUNG,
        name: "Nguyễn Văn Hùng",
        title: "Giám đốc",
        from: "2015-03-02",
        to: "2019-05-01",
      },
      { citizen: LAN, name: "Trần Thị Lan", title: "Giám đốc", from: "2019-05-01" },
    ],
    owners: [
      {
        id: "O1",
        citizen: LAN,
        name: "Trần Thị Lan",
        share: [60, 100],
        capital: 600_000_000,
        from: "2015-03-02",
      },
      {
        id: "O2",
        company: SONG_HONG,
        name: "Công ty Cổ phần Sông Hồng",
        share: [40, 100],
        capital: 400_000_000,
        from: "2016-01-01",
        to: "2024-01-01",
      },
    ],
    branches: [{ code: `${MINH_DUC}-001`, name: "Chi nhánh Huế", opened: "2018-01-01" }],
    changes: [
      {
        on: "2019-05-01",
        kind: "REPRESENTATIVE",
        before: "Nguyễn Văn Hùng",
        after: "Trần Thị Lan",
      },
      { on: "2020-02-02", kind: "CAPITAL", before: "500000000", after: "1000000000" },
    ],
  },
  {
    code: HOA_BINH,
    name: "Công ty TNHH Hòa Bình",
    owners: [
      {
        id: "O1",
        citizen: LAN,
        name: "Trần Thị Lan",
        share: [1, 1],
        capital: 7,
        from: "2020-01-01",
      },
    ],
  },
  { code: SONG_HONG, name: "Công ty Cổ phần Sông Hồng", kind: "JOINT_STOCK" },
];
