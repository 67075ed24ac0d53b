// Texts for times, statuses and sizes.

const REASONS = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial",
  302: "Found",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Not Allowed",
  409: "Conflict",
  413: "Too Large",
  415: "Media Type",
  416: "Range",
  422: "Unprocessable",
  429: "Too Many",
  500: "Server Error",
  502: "Bad Gateway",
  503: "Unavailable",
  504: "Timeout",
};

/** Returns a short name of a status. */
export function reason(status) {
  return REASONS[status] ?? { 2: "Success", 3: "Redirect", 4: "Refused", 5: "Failed" }[Math.floor(status / 100)] ?? "";
}

/** Returns the class of a status, such as `4xx`. */
export function statusClass(status) {
  return `${Math.floor(status / 100)}xx`;
}

/** Splits a time in RFC 3339 into its date and its time of day, in UTC. */
export function dateAndTime(time) {
  const [, date, clock] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(time ?? "") ?? [];
  return { date: date ?? "", time: clock ?? "–" };
}

/** Returns a time in RFC 3339 as a text, in UTC. */
export function timeText(time) {
  const { date, time: clock } = dateAndTime(time);
  return `${date} ${clock} UTC`;
}

/** Returns a number of bytes in words. */
export function bytes(count) {
  if (count < 1024) return `${count} B`;
  if (count < 1024 * 1024) return `${(count / 1024).toFixed(1)} KiB`;
  return `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

/** Returns a count with its noun. */
export function counted(count, noun, plural = `${noun}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`;
}

/** Returns a fault in words, such as `reset after`. */
export function faultText(fault) {
  const details = [
    fault.status,
    fault.milliseconds !== undefined && `${fault.milliseconds} ms`,
    fault.stage === "after" && "after the call",
  ];
  return [fault.kind, ...details].filter(Boolean).join(" ");
}
