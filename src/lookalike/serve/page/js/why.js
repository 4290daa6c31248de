// Why a product is alike: the photograph and the product's picture, what matches on each, and lines between the parts.

import { explain, thumbnail } from "./api.js";
import { similarity, titleOf } from "./card.js";
import { announce, giveBack, h, icon } from "./dom.js";
import { number, t } from "./words.js";

const SHOWN = 5;
const LEAST_SHARE = 0.03;
const SVG = "http://www.w3.org/2000/svg";
const WARM = [[255, 214, 92], [240, 122, 40], [200, 20, 84]];
const COLD = [[150, 196, 255], [60, 118, 222], [20, 48, 140]];

// `asked`: { photo, crop, where }; `others`: hits that the product can be compared with.
export function openWhy(hit, asked, others) {
  const opener = document.activeElement;
  const leaving = new AbortController();
  const body = h("div", { class: "why-body" }, h("p", { class: "why-wait", role: "status" }, t("why_busy")));
  const dialog = h("dialog", { class: "why", "aria-labelledby": "why-title" },
    h("div", { class: "why-head" },
      h("div", {}, h("h2", { id: "why-title" }, t("why_title")), h("p", { dir: "auto" }, titleOf(hit))),
      h("button", { type: "button", class: "icon-button", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    body);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    leaving.abort();
    dialog.remove();
    giveBack(opener);
  });
  document.body.append(dialog);
  dialog.showModal();
  load(body, hit, asked, others, leaving.signal);
}

async function load(body, hit, asked, others, signal) {
  try {
    const found = await explain({ ...asked, product: hit.product_id }, signal);
    const compared = h("div", { class: "why-compared" });
    body.replaceChildren(...matched(found, asked.photo, signal), compare(hit, asked, others, compared, signal) ?? "", compared);
    announce(t("why_done", percent(lines(found)[0]?.share ?? 0)));
  } catch (failure) {
    if (failure.name === "AbortError" || signal.aborted) return;
    const text = failure.status === 404 ? t("why_gone") : failure.message;
    body.replaceChildren(h("div", { class: "state" }, icon("warning"), h("h3", {}, t("error_title")), h("p", { role: "alert" }, text),
      h("button", { type: "button", class: "button", onclick: () => load(body, hit, asked, others, signal) }, t("retry"))));
  }
}

// --- what matched ---

// The pairs worth a line, each with its share and its words.
function lines(found) {
  const whole = found.similarity || 1;
  return found.pairs
    .filter((pair) => Math.abs(pair.contribution) >= LEAST_SHARE * Math.abs(found.similarity))
    .slice(0, SHOWN)
    .map((pair) => ({
      ...pair,
      share: pair.contribution / whole,
      here: place(pair.query_box, found.query),
      there: place(pair.image_box, found.picture),
    }));
}

const percent = (share) => `${number(Math.round(share * 100))}%`.replace("-", "−");

function place(box, { width, height }) {
  const across = (box.x + box.width / 2) / width;
  const down = (box.y + box.height / 2) / height;
  return t("why_place", down < 0.4 ? -1 : down > 0.6 ? 1 : 0, across < 0.4 ? -1 : across > 0.6 ? 1 : 0);
}

function matched(found, photo, signal) {
  const shown = lines(found);
  const query = pictured(photo.url, t("query_photo"), found.query);
  const product = pictured(thumbnail(found.image_key, 768), found.title ?? t("untitled"), found.picture);
  const stage = h("div", { class: "why-stage" }, query.figure, product.figure);
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "why-lines");
  drawing.setAttribute("aria-hidden", "true");
  stage.append(drawing);

  // What is pressed, and what is shown now: hovered or focused, else what is pressed.
  let chosen = null;
  let current = null;
  const mark = (place) => {
    current = place;
    for (const part of stage.querySelectorAll("[data-pair]")) part.classList.toggle("active", part.dataset.pair === String(place));
    stage.classList.toggle("choosing", place !== null);
    for (const [index, item] of items.entries()) item.firstChild.classList.toggle("active", index === place);
  };
  // What the keyboard is at stays shown when a pointer merely passes, or the page moves below it.
  const rest = () => {
    const focused = items.findIndex((item) => item.firstChild === document.activeElement);
    mark(focused < 0 ? chosen : focused);
  };
  const items = shown.map((pair, index) => {
    const button = h("button", {
      type: "button", class: `why-pair pair-${index + 1}`, "aria-pressed": "false",
      onpointerenter: () => mark(index), onpointerleave: () => rest(), onfocus: () => mark(index), onblur: () => mark(chosen),
      onclick: () => {
        chosen = chosen === index ? null : index;
        items.forEach((item, each) => item.firstChild.setAttribute("aria-pressed", String(each === chosen)));
        mark(chosen ?? index);
      },
    },
    h("b", { "aria-hidden": "true" }, percent(pair.share)),
    h("span", { "aria-hidden": "true" }, t("why_from_to", pair.here, pair.there)),
    h("span", { class: "unseen" }, t("why_said", percent(pair.share), pair.here, pair.there)));
    return h("li", {}, button);
  });

  const draw = () => join(drawing, stage, query, product, shown, { mark, rest, again: () => mark(current) });
  const watcher = new ResizeObserver(draw);
  watcher.observe(stage);
  signal.addEventListener("abort", () => watcher.disconnect());
  for (const image of stage.querySelectorAll("img")) image.addEventListener("load", draw);

  const whole = found.similarity || 1;
  const colour = (found.colour ?? 0) / whole;
  // What the smaller kept copy changes is no part's.
  const copied = (found.copy_difference ?? 0) / whole;
  const others = 1 - colour - copied - shown.reduce((sum, pair) => sum + pair.share, 0);
  return [
    h("p", { class: "why-similarity" }, h("span", { "aria-hidden": "true" }, t("similarity_name")), similarity(found.similarity), legend()),
    stage,
    h("ol", { class: "why-pairs", "aria-label": t("why_pairs") }, items),
    colour ? h("p", { class: "why-colour" }, h("b", {}, percent(colour)), h("span", {}, t("why_colour"))) : "",
    h("p", { class: "why-note" }, t("why_rest", percent(others)), " ", found.method === "exact" ? t("why_exact") : t("why_estimate"),
      found.where ? ` ${t(found.passes ? "why_passes" : "why_fails")}` : ""),
  ];
}

