// The grid of results with its toolbar, chips, and every state it can be in.

import { card, skeleton, titleOf } from "./card.js";
import { announce, byId, h, icon, refill } from "./dom.js";
import { chips, none } from "./filters.js";
import { personalNote } from "./people.js";
import { orderMenu, orderNote } from "./order.js";
import { columnName, number, t, valueText } from "./words.js";

let grid = null;
let title = null;
let toldTime = null;
let share = null;
let chipRow = null;
let readRow = null;
let verdictLine = null;
let personal = null;
let orderLine = null;
let orderHome = null;
let foot = null;
let handlers = null;

export function buildResults(given) {
  handlers = given;
  title = h("h2", { id: "results-title" });
  toldTime = h("span", { class: "timing-home" });
  share = h("button", { type: "button", class: "button quiet share", hidden: true, onclick: handlers.onshare }, icon("share"), t("share"));
  chipRow = h("ul", { class: "chips", "aria-label": t("filters"), hidden: true });
  readRow = h("div", { class: "read", hidden: true });
  verdictLine = h("p", { class: "verdict", hidden: true });
  orderLine = h("p", { class: "order-note", hidden: true });
  orderHome = h("span", {});
  showOrder();
  personal = h("div", {});
  grid = h("ul", { class: "grid" });
  foot = h("div", { class: "results-foot" });
  const toolbar = h("div", { class: "toolbar" }, title, h("div", { class: "toolbar-aside" }, orderHome, toldTime, share));
  byId("results").replaceChildren(toolbar, chipRow, readRow, verdictLine, personal, orderLine, grid, foot);
}

const toResults = () => byId("results");

// The bar over the hits. What is in it stays there, so that a menu in use keeps the focus.
function heading(text, answer = null) {
  title.textContent = text;
  showOrder();
  refill(toldTime, answer ? [timing(answer)] : [], toResults);
  share.hidden = answer === null || Boolean(answer.clip);
}

// The menu again, because what can be sorted by was learned, or the language changed. A clip has no order.
export function showOrder() {
  if (orderHome === null || orderHome.contains(document.activeElement)) return;
  const order = handlers.order();
  orderHome.hidden = order === null;
  orderHome.replaceChildren(order === null ? "" : orderMenu(order, handlers.onorder));
}

export function showChips(filters) {
  const all = chips(filters);
  refillChips(chipRow, [
    ...all.map(({ text, without }) => h("li", {},
      h("button", { type: "button", class: "chip", data: { key: `chip:${text}` }, "aria-label": t("remove_filter", text), onclick: () => handlers.onfilters(without) }, h("span", {}, text), icon("close")))),
    h("li", {}, h("button", { type: "button", class: "chip clear", onclick: () => handlers.onfilters(() => none) }, t("clear_filters"))),
  ]);
  chipRow.hidden = all.length === 0;
}

// After a chip is taken away the focus is at the one in its place, or the last of those before it.
function refillChips(row, chips) {
  const at = [...row.querySelectorAll(".chip")].indexOf(document.activeElement);
  refill(row, chips, () => {
    const left = [...row.querySelectorAll(".chip:not(.clear)")];
    return left[Math.min(at, left.length - 1)] ?? byId("results");
  });
}

// `fresh`: another question, so old hits would mislead; otherwise they stay, dimmed, until the new ones come.
export function showBusy(fresh) {
  const results = byId("results");
  results.setAttribute("aria-busy", "true");
  const empty = grid.childElementCount === 0 || foot.querySelector(".state");
  if (!fresh && !empty) return;
  heading(t("results_busy"));
  verdictLine.hidden = true;
  personal.replaceChildren();
  orderLine.hidden = true;
  readRow.hidden = true;
  refill(grid, Array.from({ length: 8 }, skeleton), toResults);
  grid.hidden = false;
  refill(foot, [], toResults);
}

