// The box for words in the header: alone they are the question, beside a picture they bend it.

import { suggest } from "./api.js";
import { announce, byId, debounce, h, icon } from "./dom.js";
import { microphone } from "./microphone.js";
import { t } from "./words.js";

let field = null;
let clear = null;
let list = null;
let handlers = null;
let asking = null;
let marked = -1;
// What was typed, while a suggestion is in its place.
let written = "";

// `onwords` is told the words that were entered; empty ones mean that they were taken away.
export function buildSearchbox(given) {
  handlers = given;
  const words = field?.value ?? "";
  field = h("input", {
    type: "search", id: "words", dir: "auto", class: "words-field", autocomplete: "off", autocapitalize: "off", spellcheck: false, maxLength: 1000,
    enterkeyhint: "search", "aria-label": t("words_label"), placeholder: t("words_alone"), role: "combobox", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": "words-list", oninput: typed, onkeydown: pressed, onblur: () => setTimeout(close, 120),
  });
  clear = h("button", { type: "button", class: "words-clear", "aria-label": t("words_clear"), hidden: true, onclick: empty }, icon("close"));
  list = h("ul", { class: "words-list", id: "words-list", role: "listbox", "aria-label": t("words_label"), hidden: true });
  const form = h("form", { class: "words", role: "search", "aria-label": t("words_label"), onsubmit: submit }, icon("empty"), field, clear, microphone({ onwords: take }));
  byId("words-home").replaceChildren(form, list);
  showWords(words);
}

export function showWords(words, beside = false) {
  field.value = words ?? "";
  field.placeholder = t(beside ? "words_beside" : "words_alone");
  showClear();
  close();
}

function showClear() {
  clear.hidden = field.value === "";
}

function typed() {
  showClear();
  look();
}

const look = debounce(async () => {
  asking?.abort();
  const text = field.value;
  if (text.trim() === "" || document.activeElement !== field) {
    close();
    return;
  }
  asking = new AbortController();
  try {
    const { suggestions } = await suggest(text, asking.signal);
    if (field.value === text && document.activeElement === field) open(suggestions);
  } catch {
    close();
  }
}, 120);

function open(suggestions) {
  marked = -1;
  written = field.value;
  list.replaceChildren(...suggestions.map(({ text }, at) => h("li", {
    id: `words-option-${at}`, role: "option", class: "words-option", dir: "auto", "aria-selected": "false",
    onmousedown: (event) => { event.preventDefault(); take(text); },
  }, text)));
  list.hidden = suggestions.length === 0;
  field.setAttribute("aria-expanded", String(!list.hidden));
  field.removeAttribute("aria-activedescendant");
  if (suggestions.length) announce(t("words_suggestions", suggestions.length));
}

function close() {
  look.cancel();
  list.hidden = true;
  marked = -1;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function pressed(event) {
  if (event.isComposing) return; // The keys are the input method's.
  const options = [...list.children];
  if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    if (marked >= 0) field.value = written;
    close();
    return;
  }
  if (list.hidden || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  marked = (marked + (event.key === "ArrowDown" ? 1 : -1) + options.length + 1) % (options.length + 1);
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === marked)));
  field.value = options[marked]?.textContent ?? written;
  if (options[marked]) field.setAttribute("aria-activedescendant", options[marked].id);
  else field.removeAttribute("aria-activedescendant");
}

function take(text) {
  field.value = text;
  close();
  field.blur();
  handlers.onwords(text.trim());
}

function submit(event) {
  event.preventDefault();
  take(field.value);
}

function empty() {
  field.value = "";
  showClear();
  close();
  field.focus();
  handlers.onwords("");
}
