// What is filtered by: immutable values, their filter expression, their form in a link, their words.

import { columnName, number, t, valueText } from "./words.js";

// { column: { kind: "in", values: [...] } | { kind: "range", low, high } | { kind: "yes" } }
export const none = Object.freeze({});

export function withFilter(filters, column, filter) {
  const { [column]: _, ...rest } = filters;
  const empty = filter === null || (filter.kind === "in" && filter.values.length === 0)
    || (filter.kind === "range" && filter.low === null && filter.high === null);
  return Object.freeze(empty ? rest : { ...rest, [column]: filter });
}

export function withValue(filters, column, value, wanted) {
  const others = (filters[column]?.values ?? []).filter((each) => each !== value);
  return withFilter(filters, column, { kind: "in", values: wanted ? [...others, value] : others });
}

export const count = (filters) => Object.values(filters).reduce((sum, filter) => sum + (filter.kind === "in" ? filter.values.length : 1), 0);

const KEYWORDS = new Set(["and", "or", "not", "in", "is", "null", "true", "false", "like", "contains", "starts", "ends", "with", "between"]);
const name = (column) => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(column) && !KEYWORDS.has(column.toLowerCase()) ? column : `\`${column}\``);

const literal = (value) => (typeof value === "string" ? `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : String(value));

// The filter expression for the server; `except` leaves one column out, for that column's own counts.
export function expression(filters, except = null) {
  const parts = [];
  for (const [column, filter] of Object.entries(filters)) {
    if (column === except) continue;
    if (filter.kind === "yes") parts.push(`${name(column)} = true`);
    if (filter.kind === "in") {
      parts.push(filter.values.length === 1 ? `${name(column)} = ${literal(filter.values[0])}` : `${name(column)} in (${filter.values.map(literal).join(", ")})`);
    }
    if (filter.kind === "range") {
      if (filter.low !== null) parts.push(`${name(column)} >= ${filter.low}`);
      if (filter.high !== null) parts.push(`${name(column)} <= ${filter.high}`);
    }
  }
  return parts.join(" and ");
}

// Each filter as a chip: its words, and what takes it out of the filters of that time.
export function chips(filters) {
  return Object.entries(filters).flatMap(([column, filter]) => {
    const without = (now) => withFilter(now, column, null);
    if (filter.kind === "yes") return [{ text: column === "in_stock" ? t("in_stock_only") : t("only", columnName(column)), without }];
    if (filter.kind === "range") {
      const say = (value) => (value === null ? null : number(value, Number.isInteger(value) ? 0 : 2));
      return [{ text: `${columnName(column)}: ${t("between", say(filter.low), say(filter.high))}`, without }];
    }
    return filter.values.map((value) => ({ text: valueText(value), without: (now) => withValue(now, column, value, false) }));
  });
}

export function toParameters(filters, parameters) {
  for (const [column, filter] of Object.entries(filters)) {
    if (filter.kind === "yes") parameters.append(`yes.${column}`, "1");
    if (filter.kind === "range") parameters.append(`range.${column}`, `${filter.low ?? ""}~${filter.high ?? ""}`);
    if (filter.kind === "in") for (const value of filter.values) parameters.append(`in.${column}`, value);
  }
}

export function fromParameters(parameters) {
  let filters = none;
  const bound = (text) => (text === undefined || text === "" || !Number.isFinite(Number(text)) ? null : Number(text));
  for (const [key, value] of parameters) {
    const [kind, ...rest] = key.split(".");
    const column = rest.join(".");
    if (column === "" || column.includes("`")) continue;
    if (kind === "yes") filters = withFilter(filters, column, { kind: "yes" });
    if (kind === "in") filters = withValue(filters, column, value, true);
    if (kind === "range") {
      const [low, high] = value.split("~");
      filters = withFilter(filters, column, { kind: "range", low: bound(low), high: bound(high) });
    }
  }
  return filters;
}
