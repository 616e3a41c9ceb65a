import type { ProvinceCharacter } from "./provinces.ts";
import type { Random } from "./randomness.ts";

type Weighted = readonly (readonly [string, number])[];

const KINH_FAMILY: Weighted = [
  ["Nguyễn", 38.4],
  ["Trần", 11],
  ["Lê", 9.5],
  ["Phạm", 7.1],
  ["Phan", 4.5],
  ["Đặng", 2.1],
  ["Bùi", 2],
  ["Đỗ", 1.4],
  ["Hồ", 1.3],
  ["Ngô", 1.3],
  ["Dương", 1],
  ["Đinh", 1],
  ["Đoàn", 0.8],
  ["Trịnh", 0.7],
  ["Trương", 0.7],
  ["Đào", 0.7],
  ["Mai", 0.5],
  ["Lâm", 0.5],
  ["Cao", 0.5],
  ["Lương", 0.5],
  ["Tạ", 0.3],
  ["Vương", 0.3],
  ["Lưu", 0.3],
  ["Tô", 0.3],
  ["Chu", 0.3],
  ["Thái", 0.3],
  ["Hà", 0.3],
  ["Kiều", 0.2],
  ["Quách", 0.1],
  ["Nghiêm", 0.1],
];
const NORTHERN: Weighted = [
  ...KINH_FAMILY,
  ["Hoàng", 4.2],
  ["Vũ", 3.4],
  ["Võ", 0.2],
  ["Huỳnh", 0.1],
];
const CENTRAL: Weighted = [...KINH_FAMILY, ["Hoàng", 2.2], ["Võ", 3], ["Huỳnh", 2], ["Vũ", 0.4]];
const SOUTHERN: Weighted = [
  ...KINH_FAMILY,
  ["Huỳnh", 5.1],
  ["Võ", 3.9],
  ["Hoàng", 0.5],
  ["Vũ", 0.5],
];

/** Family names of peoples with habits of their own; the others bear those of the region. */
const PEOPLES_FAMILY: Readonly<Record<string, readonly string[]>> = {
  Tày: ["Nông", "Hoàng", "Hứa", "Bế", "Ma", "Lương", "Đàm", "Triệu"],
  Nùng: ["Nông", "Lương", "Hoàng", "Vi", "Lý", "Mông", "Lục"],
  Mông: ["Giàng", "Vàng", "Sùng", "Thào", "Hạng", "Lý", "Mùa", "Cứ"],
  Dao: ["Triệu", "Bàn", "Đặng", "Phùng", "Lý", "Chảo"],
  Thái: ["Lò", "Quàng", "Cầm", "Lường", "Vi", "Hà", "Tòng", "Cà"],
  Mường: ["Bùi", "Quách", "Đinh", "Hà", "Phùng", "Bạch"],
  Khmer: ["Thạch", "Sơn", "Kim", "Danh", "Châu", "Lâm", "Kiên"],
  Hoa: ["Trần", "Lâm", "Huỳnh", "Quách", "Lý", "Vương", "Trịnh"],
  Chăm: ["Chế", "Bá", "Đàng", "Hán", "Quảng", "Châu"],
  "Ê Đê": ["Niê", "Mlô", "Êban", "Ksơr"],
  "Gia Rai": ["Rơ Châm", "Ksor", "Siu", "Rmah"],
  "Ba Na": ["Đinh", "Hồ"],
  "Khơ Mú": ["Lò", "Quàng", "Moong", "Cút"],
};

