// The catalogue's health: findings in groups, worst first, with what to do about each kind.

import { ApiError, health, thumbnail } from "./api.js";
import { announce, byId, h, icon, onceMore } from "./dom.js";
import { writeToken } from "./storage.js";
import { showTools } from "./tools.js";
import { number, t, translatePage } from "./words.js";

const FIRST = 12;
const OTHERS = 3;
const SEVERITIES = ["high", "medium", "low"];

// `refused`: a token was sent, and it is not the server's.
const state = { report: null, failure: null, refused: false, progress: null, kind: null, open: new Set() };

async function load() {
  state.failure = null;
  const token = writeToken.get();
  state.progress = { done: 0, total: 0 };
  draw();
  try {
    for (;;) {
      const answer = await health(token);
      if (!answer.under_way) {
        state.report = answer;
        break;
      }
      state.progress = answer.under_way;
      draw();
      await new Promise((resume) => { setTimeout(resume, 1000); });
    }
    announce(t("doctor_found", state.report.summary.findings));
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    state.failure = failure;
    state.refused = failure.status === 401 && Boolean(token);
  }
  state.progress = null;
  draw();
  if (state.refused) byId("token").focus();
}

function draw() {
  const { report, failure, progress } = state;
  byId("doctor").replaceChildren(
    h("div", { class: "doctor-head" }, h("h1", {}, t("doctor_title")), h("p", {}, t("doctor_about"))),
    ...(failure ? [failed(failure)] : progress ? [waiting(progress)] : report ? shown(report) : []));
}

function waiting({ done, total }) {
  const text = total ? t("doctor_measured", done, total) : t("doctor_looking");
  const bar = h("progress", { "aria-label": t("doctor_looking") });
  if (total) Object.assign(bar, { max: total, value: done });
  return h("div", { class: "state" }, bar, h("p", {}, text));
}

function failed(failure) {
  if (failure.status !== 401) {
    return h("div", { class: "state", role: "alert" }, icon("warning"), h("h2", {}, t(failure.status === 403 ? "doctor_closed" : failure.code === "nothing_indexed" ? "empty_catalogue" : "error_title")),
      h("p", { class: "detail" }, failure.hint ?? failure.message), h("button", { type: "button", class: "button", onclick: load }, t("retry")));
  }
  const wrong = state.refused && h("p", { id: "token-wrong", class: "token-wrong", role: "alert" }, t("doctor_token_wrong"));
  const input = h("input", { type: "password", id: "token", autocomplete: "off", required: true, "aria-invalid": state.refused ? "true" : null, "aria-describedby": state.refused ? "token-wrong" : null });
  return h("form", { class: "state", onsubmit: (event) => {
    event.preventDefault();
    writeToken.set(input.value);
    load();
  } }, h("h2", {}, t("doctor_token")), h("label", { for: "token" }, t("doctor_token_about")), input, wrong, h("button", { type: "submit", class: "button primary" }, t("doctor_look")));
}

function shown(report) {
  const kinds = Object.keys(report.summary.by_kind);
  const chosen = kinds.includes(state.kind) ? [state.kind] : kinds;
  return [
    summary(report),
    kinds.length > 1 && filters(report.summary.by_kind),
    kinds.length === 0 && h("div", { class: "state" }, icon("alike"), h("h2", {}, t("doctor_healthy"))),
    ...chosen.map((kind) => group(kind, report.findings.filter((finding) => finding.kind === kind))),
    worth(report.views),
    report.summary.unchecked.length > 0 && h("section", { class: "unchecked" }, h("h2", {}, t("doctor_unchecked")), h("ul", {}, report.summary.unchecked.map((text) => h("li", {}, text)))),
  ].filter(Boolean);
}

function summary({ files, summary: { products, products_affected: affected, by_severity: by } }) {
  const facts = [[t("doctor_products"), products], [t("doctor_files"), files], [t("doctor_affected"), affected], ...SEVERITIES.map((severity) => [t(`severity_${severity}`), by[severity]])];
  return h("dl", { class: "figures" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, number(value)))));
}

