// What the page shows before anything was asked: a way in, and products of the catalogue to begin with.

import { thumbnail } from "./api.js";
import { byId, h, icon, onceMore } from "./dom.js";
import { t } from "./words.js";

// `examples`: products, null while they load, undefined when the server did not answer.
export function showStart({ examples, onchoose, ontake, onexample, onretry }) {
  byId("start").replaceChildren(
    h("div", { class: "hero" },
      h("div", { class: "hero-words" }, h("h1", { id: "start-title" }, t("start_title")), h("p", {}, t("start_text"))),
      h("div", { class: "drop" },
        h("span", { class: "drop-mark", "aria-hidden": "true" }, icon("picture")),
        h("p", { class: "drop-words" }, h("strong", {}, t("start_drop")), h("span", {}, t("start_drop_hint"))),
        h("div", { class: "drop-actions" },
          h("button", { type: "button", class: "button primary", id: "choose", onclick: onchoose }, icon("picture"), t("choose")),
          h("button", { type: "button", class: "button", id: "take", onclick: ontake }, icon("camera"), t("take"))))),
    h("div", { id: "for-you" }),
    exampleGrid(examples, onexample, onretry));
}

function exampleGrid(examples, onexample, onretry) {
  if (examples === undefined) {
    return h("div", { class: "state" }, icon("offline"), h("h2", {}, t("error_unreachable")), h("p", {}, t("error_unreachable_text")), h("button", { type: "button", class: "button", onclick: onretry }, t("retry")));
  }
  if (examples === null) {
    return h("div", { class: "examples", "aria-hidden": "true" }, h("ul", { class: "example-grid" }, Array.from({ length: 12 }, () => h("li", { class: "waiting" }, h("div", { class: "tile" })))));
  }
  if (examples.length === 0) {
    return h("div", { class: "state" }, icon("empty"), h("h2", {}, t("empty_catalogue")), h("p", {}, t("empty_catalogue_text")), h("code", {}, "lookalike index catalog.csv"));
  }
  return h("section", { class: "examples", "aria-labelledby": "examples-title" },
    h("h2", { id: "examples-title" }, t("start_examples")),
    h("ul", { class: "example-grid" }, examples.map((example) => h("li", {},
      h("button", { type: "button", class: "example", "aria-label": t("example_of", example.title), onclick: () => onexample(example) },
        h("span", { class: "tile" }, h("img", { src: thumbnail(example.image_key, 256), alt: "", width: 256, height: 256, decoding: "async", onerror: onceMore })),
        h("span", { class: "example-title", dir: "auto" }, example.title))))));
}

// One picture a product, spread over the categories so that the first screen shows what the catalogue holds.
export function examplesFrom(products, n) {
  const groups = new Map();
  for (const product of products) {
    const variant = product.variants.find((each) => each.images.length);
    if (!variant) continue;
    const { title, category } = variant.attributes;
    const example = { product_id: product.product_id, title: title ?? product.product_id, image_key: variant.images[0].image_key };
    groups.set(category, [...(groups.get(category) ?? []), example]);
  }
  const chosen = [];
  for (let round = 0; chosen.length < n; round += 1) {
    const before = chosen.length;
    for (const group of groups.values()) if (group[round] && chosen.length < n) chosen.push(group[round]);
    if (chosen.length === before) break;
  }
  return chosen;
}
