// Personal results: a switch, the row "for you", and all that is kept, to be seen, taken along and erased.
//
// Nothing is kept of anybody before they switch it on; then this browser keeps one random id, and the shop's own server
// what was done under it.

import * as api from "./api.js";
import { titleOf } from "./card.js";
import { byId, giveBack, h, icon, onceMore, toast } from "./dom.js";
import { local, session } from "./storage.js";
import { number, t } from "./words.js";

const KEPT = "lookalike.shopper";
const SESSION = "lookalike.visit";
const SHOWN = 12;

let offered = false;
let changed = () => {};
// Titles of products that this page has shown, to say "because of" by name.
const names = new Map();

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const random = () => hex(crypto.getRandomValues(new Uint8Array(16)));

// The shopper's id while personal results are on; null while they are off.
export const shopper = () => (offered ? local.get(KEPT) : null);

// The server says whether it gives personal results at all. Not where this browser keeps nothing: the id would be lost
// with the page, and what was kept under it could not be erased.
export function offerPeople(given, onchange) {
  offered = given && local.keeps();
  changed = onchange;
  const button = byId("people");
  if (button) button.hidden = !offered;
}

export function peopleButton() {
  return h("button", { type: "button", class: "icon-button people-button", id: "people", hidden: !offered, "aria-label": t("people"), title: t("people"), "aria-pressed": String(Boolean(shopper())), onclick: openPanel }, icon("heart"));
}

function visit() {
  const kept = session.get(SESSION) ?? random();
  session.set(SESSION, kept);
  return kept;
}

// Tells the server what was done; nothing while personal results are off.
export async function remember(kind, hit, { query = null, position = null } = {}) {
  names.set(hit.product_id, titleOf(hit));
  const id = shopper();
  if (!id) return false;
  const event = { shopper: id, product_id: hit.product_id, kind, session: visit() };
  if (query && position) Object.assign(event, { query, position });
  try {
    await api.post("/v1/events", event);
    return true;
  } catch {
    return false; // A shop whose events are lost still sells.
  }
}

// The heart in a product's drawer; none while personal results are off.
export function likeButton(hit) {
  if (!shopper()) return null;
  const button = h("button", { type: "button", class: "button", onclick: async () => {
    button.disabled = true;
    if (await remember("like", hit)) {
      toast(t("people_liked"));
      changed();
      return;
    }
    toast(t("people_like_failed"));
    button.disabled = false;
    button.focus();
  } }, icon("heart"), t("people_like"));
  return button;
}

// What an answer says about taste: that it was used, and because of what.
export function personalNote(answer) {
  const note = answer.personal;
  if (!note || note.basis !== "taste") return null;
  return h("p", { class: "people-note" }, icon("heart"), h("span", {}, t("people_used", namesOf(note.because))),
    h("button", { type: "button", class: "text-button", onclick: openPanel }, t("people_manage")));
}

const namesOf = (ids) => ids.slice(0, 2).map((id) => names.get(id) ?? id);

// The row on the start page; empty while personal results are off or nothing is known.
export async function showForYou(home, onopen) {
  home.replaceChildren();
  const id = shopper();
  if (!id) return;
  let found;
  try {
    found = await api.post("/v1/recommend", { shopper: id, k: SHOWN });
  } catch {
    return;
  }
  const hits = found.hits.filter((hit) => hit.image_key !== null);
  if (found.personal.basis !== "taste" || hits.length === 0 || shopper() !== id) return;
  await learnNames(hits.flatMap((hit) => hit.because));
  home.replaceChildren(h("section", { class: "examples for-you", "aria-labelledby": "for-you-title" },
    h("div", { class: "for-you-head" }, h("h2", { id: "for-you-title" }, t("people_for_you")),
      h("button", { type: "button", class: "text-button", onclick: openPanel }, t("people_manage"))),
    h("ul", { class: "for-you-row" }, hits.map((hit) => h("li", {},
      h("button", { type: "button", class: "example", "aria-label": titleOf(hit), onclick: () => onopen(hit) },
        h("span", { class: "tile" }, h("img", { src: api.thumbnail(hit.image_key, 256), alt: "", width: 256, height: 256, decoding: "async", onerror: onceMore })),
        h("span", { class: "example-title", dir: "auto" }, titleOf(hit)),
        hit.because.length ? h("span", { class: "for-you-because" }, t("people_because", namesOf(hit.because).slice(0, 1))) : null))))));
}

