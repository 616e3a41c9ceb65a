/**
 * What the generator knows about today's 34 provinces beyond their names: a point inside the mainland (longitude,
 * latitude), the region whose naming habits hold, and the peoples other than Kinh with their part of the population in
 * percent. Rough figures: the country is synthetic, but should look like itself.
 */
export interface ProvinceCharacter {
  centre: readonly [number, number];
  region: "NORTH" | "CENTRE" | "SOUTH";
  peoples: readonly (readonly [string, number])[];
}

export const PROVINCES: Readonly<Record<string, ProvinceCharacter>> = {
  "01": { centre: [105.75, 20.98], region: "NORTH", peoples: [["Mường", 1]] },
  "04": {
    centre: [106.2, 22.7],
    region: "NORTH",
    peoples: [
      ["Tày", 41],
      ["Nùng", 30],
      ["Mông", 11],
      ["Dao", 10],
    ],
  },
  "08": {
    centre: [105.1, 22.4],
    region: "NORTH",
    peoples: [
      ["Tày", 24],
      ["Mông", 20],
      ["Dao", 14],
      ["Nùng", 6],
    ],
  },
  "11": {
    centre: [103.1, 21.6],
    region: "NORTH",
    peoples: [
      ["Mông", 38],
      ["Thái", 36],
      ["Khơ Mú", 3],
    ],
  },
  "12": {
    centre: [103.3, 22.2],
    region: "NORTH",
    peoples: [
      ["Thái", 31],
      ["Mông", 23],
      ["Dao", 13],
      ["Hà Nhì", 3],
    ],
  },
  "14": {
    centre: [104.0, 21.2],
    region: "NORTH",
    peoples: [
      ["Thái", 53],
      ["Mông", 16],
      ["Mường", 7],
    ],
  },
  "15": {
    centre: [104.5, 22.0],
    region: "NORTH",
    peoples: [
      ["Tày", 17],
      ["Mông", 17],
      ["Dao", 12],
      ["Thái", 4],
    ],
  },
  "19": {
    centre: [105.85, 21.8],
    region: "NORTH",
    peoples: [
      ["Tày", 20],
      ["Nùng", 6],
      ["Dao", 5],
      ["Sán Dìu", 2],
    ],
  },
  "20": {
    centre: [106.6, 21.85],
    region: "NORTH",
    peoples: [
      ["Nùng", 43],
      ["Tày", 36],
      ["Dao", 3],
    ],
  },
  "22": {
    centre: [107.2, 21.15],
    region: "NORTH",
    peoples: [
      ["Dao", 5],
      ["Tày", 3],
      ["Sán Dìu", 1],
    ],
  },
  "24": {
    centre: [106.3, 21.3],
    region: "NORTH",
    peoples: [
      ["Nùng", 3],
      ["Tày", 2],
      ["Sán Dìu", 1],
    ],
  },
  "25": {
    centre: [105.3, 21.1],
    region: "NORTH",
    peoples: [
      ["Mường", 20],
      ["Thái", 1],
      ["Dao", 1],
    ],
  },
  "31": { centre: [106.45, 20.87], region: "NORTH", peoples: [["Hoa", 0.2]] },
  "33": { centre: [106.25, 20.6], region: "NORTH", peoples: [["Tày", 0.1]] },
  "37": { centre: [106.05, 20.3], region: "NORTH", peoples: [["Mường", 1]] },
  "38": {
    centre: [105.4, 19.95],
    region: "CENTRE",
    peoples: [
      ["Mường", 10],
      ["Thái", 6],
      ["Thổ", 0.4],
    ],
  },
  "40": {
    centre: [105.1, 19.1],
    region: "CENTRE",
    peoples: [
      ["Thái", 10],
      ["Thổ", 2],
      ["Khơ Mú", 1],
    ],
  },
  "42": { centre: [105.75, 18.3], region: "CENTRE", peoples: [["Thái", 0.1]] },
  "44": {
    centre: [106.6, 17.15],
    region: "CENTRE",
    peoples: [
      ["Bru - Vân Kiều", 6],
      ["Tà Ôi", 1],
    ],
  },
  "46": {
    centre: [107.5, 16.35],
    region: "CENTRE",
    peoples: [
      ["Tà Ôi", 3],
      ["Cơ Tu", 1.5],
    ],
  },
  "48": {
    centre: [107.95, 15.75],
    region: "CENTRE",
    peoples: [
      ["Cơ Tu", 2],
      ["Xơ Đăng", 1.5],
    ],
  },
  "51": {
    centre: [108.4, 14.9],
    region: "CENTRE",
    peoples: [
      ["Xơ Đăng", 8],
      ["Hrê", 7],
      ["Ba Na", 4],
    ],
  },
  "52": {
    centre: [108.4, 13.9],
    region: "CENTRE",
    peoples: [
      ["Gia Rai", 15],
      ["Ba Na", 7],
    ],
  },
  "56": {
    centre: [108.95, 12.1],
    region: "CENTRE",
    peoples: [
      ["Chăm", 4],
      ["Raglay", 6],
    ],
  },
  "66": {
    centre: [108.5, 12.95],
    region: "CENTRE",
    peoples: [
      ["Ê Đê", 14],
      ["Nùng", 3],
      ["Mnông", 2],
    ],
  },
  "68": {
    centre: [107.95, 11.7],
    region: "CENTRE",
    peoples: [
      ["Cơ Ho", 7],
      ["Mạ", 2],
      ["Mnông", 2],
      ["Chăm", 1],
    ],
  },
  "75": {
    centre: [107.0, 11.35],
    region: "SOUTH",
    peoples: [
      ["Xtiêng", 3],
      ["Hoa", 2],
      ["Chơ Ro", 0.5],
    ],
  },
  "79": {
    centre: [106.75, 10.9],
    region: "SOUTH",
    peoples: [
      ["Hoa", 4],
      ["Khmer", 0.5],
      ["Chăm", 0.1],
    ],
  },
  "80": {
    centre: [106.2, 11.0],
    region: "SOUTH",
    peoples: [
      ["Khmer", 0.6],
      ["Chăm", 0.2],
    ],
  },
  "82": { centre: [105.95, 10.45], region: "SOUTH", peoples: [["Hoa", 0.2]] },
  "86": {
    centre: [106.25, 10.0],
    region: "SOUTH",
    peoples: [
      ["Khmer", 10],
      ["Hoa", 0.4],
    ],
  },
  "91": {
    centre: [105.2, 10.2],
    region: "SOUTH",
    peoples: [
      ["Khmer", 8],
      ["Hoa", 1],
      ["Chăm", 0.4],
    ],
  },
  "92": {
    centre: [105.75, 9.8],
    region: "SOUTH",
    peoples: [
      ["Khmer", 11],
      ["Hoa", 2],
    ],
  },
  "96": {
    centre: [105.3, 9.25],
    region: "SOUTH",
    peoples: [
      ["Khmer", 4],
      ["Hoa", 1],
    ],
  },
};