// A picture with its heat map over it; `boxed` gives a part of it as a rectangle of the stage.
function pictured(source, label, { width, height, map }) {
  const canvas = heat(map);
  const [left, upper, right, lower] = map.window;
  Object.assign(canvas.style, {
    left: `${(left / width) * 100}%`, top: `${(upper / height) * 100}%`,
    width: `${((right - left) / width) * 100}%`, height: `${((lower - upper) / height) * 100}%`,
  });
  const frame = h("div", { class: "why-picture" }, source ? h("img", { src: source, alt: label }) : h("p", { class: "why-blank" }, t("no_preview")), canvas);
  frame.style.aspectRatio = `${width} / ${height}`;
  frame.style.setProperty("--ratio", width / height);
  const boxed = (box, origin) => {
    const area = frame.getBoundingClientRect();
    return {
      x: area.left - origin.left + (box.x / width) * area.width, y: area.top - origin.top + (box.y / height) * area.height,
      width: (box.width / width) * area.width, height: (box.height / height) * area.height,
    };
  };
  return { figure: h("figure", { class: "why-figure" }, frame, h("figcaption", { dir: "auto" }, label)), boxed };
}

// One pixel a cell; the browser smooths it as it scales it up.
function heat({ rows, columns, values }) {
  const canvas = h("canvas", { width: columns, height: rows, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(columns, rows);
  const largest = Math.max(1e-9, ...values.flat().map(Math.abs));
  values.flat().forEach((value, cell) => {
    const size = Math.abs(value) / largest;
    const [red, green, blue] = ramp(size, value >= 0 ? WARM : COLD);
    pixels.data.set([red, green, blue, 255 * 0.72 * size ** 0.85], 4 * cell);
  });
  context.putImageData(pixels, 0, 0);
  return canvas;
}

function ramp(size, colours) {
  const at = size * (colours.length - 1);
  const low = Math.min(Math.floor(at), colours.length - 2);
  return colours[low].map((value, channel) => value + (colours[low + 1][channel] - value) * (at - low));
}

function shape(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function join(drawing, stage, query, product, shown, { mark, rest, again }) {
  const origin = stage.getBoundingClientRect();
  if (origin.width === 0) return;
  drawing.setAttribute("viewBox", `0 0 ${origin.width} ${origin.height}`);
  const groups = shown.map((pair, index) => {
    const from = query.boxed(pair.query_box, origin);
    const to = product.boxed(pair.image_box, origin);
    // Side by side the line leaves at the right; one above the other, at the bottom.
    const stacked = from.y + from.height < to.y && Math.abs(from.x - to.x) < origin.width / 2 && origin.width < 620;
    const path = stacked ? upright(from, to) : across(from, to);
    const weight = 1.5 + Math.min(5, 10 * Math.abs(pair.share));
    const group = shape("g", { "data-pair": index, class: `pair-${index + 1}` },
      ...[from, to].flatMap((box) => ["halo", "box"].map((name) => shape("rect", { class: name, x: box.x + 2, y: box.y + 2, width: Math.max(1, box.width - 4), height: Math.max(1, box.height - 4), rx: 6 }))),
      shape("path", { class: "halo", d: path, "stroke-width": weight + 3 }),
      shape("path", { class: "line", d: path, "stroke-width": weight, ...(pair.share < 0 && { "stroke-dasharray": "6 5" }) }));
    group.addEventListener("pointerenter", () => mark(index));
    group.addEventListener("pointerleave", rest);
    return group;
  });
  drawing.replaceChildren(...groups.reverse());
  again();
}

function across(from, to) {
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
  const middle = (x1 + x2) / 2;
  return `M ${x1} ${y1} C ${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

function upright(from, to) {
  const [x1, y1, x2, y2] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
  const middle = (y1 + y2) / 2;
  return `M ${x1} ${y1} C ${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`;
}

const legend = () => h("span", { class: "why-legend" }, h("span", {}, t("why_lowers")), h("i", { "aria-hidden": "true" }), h("span", {}, t("why_raises")));

// --- why this and not that ---

function compare(hit, asked, others, home, signal) {
  const rivals = others.filter((other) => other.product_id !== hit.product_id);
  if (rivals.length === 0) return null;
  const select = h("select", { id: "why-rival" }, h("option", { value: "" }, t("why_choose")),
    rivals.map((other) => h("option", { value: other.product_id }, `${titleOf(other)} (${number(other.similarity, 2)})`)));
  // The one that is chosen now: an answer about another one comes too late.
  let choice = null;
  signal.addEventListener("abort", () => choice?.abort());
  select.addEventListener("change", async () => {
    choice?.abort();
    const mine = (choice = new AbortController());
    if (!select.value) return home.replaceChildren();
    home.replaceChildren(h("p", { class: "why-wait", role: "status" }, t("why_busy")));
    try {
      const found = await explain({ ...asked, product: hit.product_id, against: select.value }, mine.signal);
      if (mine.signal.aborted) return undefined;
      home.replaceChildren(contrasted(found, asked.photo));
      announce(home.querySelector("h3").textContent);
    } catch (failure) {
      if (!mine.signal.aborted) home.replaceChildren(h("p", { role: "alert" }, failure.message));
    }
    return undefined;
  });
  return h("p", { class: "why-compare" }, h("label", { for: "why-rival" }, t("why_compare")), select);
}

function contrasted(found, photo) {
  const { against } = found;
  const signed = (value) => `${value < 0 ? "−" : "+"}${number(Math.abs(value), 2)}`;
  const { figure } = pictured(photo.url, t("query_photo"), { width: found.query.width, height: found.query.height, map: against.map });
  return h("section", { class: "why-contrast" },
    h("h3", {}, t(against.difference >= 0 ? "why_above" : "why_below", against.title ?? t("untitled"), number(Math.abs(against.difference), 2))),
    figure,
    h("ul", {}, against.parts.filter((part) => Math.abs(part.contribution) >= 0.005).slice(0, SHOWN).map((part) => h("li", {}, h("b", {}, signed(part.contribution)), " ",
      t(part.contribution >= 0 ? "why_for" : "why_against", place(part.query_box, found.query)))),
      Math.abs(against.colour ?? 0) >= 0.005 && h("li", { class: "why-contrast-colour" }, h("b", {}, signed(against.colour)), " ", t(against.colour >= 0 ? "why_colour_for" : "why_colour_against"))),
    h("p", { class: "why-note" }, t("why_contrast_note")));
}
