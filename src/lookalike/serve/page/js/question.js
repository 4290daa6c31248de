// The panel that shows what is looked for: a photograph with its selection, a product, or a shared link.

import { thumbnail } from "./api.js";
import { clipQuestion } from "./clip.js";
import { cropper } from "./cropper.js";
import { describer } from "./describe.js";
import { byId, h, icon, onceMore } from "./dom.js";
import { t } from "./words.js";

// Returns the photograph that is shown, for what else is put on it; null where none is.
export function showQuestion({ question, words, crop, product, oncrop, onword, onreplace, onreset }) {
  const home = byId("query");
  const body = h("div", { class: "question" });
  let title = "query_title";
  let picture = null;
  if (question.kind === "photo") {
    title = "query_photo";
    picture = photoQuestion(body, question.photo, crop, oncrop, onword);
  } else if (question.kind === "clip") {
    title = "query_clip";
    clipQuestion(body, question.clip);
  } else if (question.kind === "product") {
    title = "query_product";
    productQuestion(body, product ?? { title: question.id });
  } else if (question.kind === "words") {
    title = "query_title";
    body.append(h("p", { class: "words-question", dir: "auto" }, `“${words}”`));
  } else {
    title = "query_link";
    body.append(h("div", { class: "link-question" }, mosaic(), h("p", {}, t("query_link_text"))));
  }
  home.replaceChildren(
    h("div", { class: "query-head" },
      h("h2", { id: "query-title" }, t(title)),
      h("button", { type: "button", class: "icon-button", title: t("start_over"), "aria-label": t("start_over"), onclick: onreset }, icon("close"))),
    body,
    h("button", { type: "button", class: "button quiet wide replace", onclick: onreplace }, icon("picture"), t(question.kind === "words" ? "choose" : "replace")),
  );
  return picture;
}

function photoQuestion(body, photo, crop, oncrop, onword) {
  if (!photo.url) {
    body.append(h("div", { class: "no-preview" }, icon("picture"), h("p", {}, t("no_preview"))));
    return null;
  }
  const label = h("span", {});
  const hint = h("p", { class: "hint" }, t("part_hint"));
  const toggle = h("button", { type: "button", class: "button quiet part" }, icon("crop"), label);
  const say = (current) => {
    hint.hidden = current !== null;
    label.textContent = t(current ? "whole" : "part");
    toggle.dataset.cropped = String(current !== null);
  };
  let selected = crop;
  const names = describer({ photo, cropOf: () => selected, onword });
  const tool = cropper({ photo, crop, onchange: (current) => { selected = current; names.close(); say(current); oncrop(current); }, onremove: () => toggle.focus() });
  toggle.addEventListener("click", () => {
    if (toggle.dataset.cropped === "true") tool.set(null);
    else tool.start();
  });
  say(crop);
  const row = h("div", { class: "part-row" }, toggle, hint);
  body.append(h("div", { class: "stage-holder" }, tool.element), row, ...names.elements);
  return { photo, stage: tool.element, row, onpart: tool.start };
}

function productQuestion(body, { title, imageKey }) {
  body.append(h("div", { class: "product-question" },
    imageKey ? h("img", { src: thumbnail(imageKey, 384), alt: title, width: 384, height: 384, onerror: onceMore }) : mosaic(),
    h("p", { dir: "auto" }, title)));
}

// Stands for a picture that is not here.
function mosaic() {
  return h("div", { class: "mosaic", "aria-hidden": "true" }, Array.from({ length: 16 }, () => h("i", {})));
}
