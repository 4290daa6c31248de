// Language, theme and the way to the API's reference, in the header.

import { byId, h, icon } from "./dom.js";
import { peopleButton } from "./people.js";
import { local } from "./storage.js";
import { otherLanguage, setLanguage, t } from "./words.js";

let administers = false;

// Whoever may change products is shown the way to the catalogue's health; shoppers are not.
export function showAdministration(may) {
  administers = may;
  const doctor = byId("to-doctor");
  if (doctor) doctor.hidden = !may;
}

// What the server keeps of photographs, where it keeps something.
export function tellKept(keeps = []) {
  const home = byId("privacy");
  home.dataset.t = keeps.includes("unmet_pictures") ? "privacy_unmet" : "privacy";
  home.textContent = t(home.dataset.t);
}

const THEMES = ["auto", "light", "dark"];
const theme = () => document.documentElement.dataset.theme ?? "auto";

function setTheme(name) {
  if (name === "auto") {
    delete document.documentElement.dataset.theme;
    local.remove("lookalike.theme");
  } else {
    document.documentElement.dataset.theme = name;
    local.set("lookalike.theme", name);
  }
}

// `onlanguage` is called after the language changed.
export function showTools(onlanguage) {
  const themeButton = h("button", { type: "button", class: "icon-button", id: "theme", onclick: () => {
    setTheme(THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);
    showTools(onlanguage);
    byId("theme").focus();
  }, "aria-label": t("theme", theme()), title: t("theme", theme()) }, icon(theme()));
  const languageButton = h("button", { type: "button", class: "text-button", id: "language", lang: otherLanguage() === "zh" ? "zh-CN" : "en", onclick: () => {
    setLanguage(otherLanguage());
    showTools(onlanguage);
    byId("language").focus();
    onlanguage();
  } }, t("switch_language"));
  const doctor = h("a", { class: "text-button", id: "to-doctor", href: "/doctor", hidden: !administers }, t("doctor"));
  byId("tools").replaceChildren(doctor, h("a", { class: "text-button", href: "/docs" }, t("reference")), languageButton, themeButton, peopleButton());
}
