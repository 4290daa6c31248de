// The box for words in the header: alone they are the question, beside a picture they bend it.

import { byId, h, icon } from "./dom.js";
import { t } from "./words.js";

let field = null;
let clear = null;
let handlers = null;

// `onwords` is told the words that were entered; empty ones mean that they were taken away.
export function buildSearchbox(given) {
  handlers = given;
  const words = field?.value ?? "";
  field = h("input", {
    type: "search", id: "words", class: "words-field", autocomplete: "off", autocapitalize: "off", spellcheck: false, maxLength: 1000,
    enterkeyhint: "search", "aria-label": t("words_label"), placeholder: t("words_alone"), oninput: showClear,
  });
  clear = h("button", { type: "button", class: "words-clear", "aria-label": t("words_clear"), hidden: true, onclick: empty }, icon("close"));
  const form = h("form", { class: "words", role: "search", "aria-label": t("words_label"), onsubmit: submit }, icon("empty"), field, clear);
  byId("words-home").replaceChildren(form);
  showWords(words);
}

export function showWords(words, beside = false) {
  field.value = words ?? "";
  field.placeholder = t(beside ? "words_beside" : "words_alone");
  showClear();
}

function showClear() {
  clear.hidden = field.value === "";
}

function submit(event) {
  event.preventDefault();
  field.blur();
  handlers.onwords(field.value.trim());
}

function empty() {
  field.value = "";
  showClear();
  field.focus();
  handlers.onwords("");
}
