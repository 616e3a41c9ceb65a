const ADULT_YEARS = 18;

/**
 * The last birthday of those who are of age on a day: whoever was born later is a minor. One comes of age on one's
 * eighteenth birthday; whoever was born on 29 February has it on 1 March, eighteen years never leading to a leap year.
 * @param day YYYY-MM-DD
 */
export function lastAdultBirthday(day: string): string {
  const year = Number(day.slice(0, 4)) - ADULT_YEARS;
  const monthDay = day.slice(5);
  return `${String(year).padStart(4, "0")}-${monthDay === "02-29" ? "02-28" : monthDay}`;
}
