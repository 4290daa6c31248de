// What the photograph may be called: titles and attributes of what looks like it, each a button that adds it to the words.

import { describe } from "./api.js";
import { announce, h } from "./dom.js";
import { columnName, number, t } from "./words.js";

const KINDS = 3;
const LEAST_OF_A_KIND = 0.05;
const DATE = /^\d{4}-\d\d(-\d\d)?([T ]|$)/;

// `cropOf` gives the selected part at the time of asking; `onword` is given what was chosen.
export function describer({ photo, cropOf, onword }) {
  const home = h("div", { class: "described", hidden: true });
  const button = h("button", { type: "button", class: "button quiet describe", "aria-expanded": "false" }, t("describe"));
  let asked = null;
  const close = () => {
    asked?.abort();
    asked = null;
    home.hidden = true;
    home.replaceChildren();
    button.setAttribute("aria-expanded", "false");
  };
  const open = async () => {
    const { signal } = (asked = new AbortController());
    button.setAttribute("aria-expanded", "true");
    home.hidden = false;
    home.replaceChildren(h("p", { class: "hint", role: "status" }, t("describe_busy")));
    try {
      const found = groups(await describe({ photo, crop: cropOf() }, signal));
      home.replaceChildren(...(found.length ? [h("p", { class: "hint" }, t("describe_about")), ...found.map((group) => shown(group, onword))] : [h("p", { class: "hint" }, t("describe_nothing"))]));
      announce(t("describe_done", found.reduce((sum, { suggestions }) => sum + suggestions.length, 0)));
    } catch (failure) {
      if (failure.name !== "AbortError") home.replaceChildren(h("p", { class: "hint", role: "alert" }, failure.message));
    }
  };
  button.addEventListener("click", () => (asked ? close() : open()));
  // `close` is for when another part is selected: what was told is of the part before.
  return { elements: [button, home], close };
}

// Lists worth showing, in order: titles, columns of the catalogue, kinds of things the model knows.
function groups({ titles, attributes, concepts }) {
  const kinds = concepts.filter(({ share }) => share >= LEAST_OF_A_KIND).slice(0, KINDS);
  return [
    { name: columnName("title"), suggestions: titles.map(({ title, share }) => ({ text: title, share })) },
    ...Object.entries(attributes).map(([column, values]) => ({ name: columnName(column), suggestions: values.map(({ value, share }) => ({ text: value, share })) })),
    { name: t("describe_kind"), suggestions: kinds.map(({ name, share }) => ({ text: name, share })) },
    // When a product came is nothing that a photograph shows.
  ].filter(({ suggestions }) => !suggestions.every(({ text }) => DATE.test(text)));
}

function shown({ name, suggestions }, onword) {
  return h("div", { class: "described-group", role: "group", "aria-label": name },
    h("h3", {}, name),
    h("ul", {}, suggestions.map(({ text, share }) => {
      const sure = `${number(Math.round(share * 100))}%`;
      const word = text.split("/").at(-1).trim();
      return h("li", {}, h("button", { type: "button", class: "described-word", "aria-label": t("describe_add", word, sure), onclick: () => onword(word) },
        h("span", {}, word), h("b", { "aria-hidden": "true" }, sure)));
    })));
}