export function showAnswer(answer, onwhy = null) {
  const results = byId("results");
  results.removeAttribute("aria-busy");
  const { hits } = answer;
  const arranged = answer.ranking?.by === "sort" || answer.ranking?.diverse > 0;
  heading(t(arranged ? "results_arranged" : "results_title"), answer);
  const note = orderNote(answer.ranking);
  orderLine.hidden = note === null || hits.length === 0;
  orderLine.textContent = note ?? "";
  const told = showVerdict(answer);
  personal.replaceChildren(personalNote(answer) ?? "");
  showRead(answer);
  refill(grid, hits.map((hit) => card(hit, { ...handlers, onwhy })), toResults);
  grid.hidden = hits.length === 0;
  refill(foot, [], toResults);
  if (hits.length === 0) foot.append(nothing());
  moreButton(answer);
  announce([told, note, t(arranged ? "found_arranged" : "found", hits.length, hits.length ? titleOf(hits[0]) : "")].filter(Boolean).join(" "));
}

// What leaves nothing to show, and how to take it away: filters, else words, else what is looked for.
function nothing() {
  if (!chipRow.hidden) return state("empty", t("nothing"), t("nothing_text"), { text: t("clear_filters"), act: () => handlers.onfilters(() => none) });
  if (handlers.words()) return state("empty", t("nothing_words"), t("nothing_words_text"), { text: t("words_clear"), act: () => handlers.onwords("") });
  return state("empty", t("nothing_alike"), t("nothing_alike_text"), { text: t("start_over"), act: handlers.onreset });
}

// What the calibrated rule says about the first hit; nothing where it may say nothing.
function showVerdict(answer) {
  const { verdict, verdict_details: details, hits } = answer;
  verdictLine.hidden = !verdict || hits.length === 0;
  if (verdictLine.hidden) return "";
  const kind = details?.outside_filter ? "outside" : verdict;
  verdictLine.dataset.verdict = kind;
  const said = t(`verdict_${kind}`);
  const more = t(`verdict_${kind}_text`);
  verdictLine.replaceChildren(icon({ same: "check", similar: "alike", absent: "absent", outside: "filter" }[kind]), h("strong", {}, said), h("span", {}, more));
  return `${said}. ${more}`;
}

// What the words were taken to mean: conditions that can be taken away again, corrections, and what is not there.
function showRead({ understood = [], corrected = {}, unmapped = [], code = null }) {
  const filters = understood.filter((condition) => condition.effect === "filter");
  const notes = [
    ...(code ? [t(code.outside_filter ? "code_hidden" : code.products.length ? "code_matched" : "code_unknown", code.text)] : []),
    ...Object.entries(corrected).map(([written, meant]) => t("words_corrected", written, meant)),
    ...unmapped.map((word) => t("words_unmapped", word)),
  ];
  refillChips(readRow, [
    h("ul", { class: "chips", "aria-label": t("words_read"), hidden: filters.length === 0 }, filters.map((condition) => {
      const text = `${columnName(condition.column)} ${t("words_operator", condition.operator)} ${condition.values.map(valueText).join(condition.operator === "between" ? "–" : ", ")}`;
      return h("li", {}, h("button", { type: "button", class: "chip", data: { key: `read:${text}` }, "aria-label": t("remove_filter", text), onclick: () => handlers.onunread(condition, understood) }, h("span", {}, text), icon("close")));
    })),
    ...notes.map((note) => h("p", { class: "read-note" }, note)),
  ]);
  readRow.hidden = filters.length + notes.length === 0;
}

export function addAnswer(answer, onwhy = null) {
  const known = new Set([...grid.children].map((child) => child.dataset.product));
  const added = answer.hits.filter((hit) => !known.has(hit.product_id)).map((hit) => card(hit, { ...handlers, onwhy }));
  grid.append(...added);
  foot.replaceChildren();
  moreButton(answer);
  added[0]?.querySelector(".open").focus({ preventScroll: true });
  announce(t("found_more", added.length));
}

