const calendar = new Intl.DateTimeFormat("en-CA", {
  timeZone: "Asia/Ho_Chi_Minh",
  dateStyle: "short",
});

/** Today's date in Viet Nam, YYYY-MM-DD. */
export function today(): string {
  return calendar.format();
}
