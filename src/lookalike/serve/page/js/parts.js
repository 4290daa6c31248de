// The things in a photograph, as buttons on it: each searches by itself. Asked for once a photograph, after its results.

import { search } from "./api.js";
import { h } from "./dom.js";
import { t } from "./words.js";

const MOST = 6;
const FEWEST = 2;
const LIKELY = 0.2;

// Puts a button on `stage` for each thing in `photo`; `onpart` is given its place as shares of the picture. Where the
// server takes what it found for pieces of one product, a button in `row` shows them to whoever wants them.
export async function showParts({ photo, stage, row, onpart }) {
  photo.parts ??= found(photo);
  const { parts, several } = await photo.parts;
  // One thing is what the photograph as a whole was searched by.
  if (parts.length < FEWEST || !stage.isConnected || stage.querySelector(".things") || row.querySelector(".things-ask")) return;
  if (several || photo.partsWanted) {
    stage.append(buttons(parts, onpart));
    return;
  }
  const ask = h("button", { type: "button", class: "text-button things-ask", onclick: () => {
    photo.partsWanted = true;
    ask.remove();
    stage.append(buttons(parts, onpart));
    stage.querySelector(".thing").focus();
  } }, t("things_show"));
  row.append(ask);
}

function buttons(parts, onpart) {
  return h("div", { class: "things", role: "group", "aria-label": t("things") }, parts.map((part, at) => {
    const button = h("button", {
      type: "button", class: "thing", title: part.title ?? t("thing", at + 1),
      "aria-label": part.title ? t("thing_like", at + 1, part.title) : t("thing", at + 1),
      onclick: () => onpart(part.place),
    }, h("i", { "aria-hidden": "true" }));
    for (const [edge, share] of Object.entries({ left: part.place.x, top: part.place.y, width: part.place.width, height: part.place.height })) {
      button.style[edge] = `${share * 100}%`;
    }
    return button;
  }));
}

// A photograph without things to show is no failure: the search by the whole of it has told what there is to tell.
async function found(photo) {
  try {
    const { parts, several } = await search({ photo, parts: MOST, k: 1, offset: 0 });
    // The largest first, so that a small thing before a large one lies above it.
    const likely = parts.filter(({ score }) => score >= LIKELY).map(({ box: [x, y, width, height], hits }) => ({
      place: { x: x / photo.width, y: y / photo.height, width: width / photo.width, height: height / photo.height },
      title: hits[0]?.title ?? null,
    })).sort((a, b) => b.place.width * b.place.height - a.place.width * a.place.height);
    return { parts: likely, several };
  } catch {
    photo.parts = null; // It is asked for again after the next results.
    return { parts: [], several: false };
  }
}