async function learnNames(ids) {
  const unknown = [...new Set(ids)].filter((id) => !names.has(id)).slice(0, SHOWN);
  await Promise.all(unknown.map(async (id) => {
    try {
      const product = await api.product(id);
      names.set(id, product.variants.find((each) => each.attributes.title)?.attributes.title ?? id);
    } catch {
      names.set(id, id);
    }
  }));
}

// --- the panel ---

function openPanel() {
  const opener = document.activeElement;
  const body = h("div", { class: "people-body" });
  const dialog = h("dialog", { class: "drawer people", "aria-label": t("people") },
    h("div", { class: "drawer-head" }, h("button", { type: "button", class: "icon-button", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    body);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    dialog.remove();
    giveBack(opener, byId("people"));
  });
  document.body.append(dialog);
  dialog.showModal();
  showPanel(body);
}

async function showPanel(body) {
  const id = shopper();
  const box = h("input", { type: "checkbox", id: "people-switch", checked: Boolean(id), onchange: () => flip(box, body) });
  const known = h("div", { class: "people-known" });
  body.replaceChildren(
    h("h2", {}, t("people")),
    h("label", { class: "switch" }, box, h("span", {}, t("people_switch"))),
    h("p", { class: "people-about" }, t("people_about")),
    known);
  body.dataset.on = String(Boolean(id));
  if (id) await showKnown(known, id, body);
}

async function flip(box, body) {
  const on = box.checked;
  box.disabled = true;
  try {
    if (on) {
      local.set(KEPT, `me-${random()}`);
    } else {
      // Off forgets: the id goes, so what was kept under it must go first.
      await api.post("/v1/people/erase", { shopper: shopper() });
      local.remove(KEPT);
      session.remove(SESSION);
    }
    toast(t(on ? "people_now_on" : "people_now_off"));
    tellChange();
  } catch {
    toast(t("error_unreachable"));
  }
  await showPanel(body);
  byId("people-switch")?.focus();
}

async function showKnown(known, id, body) {
  let kept;
  try {
    kept = await api.post("/v1/people/show", { shopper: id });
  } catch {
    known.replaceChildren(h("p", { class: "people-about" }, t("error_unreachable")));
    return;
  }
  if (!known.isConnected) return;
  const groups = kept.interests.map(({ share, products }) => h("section", { class: "people-interest" },
    h("h4", {}, t("people_interest", number(share * 100))),
    pictures(products)));
  known.replaceChildren(
    h("h3", {}, t("people_known")),
    h("p", {}, t("people_counts", kept.events, kept.products.length)),
    kept.events > 0 && groups.length === 0 ? pictures(kept.products) : "",
    ...groups,
    h("div", { class: "people-actions" },
      h("button", { type: "button", class: "button", disabled: kept.events === 0, onclick: () => download(id) }, t("people_export")),
      h("button", { type: "button", class: "button", disabled: kept.events === 0, onclick: () => erase(id, body) }, t("people_erase"))));
}

function pictures(products) {
  const row = h("ul", { class: "people-pictures" });
  for (const id of products.slice(0, 6)) {
    const place = h("li", { title: names.get(id) ?? id });
    row.append(place);
    api.product(id).then((product) => {
      const variant = product.variants.find((each) => each.images.length);
      if (!variant) return;
      const title = variant.attributes.title ?? id;
      names.set(id, title);
      place.title = title;
      place.append(h("img", { src: api.thumbnail(variant.images[0].image_key, 128), alt: title, width: 128, height: 128, onerror: onceMore }));
    }, () => place.append(h("span", {}, id)));
  }
  return row;
}

async function download(id) {
  try {
    const all = await api.post("/v1/people/export", { shopper: id });
    const address = URL.createObjectURL(new Blob([JSON.stringify(all, null, 2)], { type: "application/json" }));
    h("a", { href: address, download: "lookalike-what-is-kept.json" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  } catch {
    toast(t("error_unreachable"));
  }
}

async function erase(id, body) {
  try {
    const { erased } = await api.post("/v1/people/erase", { shopper: id });
    toast(t("people_erased", erased));
    tellChange();
  } catch {
    toast(t("error_unreachable"));
  }
  await showPanel(body);
}

function tellChange() {
  byId("people")?.setAttribute("aria-pressed", String(Boolean(shopper())));
  changed();
}