const MALE_MIDDLE: Weighted = [
  ["Văn", 24],
  ["Đức", 8],
  ["Hữu", 6],
  ["Quang", 6],
  ["Minh", 6],
  ["Công", 4],
  ["Đình", 5],
  ["Xuân", 4],
  ["Thành", 4],
  ["Ngọc", 4],
  ["Gia", 3],
  ["Quốc", 4],
  ["Anh", 3],
  ["Tiến", 3],
  ["Trọng", 3],
  ["Mạnh", 2],
  ["Viết", 2],
  ["Thế", 2],
  ["Bảo", 2],
  ["Hoàng", 3],
  ["Duy", 3],
  ["Nhật", 1],
  ["Khắc", 1],
  ["Bá", 1],
];
const FEMALE_MIDDLE: Weighted = [
  ["Thị", 34],
  ["Ngọc", 8],
  ["Thu", 6],
  ["Thanh", 7],
  ["Phương", 6],
  ["Minh", 4],
  ["Thùy", 4],
  ["Hồng", 4],
  ["Kim", 4],
  ["Bảo", 3],
  ["Khánh", 3],
  ["Mai", 2],
  ["Diệu", 2],
  ["Quỳnh", 2],
  ["Bích", 2],
  ["Hoài", 1],
  ["Tuyết", 1],
  ["Như", 2],
];
const MALE_GIVEN: Weighted = [
  ["Anh", 4],
  ["Minh", 5],
  ["Hùng", 5],
  ["Dũng", 5],
  ["Tuấn", 6],
  ["Hải", 5],
  ["Long", 4],
  ["Sơn", 4],
  ["Thắng", 4],
  ["Cường", 4],
  ["Đức", 4],
  ["Hiếu", 3],
  ["Huy", 4],
  ["Khoa", 3],
  ["Nam", 4],
  ["Phong", 3],
  ["Phúc", 4],
  ["Quân", 3],
  ["Thành", 4],
  ["Trung", 4],
  ["Việt", 2],
  ["Vinh", 2],
  ["Bình", 3],
  ["Khánh", 2],
  ["Lâm", 2],
  ["Tài", 2],
  ["Toàn", 2],
  ["Đạt", 3],
  ["Hòa", 2],
  ["Kiên", 3],
  ["Nghĩa", 2],
  ["Thịnh", 2],
  ["Tùng", 3],
  ["Ý", 0.3],
  ["Ổn", 0.1],
  ["Ẩn", 0.2],
  ["Bách", 1],
  ["Chiến", 1],
  ["Giang", 1],
  ["Lộc", 2],
  ["Nhân", 2],
  ["Quý", 1],
  ["Tú", 1],
  ["Vũ", 2],
  ["Xuân", 1],
];
const FEMALE_GIVEN: Weighted = [
  ["Anh", 5],
  ["Hương", 5],
  ["Lan", 4],
  ["Linh", 6],
  ["Mai", 4],
  ["Ngọc", 4],
  ["Nga", 3],
  ["Hà", 5],
  ["Hoa", 4],
  ["Hạnh", 3],
  ["Hằng", 4],
  ["Hiền", 4],
  ["Huyền", 3],
  ["Phương", 5],
  ["Thảo", 5],
  ["Trang", 5],
  ["Thủy", 4],
  ["Thúy", 3],
  ["Tuyết", 2],
  ["Vân", 4],
  ["Yến", 3],
  ["Nhung", 3],
  ["Dung", 3],
  ["Loan", 2],
  ["Oanh", 2],
  ["Quỳnh", 3],
  ["Ánh", 2],
  ["Ái", 0.5],
  ["Châu", 2],
  ["Đào", 1],
  ["Giang", 2],
  ["My", 2],
  ["Ngân", 3],
  ["Nhi", 3],
  ["Như", 2],
  ["Tâm", 2],
  ["Thư", 2],
  ["Trâm", 2],
  ["Uyên", 2],
  ["Vy", 3],
  ["Xuân", 1],
  ["Bích", 1],
  ["Chi", 2],
  ["Diệp", 1],
];

/** A family name as the people of a province bear them. */
export function familyName(random: Random, province: ProvinceCharacter, ethnicity: string): string {
  const own = PEOPLES_FAMILY[ethnicity];
  if (own !== undefined) return random.pick(own);
  const { region } = province;
  return random.weighted(region === "NORTH" ? NORTHERN : region === "CENTRE" ? CENTRAL : SOUTHERN);
}

export function middleName(random: Random, sex: "MALE" | "FEMALE"): string {
  return random.weighted(sex === "MALE" ? MALE_MIDDLE : FEMALE_MIDDLE);
}

export function givenName(random: Random, sex: "MALE" | "FEMALE"): string {
  return random.weighted(sex === "MALE" ? MALE_GIVEN : FEMALE_GIVEN);
}

/** Family name, middle name, given name: the order in which a Vietnamese name is written. */
export function fullName(name: {
  familyName: string;
  middleName: string;
  givenName: string;
}): string {
  return `${name.familyName} ${name.middleName} ${name.givenName}`;
}

const STREETS = [
  "Trần Phú",
  "Lê Lợi",
  "Nguyễn Huệ",
  "Hai Bà Trưng",
  "Lý Thường Kiệt",
  "Quang Trung",
  "Hùng Vương",
  "Phan Chu Trinh",
  "Ngô Quyền",
  "Đinh Tiên Hoàng",
  "Lê Duẩn",
  "Trường Chinh",
  "Nguyễn Trãi",
  "Phan Bội Châu",
  "Bạch Đằng",
];

/** House and street in a ward, house and hamlet elsewhere. */
export function addressLine(random: Random, urban: boolean): string {
  return urban
    ? `Số ${random.between(1, 320)}, đường ${random.pick(STREETS)}`
    : `Số nhà ${random.between(1, 90)}, thôn ${random.between(1, 12)}`;
}
