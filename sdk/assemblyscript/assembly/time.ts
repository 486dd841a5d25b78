// The event's moment in the program's time zone.
//
// Invariant: comes from the event; a policy has no clock.

import * as contract from "./contract";

/** The local calendar fields of the moment; each is read when it is asked for. */
export class LocalTime {
  /** Seconds since 1970-01-01T00:00Z. */
  static get unixSeconds(): i64 {
    return contract.order(contract.OrderField.Time);
  }

  /** The year. */
  static get year(): i32 {
    return <i32>contract.order(contract.OrderField.Year);
  }

  /** The month, 1 to 12. */
  static get month(): i32 {
    return <i32>contract.order(contract.OrderField.Month);
  }

  /** The day of the month, 1 to 31. */
  static get day(): i32 {
    return <i32>contract.order(contract.OrderField.Day);
  }

  /** The day of the week, 1 (Monday) to 7. */
  static get weekday(): i32 {
    return <i32>contract.order(contract.OrderField.Weekday);
  }

  /** The hour, 0 to 23. */
  static get hour(): i32 {
    return <i32>contract.order(contract.OrderField.Hour);
  }

  /** The minute, 0 to 59. */
  static get minute(): i32 {
    return <i32>contract.order(contract.OrderField.Minute);
  }

  /** The local day as a number: days since 1970-01-01. */
  static get dayNumber(): i64 {
    return dayNumber(LocalTime.year, LocalTime.month, LocalTime.day);
  }

  /**
   * Whole days since the calendar last showed this month and day: 0 on the day itself. The 29th of February counts as the
   * 1st of March in years that have none.
   */
  static daysSinceLast(month: i32, day: i32): i64 {
    const today = LocalTime.dayNumber;
    const year = LocalTime.year;
    const since = today - dayNumber(year, month, day);
    return since >= 0 ? since : today - dayNumber(year - 1, month, day);
  }
}

/** Days since 1970-01-01 of a date of the Gregorian calendar, by months that are counted from March. */
function dayNumber(year: i64, month: i64, day: i64): i64 {
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  return 365 * years + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 719469;
}
