/** Code, official name, what it means. */
type LandUseTypeEntry = readonly [code: string, name: string, description: string];

/** The types of one edition of the official list, by the groups of the land law. */
export interface LandUseList {
  edition: number;
  /** First day in force. */
  from: string;
  AGRICULTURAL: readonly LandUseTypeEntry[];
  NON_AGRICULTURAL: readonly LandUseTypeEntry[];
  UNUSED: readonly LandUseTypeEntry[];
}

/** The list that went with the Land Law of 2013. */
export const landUseList2014: LandUseList = {
  edition: 2014,
  from: "2014-07-01",
  AGRICULTURAL: [
    ["LUC", "Đất chuyên trồng lúa nước", "Wet rice only, two crops a year or more."],
    ["LUK", "Đất trồng lúa nước còn lại", "Other wet rice, one crop a year."],
    ["LUN", "Đất lúa nương", "Upland rice on slopes."],
    ["BHK", "Đất bằng trồng cây hàng năm khác", "Other annual crops on flat land."],
    ["NHK", "Đất nương rẫy trồng cây hàng năm khác", "Other annual crops on slopes."],
    ["CLN", "Đất trồng cây lâu năm", "Perennial crops, orchards included."],
    ["RSX", "Đất rừng sản xuất", "Production forest."],
    ["RPH", "Đất rừng phòng hộ", "Protection forest."],
    ["RDD", "Đất rừng đặc dụng", "Special-use forest, such as national parks."],
    ["NTS", "Đất nuôi trồng thủy sản", "Aquaculture."],
    ["LMU", "Đất làm muối", "Salt making."],
    [
      "NKH",
      "Đất nông nghiệp khác",
      "Other agriculture, such as greenhouses, nurseries and stables.",
    ],
  ],
  NON_AGRICULTURAL: [
    ["ONT", "Đất ở tại nông thôn", "Housing in the country."],
    ["ODT", "Đất ở tại đô thị", "Housing in towns."],
    ["TSC", "Đất xây dựng trụ sở cơ quan", "Offices of state bodies."],
    [
      "DTS",
      "Đất xây dựng trụ sở của tổ chức sự nghiệp",
      "Offices of public service organisations.",
    ],
    ["DVH", "Đất xây dựng cơ sở văn hóa", "Culture."],
    ["DYT", "Đất xây dựng cơ sở y tế", "Health care."],
    ["DGD", "Đất xây dựng cơ sở giáo dục và đào tạo", "Education and training."],
    ["DTT", "Đất xây dựng cơ sở thể dục thể thao", "Sports."],
    ["DKH", "Đất xây dựng cơ sở khoa học và công nghệ", "Science and technology."],
    ["DXH", "Đất xây dựng cơ sở dịch vụ xã hội", "Social services."],
    ["DNG", "Đất xây dựng cơ sở ngoại giao", "Diplomatic missions."],
    ["DSK", "Đất xây dựng công trình sự nghiệp khác", "Other public services."],
    ["CQP", "Đất quốc phòng", "National defence."],
    ["CAN", "Đất an ninh", "Public security."],
    ["SKK", "Đất khu công nghiệp", "Industrial parks."],
    ["SKT", "Đất khu chế xuất", "Export processing zones."],
    ["SKN", "Đất cụm công nghiệp", "Industrial clusters."],
    ["TMD", "Đất thương mại, dịch vụ", "Trade and services."],
    ["SKC", "Đất cơ sở sản xuất phi nông nghiệp", "Production other than agriculture."],
    ["SKS", "Đất sử dụng cho hoạt động khoáng sản", "Mining."],
    ["SKX", "Đất sản xuất vật liệu xây dựng, làm đồ gốm", "Building materials and pottery."],
    ["DGT", "Đất giao thông", "Transport."],
    ["DTL", "Đất thủy lợi", "Irrigation and dykes."],
    ["DDT", "Đất có di tích lịch sử - văn hóa", "Historical and cultural relics."],
    ["DDL", "Đất có danh lam thắng cảnh", "Places of scenic beauty."],
    ["DSH", "Đất sinh hoạt cộng đồng", "Community houses."],
    ["DKV", "Đất khu vui chơi, giải trí công cộng", "Public recreation."],
    ["DNL", "Đất công trình năng lượng", "Energy works."],
    ["DBV", "Đất công trình bưu chính, viễn thông", "Post and telecommunications."],
    ["DCH", "Đất chợ", "Markets."],
    ["DRA", "Đất bãi thải, xử lý chất thải", "Waste treatment."],
    ["DCK", "Đất công trình công cộng khác", "Other public works."],
    ["TON", "Đất cơ sở tôn giáo", "Religious establishments."],
    ["TIN", "Đất cơ sở tín ngưỡng", "Places of folk belief, such as communal houses and temples."],
    [
      "NTD",
      "Đất làm nghĩa trang, nghĩa địa, nhà tang lễ, nhà hỏa táng",
      "Cemeteries, funeral homes and crematoria.",
    ],
    ["SON", "Đất sông, ngòi, kênh, rạch, suối", "Rivers, canals and streams."],
    ["MNC", "Đất có mặt nước chuyên dùng", "Standing water used for a purpose."],
    ["PNK", "Đất phi nông nghiệp khác", "Other non-agricultural land."],
  ],
  UNUSED: [
    ["BCS", "Đất bằng chưa sử dụng", "Unused flat land."],
    ["DCS", "Đất đồi núi chưa sử dụng", "Unused hills and mountains."],
    ["NCS", "Núi đá không có rừng cây", "Rocky mountains without trees."],
  ],
};
