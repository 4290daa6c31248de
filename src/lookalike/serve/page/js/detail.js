// Everything about one product, in a drawer: pictures, versions, attributes.

import { product as fetchProduct, thumbnail } from "./api.js";
import { similarity, titleOf } from "./card.js";
import { giveBack, h, icon, onceMore } from "./dom.js";
import { likeButton } from "./people.js";
import { columnName, price, t, valueText } from "./words.js";

const SHOWN_ELSEWHERE = new Set(["title", "price", "currency", "description", "url", "in_stock"]);

// `onalike` is told the product's id, title and picture.
export async function openDetail(hit, variantId, { onalike }) {
  const opener = document.activeElement;
  const body = h("div", { class: "detail-body" });
  const dialog = h("dialog", { class: "drawer", "aria-label": t("details_of", titleOf(hit)) },
    h("div", { class: "drawer-head" }, h("button", { type: "button", class: "icon-button", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    body);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    dialog.remove();
    giveBack(opener);
  });
  const alike = (variant, imageKey) => {
    dialog.close();
    onalike({ product_id: hit.product_id, title: variant.attributes.title ?? titleOf(hit), image_key: imageKey });
  };
  // What the hit already tells is shown at once; the rest follows.
  show(body, hit, [{ variant_id: hit.variant_id, attributes: { title: hit.title, ...hit.attributes }, images: [{ image_key: hit.image_key }] }], hit.variant_id, alike);
  document.body.append(dialog);
  dialog.showModal();
  try {
    const product = await fetchProduct(hit.product_id);
    show(body, hit, product.variants, variantId, alike);
  } catch {
    // The hit's own facts stay: they are all that is known now.
  }
}

function show(body, hit, variants, variantId, alike) {
  const variant = variants.find((each) => each.variant_id === variantId) ?? variants[0];
  const images = variant.images.length ? variant.images : [{ image_key: hit.image_key }];
  const matched = Math.max(0, images.findIndex((image) => image.image_key === hit.image_key));
  const { attributes } = variant;
  const title = attributes.title ?? titleOf(hit);
  const large = h("img", { class: "large", src: thumbnail(images[matched].image_key, 768), alt: attributes.color ? `${title}, ${attributes.color}` : title, onerror: onceMore });
  const isMatch = variant.variant_id === hit.variant_id;
  body.replaceChildren(
    h("div", { class: "tile large-tile" }, large, attributes.in_stock === false && h("span", { class: "badge" }, t("sold_out"))),
    images.length > 1 ? gallery(images, matched, large) : "",
    h("div", { class: "detail-title" }, h("h2", { dir: "auto" }, title), h("p", { class: "price" }, price(attributes.price, attributes.currency))),
    isMatch && hit.similarity !== undefined ? h("p", { class: "detail-similarity" }, h("span", { "aria-hidden": "true" }, t("similarity_name")), similarity(hit.similarity)) : "",
    variants.length > 1 ? versions(variants, variant, (next) => {
      show(body, hit, variants, next.variant_id, alike);
      body.querySelector(".version.chosen")?.focus();
    }) : "",
    h("div", { class: "detail-actions" },
      h("button", { type: "button", class: "button primary", onclick: () => alike(variant, images[0].image_key) }, icon("alike"), t("more_like")),
      likeButton(hit),
      shopLink(attributes.url)),
    attributes.description ? h("p", { class: "description", dir: "auto" }, attributes.description) : "",
    facts(variant));
}

function gallery(images, chosen, large) {
  const buttons = images.map((image, index) => h("button", { type: "button", class: "thumb", "aria-pressed": String(index === chosen), "aria-label": t("picture_n", index + 1, images.length), onclick: () => {
    large.src = thumbnail(image.image_key, 768);
    buttons.forEach((button, each) => button.setAttribute("aria-pressed", String(each === index)));
  } }, h("img", { src: thumbnail(image.image_key, 128), alt: "", width: 128, height: 128, onerror: onceMore })));
  return h("div", { class: "gallery", role: "group", "aria-label": t("pictures") }, buttons);
}

function versions(variants, chosen, choose) {
  return h("div", { class: "versions", role: "group", "aria-label": t("variants") }, variants.map((variant) => {
    const { color, size, title } = variant.attributes;
    const distinct = title !== variants[0].attributes.title || variants.every((each) => each.attributes.title !== title || each === variant) ? title : undefined;
    const name = color ?? size ?? distinct ?? t("standard");
    return h("button", { type: "button", class: variant === chosen ? "version chosen" : "version", "aria-pressed": String(variant === chosen), onclick: () => choose(variant) },
      variant.images.length ? h("img", { src: thumbnail(variant.images[0].image_key, 64), alt: "", width: 64, height: 64, onerror: onceMore }) : null, h("span", {}, name));
  }));
}

function shopLink(url) {
  if (typeof url !== "string" || !/^https?:\/\//.test(url)) return null;
  return h("a", { class: "button", href: url, rel: "noopener noreferrer", target: "_blank" }, icon("out"), t("to_shop"));
}

function facts(variant) {
  const rows = Object.entries(variant.attributes).filter(([name, value]) => !SHOWN_ELSEWHERE.has(name) && value !== null && value !== "");
  if (rows.length === 0) return "";
  return h("dl", { class: "detail-facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, columnName(name)), h("dd", { dir: "auto" }, valueText(value)))));
}
