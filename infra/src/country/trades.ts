import type { Random } from "./randomness.ts";

const BUSINESS_WORDS = [
  "An Phát",
  "Bình Minh",
  "Đại Thành",
  "Đông Á",
  "Hòa Phú",
  "Hưng Thịnh",
  "Kim Long",
  "Lạc Việt",
  "Minh Khang",
  "Nam Sơn",
  "Phú Quý",
  "Sao Mai",
  "Sông Xanh",
  "Tân Tiến",
  "Thiên Ân",
  "Thuận Phát",
  "Trường Xuân",
  "Việt Hưng",
  "Xuân Lộc",
  "Đức Trí",
  "Gia Hưng",
  "Hải Âu",
  "Tâm Đức",
  "Vạn Lợi",
  "Ánh Dương",
];
export interface Trade {
  /** What the enterprise's name says of it, in Vietnamese and English. */
  vietnamese: string;
  english: string;
  /** Classes of the 2025 list; the first is the main one. */
  classes: readonly string[];
}
const TRADES: readonly Trade[] = [
  { vietnamese: "Xây dựng", english: "Construction", classes: ["4101", "4102", "4299", "4321"] },
  { vietnamese: "Thương mại", english: "Trading", classes: ["4690", "4620", "4649"] },
  {
    vietnamese: "Dịch vụ Vận tải",
    english: "Transport Services",
    classes: ["4933", "4932", "5210"],
  },
  { vietnamese: "Dệt may", english: "Textile and Garment", classes: ["1410", "1391", "4641"] },
  { vietnamese: "Thủy sản", english: "Seafood", classes: ["1020", "0322", "4632"] },
  { vietnamese: "Công nghệ", english: "Technology", classes: ["6219", "6220", "6310"] },
  { vietnamese: "Nông sản", english: "Agricultural Products", classes: ["4620", "0119", "1079"] },
  { vietnamese: "Du lịch", english: "Tourism", classes: ["7911", "5510", "5610"] },
  { vietnamese: "Cơ khí", english: "Mechanical Engineering", classes: ["2592", "2511", "3312"] },
  { vietnamese: "Nội thất", english: "Furniture", classes: ["3101", "1629", "4759"] },
];
const SHOPS: readonly Trade[] = [
  { vietnamese: "Tạp hóa", english: "Grocery", classes: ["4711"] },
  { vietnamese: "Quán ăn", english: "Eatery", classes: ["5610"] },
  { vietnamese: "Cà phê", english: "Coffee", classes: ["5630"] },
  { vietnamese: "Vật liệu xây dựng", english: "Building Materials", classes: ["4752"] },
  { vietnamese: "Hiệu may", english: "Tailor", classes: ["1410"] },
  { vietnamese: "Sửa xe", english: "Motorcycle Repair", classes: ["9532"] },
];

export function businessWord(random: Random): string {
  return random.pick(BUSINESS_WORDS);
}
export function trade(random: Random): Trade {
  return random.pick(TRADES);
}
export function shop(random: Random): Trade {
  return random.pick(SHOPS);
}