function moreButton(answer) {
  if (answer.next_offset === null) return;
  const button = h("button", { type: "button", class: "button more", onclick: async () => {
    button.disabled = true;
    await handlers.onmore(answer.next_offset);
    button.disabled = false;
  } }, t("more"));
  foot.append(button);
}

function timing(answer) {
  const stages = Object.entries(answer.timings_ms);
  const total = answer.timings_ms.total ?? stages.reduce((sum, [, value]) => sum + value, 0);
  const say = (value) => t("milliseconds", number(value, value < 10 ? 1 : 0));
  return h("details", { class: "timing" },
    h("summary", {}, `${say(total)} · ${t(answer.exact ? "exact" : "approximate")}`),
    h("div", { class: "timing-card" },
      h("dl", {}, stages.map(([name, value]) => h("div", {}, h("dt", {}, t("stage", name)), h("dd", {}, say(value))))),
      h("p", {}, t(answer.exact ? "exact_about" : "approximate_about"))));
}

export function showFailure(failure, { limitBytes, onretry, onreplace, onclear }) {
  byId("results").removeAttribute("aria-busy");
  const told = explain(failure, limitBytes);
  const act = { retry: onretry, replace: onreplace, clear: onclear }[told.action];
  const text = { retry: t("retry"), replace: t("replace"), clear: t("clear_filters") }[told.action];
  heading(t("error_title"));
  verdictLine.hidden = true;
  personal.replaceChildren();
  orderLine.hidden = true;
  refill(grid, [], toResults);
  readRow.hidden = true;
  grid.hidden = true;
  refill(foot, [state(told.icon, told.title, told.text, { text, act }, told.detail)], toResults);
  // On a narrow screen the photograph fills the view, and the way out would be below it.
  if (!document.querySelector(".dragging")) foot.scrollIntoView({ block: "nearest" });
  announce(`${told.title}. ${told.text}`);
}

function explain(failure, limitBytes) {
  const server = failure.message;
  const detail = failure.hint ? `${server} ${failure.hint}.` : server;
  if (failure.code === "unreachable") return { icon: "offline", title: t("error_unreachable"), text: t("error_unreachable_text"), action: "retry" };
  if (failure.code === "nothing_indexed") return { icon: "empty", title: t("empty_catalogue"), text: t("empty_catalogue_text"), action: "retry", detail: "lookalike index catalog.csv" };
  if (failure.code === "image_rejected") return { icon: "warning", title: t("error_image"), text: t(`error_image_${failure.reason}`), action: "replace", detail };
  if (failure.status === 408) return { icon: "offline", title: t("error_slow"), text: t("error_slow_text"), action: "retry" };
  if (failure.status === 413) return { icon: "warning", title: t("error_too_large"), text: t("error_too_large_text", Math.floor(limitBytes / 2 ** 20)), action: "replace" };
  if (failure.status === 503 || failure.status === 504) return { icon: "warning", title: t("error_busy"), text: t("error_busy_text"), action: "retry" };
  if (failure.code === "fingerprint_mismatch") return { icon: "warning", title: t("error_old_link"), text: t("error_old_link_text"), action: "replace" };
  if (failure.status === 404) return { icon: "empty", title: t("error_gone"), text: t("error_gone_text"), action: "replace" };
  if (["unknown_column", "selection_syntax_error", "selection_type_error", "selection_error"].includes(failure.code)) {
    return { icon: "filter", title: t("error_filter"), text: t("error_filter_text"), action: "clear", detail };
  }
  return { icon: "warning", title: t("error_server"), text: detail, action: "retry" };
}

export function state(name, title, text, { text: label, act }, detail = null) {
  return h("div", { class: "state" }, icon(name), h("h3", {}, title), h("p", {}, text), detail && h("p", { class: "detail", lang: "en" }, detail),
    h("button", { type: "button", class: "button", onclick: act }, label));
}
