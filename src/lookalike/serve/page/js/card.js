// One product in the grid.

import { thumbnail } from "./api.js";
import { h, icon, onceMore } from "./dom.js";
import { insteadOf } from "./order.js";
import { number, price, t } from "./words.js";

const SWATCHES = 5;

export const titleOf = (hit) => hit.title || t("untitled");

function priceText(hit) {
  const own = hit.attributes.price;
  const currency = hit.attributes.currency;
  if (typeof own === "number") return price(own, currency);
  const others = hit.variants.map((variant) => variant.price).filter((value) => typeof value === "number");
  return others.length ? t("from_price", price(Math.min(...others), currency)) : "";
}

// `onwhy` is absent where there is no photograph to explain the hit by.
export function card(hit, { onopen, onalike, onwhy = null }) {
  const title = titleOf(hit);
  const picture = h("img", {
    src: thumbnail(hit.image_key, 384), alt: hit.attributes.color ? `${title}, ${hit.attributes.color}` : "", loading: "lazy", decoding: "async", width: 384, height: 384, onerror: onceMore,
  });
  const open = (variantId) => onopen(hit, variantId);
  const soldOut = hit.attributes.in_stock === false;
  return h("li", { class: "card", data: { product: hit.product_id } },
    h("div", { class: "tile" }, picture, soldOut && h("span", { class: "badge" }, t("sold_out")),
      h("button", { type: "button", class: "alike", data: { key: `alike:${hit.product_id}` }, "aria-label": t("more_like_named", title), title: t("more_like"), onclick: () => onalike(hit) },
        icon("alike"), h("span", {}, t("more_like")))),
    h("div", { class: "about" },
      h("h3", {}, h("button", { type: "button", class: "open", dir: "auto", data: { key: `open:${hit.product_id}` }, onclick: () => open(hit.variant_id) }, title)),
      colourOf(hit),
      h("div", { class: "facts" }, h("span", { class: "price" }, priceText(hit)),
        h("span", { class: "match" }, similarity(hit.similarity),
          onwhy && h("button", { type: "button", class: "why-button", data: { key: `why:${hit.product_id}` }, "aria-label": t("why_named", title), onclick: () => onwhy(hit) }, t("why")))),
      swatches(hit, picture, open), insteadOf(hit, onopen)));
}

// Which of its colours was found, where it comes in several.
function colourOf(hit) {
  const colours = new Set(hit.variants.map(({ color }) => color).filter(Boolean));
  if (!hit.attributes.color || colours.size < 2) return null;
  return h("p", { class: "colour-name" }, t("colour_of", hit.attributes.color, colours.size));
}

export function similarity(value) {
  const meter = h("span", { class: "meter", "aria-hidden": "true" }, h("i", {}));
  meter.firstChild.style.width = `${Math.max(0, Math.min(1, value)) * 100}%`;
  const text = number(value, 2);
  return h("span", { class: "similarity", title: t("similarity", text) }, meter, h("span", { class: "unseen" }, t("similarity", text)), h("span", { "aria-hidden": "true" }, text));
}

function swatches(hit, picture, open) {
  const shown = hit.variants.filter((variant) => variant.image_key !== null);
  if (shown.length < 2) return null;
  const matched = thumbnail(hit.image_key, 384);
  const row = shown.slice(0, SWATCHES).map((variant) => {
    const name = variant.color || variant.title || variant.variant_id || titleOf(hit);
    const own = variant.variant_id === hit.variant_id;
    const preview = () => { picture.src = own ? matched : thumbnail(variant.image_key, 384); };
    const restore = () => { picture.src = matched; };
    return h("li", {},
      h("button", { type: "button", class: own ? "swatch matched" : "swatch", title: name, onclick: () => open(variant.variant_id), onpointerenter: preview, onfocus: preview, onpointerleave: restore, onblur: restore },
        h("img", { src: thumbnail(variant.image_key, 64), alt: name, loading: "lazy", width: 64, height: 64, onerror: onceMore })));
  });
  const rest = shown.length - SWATCHES;
  return h("ul", { class: "swatches", "aria-label": t("comes_in") }, row, rest > 0 && h("li", { class: "rest" }, h("span", { class: "unseen" }, t("also", rest)), h("span", { "aria-hidden": "true" }, `+${rest}`)));
}

export function skeleton() {
  return h("li", { class: "card waiting", "aria-hidden": "true" }, h("div", { class: "tile" }), h("div", { class: "about" }, h("i", {}), h("i", {})));
}
