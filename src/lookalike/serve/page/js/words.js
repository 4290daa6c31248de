// The words of the page in the chosen language; every string lives in strings/*.js.

import en from "./strings/en.js";
import zh from "./strings/zh.js";
import { local } from "./storage.js";

const LANGUAGES = { en, zh };
const KEPT = "lookalike.language";

function preferred() {
  const kept = local.get(KEPT);
  if (kept in LANGUAGES) return kept;
  const spoken = (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2).toLowerCase());
  return spoken.find((tag) => tag in LANGUAGES) ?? "en";
}

let current = preferred();

export const language = () => current;
export const otherLanguage = () => (current === "en" ? "zh" : "en");

// A word or sentence; entries that need values are functions of them.
export function t(key, ...values) {
  const entry = LANGUAGES[current][key] ?? LANGUAGES.en[key];
  if (entry === undefined) return key;
  return typeof entry === "function" ? entry(...values) : entry;
}

export const has = (key) => key in LANGUAGES.en;

export function setLanguage(name) {
  current = name;
  local.set(KEPT, name);
  translatePage();
}

// Fills in the parts of the page that are markup and not made by a module.
export function translatePage() {
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
}

const locale = () => (current === "zh" ? "zh-CN" : "en");

export function price(amount, currency) {
  if (typeof amount !== "number") return "";
  const money = typeof currency === "string" && /^[A-Z]{3}$/.test(currency);
  const digits = Number.isInteger(amount) && !money ? 0 : 2;
  const options = money ? { style: "currency", currency } : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale(), options).format(amount);
}

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

// A column's name as people say it: known ones are translated, others lose their underscores.
export function columnName(column) {
  const known = `column_${column}`;
  if (has(known)) return t(known);
  const spaced = column.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function valueText(value) {
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  return typeof value === "number" ? new Intl.NumberFormat(locale()).format(value) : String(value);
}
