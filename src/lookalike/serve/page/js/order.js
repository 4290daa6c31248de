// The order of the hits: a menu, what it asks of the server, and a line that says what was done.

import { thumbnail } from "./api.js";
import { h, icon, onceMore } from "./dom.js";
import { columnName, number, t } from "./words.js";

const VARIED = "varied";
const VARIETY = 0.4;
const DATES = /(^|_)(date|year|added|released|created|published|arrived|season)(_|$)/i;

let dates = [];
let priced = false;

// From the server's status: columns that say when something came.
export function learnColumns(columns) {
  dates = Object.keys(columns).filter((column) => DATES.test(column) && columns[column] !== "boolean");
}

// From the facets: whether anything has a price.
export function learnFacets(facets) {
  priced = facets.some((facet) => facet.column === "price" && facet.low !== null) || priced;
}

export const orderFields = (order) => {
  if (!order) return {};
  return order === VARIED ? { diverse: VARIETY } : { sort: order };
};

function choices(order) {
  const known = ["", VARIED, ...(priced ? ["price", "-price"] : []), ...dates.map((column) => `-${column}`)];
  return known.includes(order) ? known : [...known, order];
}

function nameOf(order) {
  if (order === "") return t("order_alike");
  if (order === VARIED) return t("order_varied");
  if (order === "price") return t("order_cheap");
  if (order === "-price") return t("order_dear");
  const falling = order.startsWith("-");
  const column = columnName(order.replace(/^-/, ""));
  return t(falling ? "order_newest" : "order_rising", column);
}

export function orderMenu(order, onorder) {
  const select = h("select", { "aria-label": t("order"), id: "order", onchange: () => onorder(select.value) },
    choices(order).map((each) => h("option", { value: each, selected: each === order }, nameOf(each))));
  return h("span", { class: "order" }, select);
}

// What was done to the order, where that is not plain likeness; null where it is.
export function orderNote(ranking) {
  if (!ranking || ranking.by === "similarity") return null;
  if (ranking.by === "sort") return t("order_note_sort", ranking.sorted, number(ranking.floor, 2));
  if (ranking.diverse > 0) return t("order_note_varied", number(ranking.floor, 2));
  return null;
}

// Beside a hit that is sold out: the nearest one that can be had.
export function insteadOf(hit, onopen) {
  const { instead } = hit;
  if (!instead) return null;
  const title = instead.title || t("untitled");
  return h("button", { type: "button", class: "instead", onclick: () => onopen(instead, instead.variant_id) },
    h("img", { src: thumbnail(instead.image_key, 96), alt: "", loading: "lazy", width: 40, height: 40, onerror: onceMore }),
    h("span", {}, h("small", {}, t("instead")), h("b", { dir: "auto" }, title)), icon("out"));
}