function filters(byKind) {
  const all = Object.values(byKind).reduce((sum, count) => sum + count, 0);
  const choice = (kind, text, count) => h("button", { type: "button", class: "kind", "aria-pressed": String(state.kind === kind), data: { kind: kind ?? "" }, onclick: () => {
    state.kind = kind;
    draw();
    byId("doctor").querySelector(`.kind[data-kind="${kind ?? ""}"]`).focus();
  } }, text, h("b", {}, number(count)));
  return h("div", { class: "kinds", role: "group", "aria-label": t("doctor_kinds") }, choice(null, t("doctor_all"), all),
    Object.entries(byKind).map(([kind, count]) => choice(kind, t(`kind_${kind}`), count)));
}

function group(kind, findings) {
  const open = state.open.has(kind) || findings.length <= FIRST;
  return h("section", { class: "findings", id: `findings-${kind}`, "aria-labelledby": `title-${kind}` },
    h("h2", { id: `title-${kind}` }, t(`kind_${kind}`), h("span", { class: "count" }, number(findings.length))),
    h("p", { class: "advice" }, t(`advice_${kind}`)),
    h("ul", { class: "cards" }, (open ? findings : findings.slice(0, FIRST)).map(card)),
    !open && h("button", { type: "button", class: "button", onclick: () => {
      state.open.add(kind);
      draw();
      byId(`findings-${kind}`).querySelectorAll(".like")[FIRST].focus();
    } }, t("show_all_values", findings.length)));
}

function card(finding) {
  const shownOthers = finding.others.slice(0, OTHERS);
  const rest = finding.others.length - shownOthers.length;
  const pictures = [finding, ...shownOthers].map(picture);
  return h("li", { class: "finding", data: { kind: finding.kind, product: finding.product_id ?? "" } },
    h("div", { class: pictures.length > 1 ? "pictures several" : "pictures" }, pictures, rest > 0 && h("span", { class: "rest" }, t("also", rest))),
    h("p", { class: "names" }, h("span", { class: `severity ${finding.severity}` }, t(`severity_${finding.severity}`)), [...new Set([finding, ...shownOthers].map((each) => each.product_id))].join(" · ")),
    h("p", {}, told(finding)),
    h("a", { class: "like", href: `/#like=${encodeURIComponent(finding.product_id)}` }, t("doctor_alike", finding.product_id)));
}

function picture({ image, image_key: key }) {
  return h("span", { class: "tile" }, h("img", { src: thumbnail(key, 256), alt: image, title: image, loading: "lazy", width: 256, height: 256, onerror: onceMore }));
}

// The numbers of a finding in the page's language.
function told({ kind, detail, evidence }) {
  const sentence = t(`told_${kind}`, evidence);
  return sentence === `told_${kind}` ? detail : sentence;
}

function worth(views) {
  const [gain] = views?.gain_of_one_more ?? [];
  if (!gain) return null;
  const percent = (value) => number(100 * value, 1);
  return h("section", { class: "worth" }, h("h2", {}, t("doctor_views")),
    h("p", { class: "advice" }, t("doctor_gain", percent(gain.value), percent(gain.low), percent(gain.high))),
    h("table", {}, h("thead", {}, h("tr", {}, [t("doctor_n_views"), t("doctor_recall"), t("doctor_interval")].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, views["recall@1"].map(({ views: n, value, low, high }) => h("tr", {}, h("th", { scope: "row" }, number(n)), h("td", {}, `${percent(value)}%`), h("td", {}, `${percent(low)}–${percent(high)}%`))))),
    h("p", { class: "note" }, t("doctor_basis", views.products, views.queries)));
}

function redraw() {
  translatePage();
  document.title = `Lookalike · ${t("doctor_title")}`;
  draw();
}

showTools(redraw);
redraw();
load();
