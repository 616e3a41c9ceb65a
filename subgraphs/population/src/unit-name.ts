import { searchForm } from "@truc/service";

const KINDS = /^(thanh pho|tinh|phuong|xa|thi tran|dac khu) (?=.)/;

/** The form in which a unit's name is stored for search: without the word for its kind, "Phường Hoàn Kiếm" as "hoan kiem". */
export function storedNameForm(name: string): string {
  return searchForm(name).replace(KINDS, "");
}

/** The forms under which a name asked for may be stored: as it stands, and without a kind in front ("Xã Đàn" is a name). */
export function nameForms(name: string): string[] {
  return [...new Set([searchForm(name), storedNameForm(name)])];
}
