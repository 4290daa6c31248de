// Filters beside the results: values with counts, a range for numbers, a switch for yes and no.

import { facets as fetchFacets } from "./api.js";
import { byId, debounce, h, refill } from "./dom.js";
import { count, expression, none, withFilter, withValue } from "./filters.js";
import { columnName, number, t, valueText } from "./words.js";

const NOT_FILTERS = /^(title|description|url|image|currency|sku|gtin|ean)(_|$)/;
const FIRST = ["category", "color", "brand", "price", "in_stock"];
const FEW = 6;

const opened = new Set();
let pending = null;
let whole = null;

// Counts of a column are among what the other columns' filters leave, so that a second value can be added.
export async function loadFacets(filters) {
  pending?.abort();
  const { signal } = (pending = new AbortController());
  whole ??= await fetchFacets("", signal);
  const active = Object.keys(filters);
  const [all, ...own] = await Promise.all([
    active.length ? fetchFacets(expression(filters), signal) : whole,
    ...active.map((column) => fetchFacets(expression(filters, column), signal)),
  ]);
  // Where nothing passes the filters, no column has values; those that are filtered by are shown all the same.
  const counted = new Set(all.facets.map(({ column }) => column));
  const lost = whole.facets.filter(({ column }) => active.includes(column) && !counted.has(column)).map((facet) => ({ ...facet, values: [] }));
  return [...all.facets, ...lost].map((facet) => {
    const index = active.indexOf(facet.column);
    const found = index < 0 ? facet : own[index].facets.find((each) => each.column === facet.column) ?? facet;
    const limits = whole.facets.find((each) => each.column === facet.column);
    return { ...found, low: limits?.low ?? found.low, high: limits?.high ?? found.high };
  });
}

function useful(facet, filters) {
  if (facet.column in filters) return true;
  if (NOT_FILTERS.test(facet.column)) return false;
  if (facet.kind === "number") return facet.low !== null && facet.high !== null && facet.low < facet.high;
  if (facet.kind === "boolean") return facet.values.length > 0;
  return facet.values.length > 1 && facet.values.some((each) => each.count > 1);
}

// `now` gives the filters of the time it is asked at; `onfilters` is told how to change them, as they may have changed
// since these controls were drawn.
export function showFacets(facets, now, onfilters) {
  const filters = now();
  const ordered = facets.filter((facet) => useful(facet, filters)).sort((a, b) => place(a) - place(b));
  drawAround(byId("facets"), [
    h("div", { class: "facets-head" },
      h("h2", { id: "filters-title" }, t("filters")),
      count(filters) > 0 && h("button", { type: "button", class: "text-button", onclick: () => onfilters(() => none) }, t("clear_filters"))),
    ...ordered.map((facet) => group(facet, filters, onfilters, () => showFacets(facets, now, onfilters))),
  ].filter(Boolean));
}

// A range that is being typed stays where it is: redrawn, it would lose what was typed since it was asked for.
function drawAround(home, children) {
  const typed = typedField()?.closest(".facet");
  const at = typed ? children.findIndex((child) => child.dataset.column === typed.dataset.column) : -1;
  if (at < 0) {
    refill(home, children, () => home.querySelector('[type="checkbox"]') ?? byId("results"));
    return;
  }
  for (const child of [...home.children]) if (child !== typed) child.remove();
  typed.before(...children.slice(0, at));
  typed.after(...children.slice(at + 1));
}

function typedField() {
  const focused = document.activeElement;
  return focused?.matches('#facets input[type="number"]') ? focused : null;
}

// For when the filters become others than those that were typed.
export const leaveTypedField = () => typedField()?.blur();

function place(facet) {
  const index = FIRST.indexOf(facet.column);
  return index < 0 ? FIRST.length : index;
}

function group(facet, filters, onfilters, redraw) {
  const { column, kind } = facet;
  if (kind === "boolean") {
    const name = column === "in_stock" ? t("in_stock_only") : t("only", columnName(column));
    const on = filters[column]?.kind === "yes";
    return h("label", { class: "switch" },
      h("input", { type: "checkbox", role: "switch", checked: on, data: { key: column }, onchange: ({ target }) => onfilters((now) => withFilter(now, column, target.checked ? { kind: "yes" } : null)) }),
      h("span", {}, name));
  }
  const body = kind === "number" ? range(facet, filters, onfilters) : values(facet, filters, onfilters, redraw);
  return h("fieldset", { class: "facet", data: { column } }, h("legend", {}, columnName(column)), body);
}

function values(facet, filters, onfilters, redraw) {
  const { column } = facet;
  const chosen = filters[column]?.values ?? [];
  const missing = chosen.filter((value) => !facet.values.some((each) => each.value === value)).map((value) => ({ value, count: 0 }));
  const all = [...facet.values, ...missing];
  const shown = opened.has(column) ? all : all.filter((each, index) => index < FEW || chosen.includes(each.value));
  const rows = shown.map(({ value, count: n }) => h("label", { class: "value" },
    h("input", { type: "checkbox", checked: chosen.includes(value), data: { key: `${column}=${value}` }, onchange: ({ target }) => onfilters((now) => withValue(now, column, value, target.checked)) }),
    h("span", { class: "value-name", dir: "auto" }, valueText(value)), h("span", { class: "value-count" }, number(n))));
  if (all.length <= FEW) return rows;
  const toggle = () => {
    if (!opened.delete(column)) opened.add(column);
    redraw();
  };
  return [...rows, h("button", { type: "button", class: "text-button", "aria-expanded": String(opened.has(column)), data: { key: `${column}:all` }, onclick: toggle },
    opened.has(column) ? t("show_fewer_values") : t("show_all_values", all.length))];
}

function range({ column, low, high }, filters, onfilters) {
  const now = filters[column] ?? { low: null, high: null };
  const read = (input) => (input.value === "" || !Number.isFinite(input.valueAsNumber) ? null : input.valueAsNumber);
  const apply = debounce(() => onfilters((now) => withFilter(now, column, { kind: "range", low: read(from), high: read(to) })), 450);
  const field = (end, bound, value) => h("input", { type: "number", inputMode: "decimal", step: "any", placeholder: number(end === "low" ? Math.floor(bound) : Math.ceil(bound)),
    value: value ?? "", "aria-label": `${columnName(column)}: ${t(end)}`, data: { key: `${column}:${end}` }, oninput: apply });
  const from = field("low", low, now.low);
  const to = field("high", high, now.high);
  return h("div", { class: "range" }, h("label", {}, h("span", { "aria-hidden": "true" }, t("low")), from), h("label", {}, h("span", { "aria-hidden": "true" }, t("high")), to));
}

export function showFacetsWaiting() {
  const home = byId("facets");
  if (home.childElementCount) return;
  home.replaceChildren(h("h2", { id: "filters-title" }, t("filters")), ...Array.from({ length: 5 }, () => h("i", { class: "line" })));
}
