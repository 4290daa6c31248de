// A clip as a question: sent whole, answered with moments, shown as a line of key frames over the results.

import { call } from "./api.js";
import { byId, h, icon, refill } from "./dom.js";
import { number, t } from "./words.js";

const ENDINGS = /\.(3g2|3gp|asf|avi|flv|m2ts|m4v|mkv|mov|mp4|mpe?g|mts|ogv|ts|webm|wmv)$/i;

export const isClip = (file) => file.type.startsWith("video/") || (!file.type.startsWith("image/") && ENDINGS.test(file.name ?? ""));

export const prepareClip = (file) => ({ file, url: URL.createObjectURL(file), name: file.name || "" });

// The clip of a question that another one follows need not stay in memory.
export function dropClip(question) {
  if (question?.kind === "clip") URL.revokeObjectURL(question.clip.url);
}

// The answer in the form that other answers have, with `moments` and `clip` besides.
export async function searchClip({ file }, where, k, signal) {
  const form = new FormData();
  form.append("video", file, "clip");
  if (where) form.append("where", where);
  form.append("k", k);
  form.append("frames", "true");
  const found = await call("/v1/search/video", { method: "POST", body: form, signal });
  return { corrected: {}, unknown: [], understood: [], unmapped: [], warnings: [], lanes: ["picture"], vector: null, offset: 0, next_offset: null, verdict_details: null, ...found };
}

// What one moment shows, as an answer of its own.
export const ofMoment = (answer, moment) => (moment ? { ...answer, hits: moment.hits, verdict: moment.verdict } : answer);

export function clipQuestion(body, clip) {
  const player = h("video", { class: "clip-player", id: "clip-player", src: clip.url, controls: true, muted: true, playsInline: true, preload: "metadata", "aria-label": t("clip_player", clip.name) });
  const unplayable = h("p", { class: "hint", hidden: true }, t("clip_unplayable"));
  player.addEventListener("error", () => { player.hidden = true; unplayable.hidden = false; });
  body.append(player, unplayable);
}

// Seconds as 1:02.3.
export function timecode(seconds) {
  const tenths = Math.round(seconds * 10);
  const minutes = Math.floor(tenths / 600);
  const rest = (tenths % 600) / 10;
  return `${minutes}:${rest < 10 ? "0" : ""}${rest.toFixed(1)}`;
}

// The line: each moment as wide as it is long, its key frame on it; `chosen` is its number, or null for the whole clip.
export function showTimeline(answer, chosen, onchoose) {
  const home = timelineHome();
  home.hidden = !answer?.moments;
  if (home.hidden) return home.replaceChildren();
  const longest = Math.max(answer.clip.seconds, 0.1);
  const moments = answer.moments.map((moment, place) => {
    const [first] = moment.hits;
    const title = first ? first.title || first.product_id : t("clip_nothing");
    const time = `${timecode(moment.start)} – ${timecode(moment.end)}`;
    const item = h("li", {},
      h("button", { type: "button", class: "moment", data: { key: `moment:${place}` }, "aria-pressed": String(place === chosen), "aria-label": t("clip_moment", time, title), onclick: () => choose(moment, place) },
        h("img", { src: moment.frame, alt: "", decoding: "async" }),
        h("span", { class: "moment-time" }, timecode(moment.start)),
        h("span", { class: "moment-title", dir: "auto" }, title),
        first && h("span", { class: "moment-match" }, number(first.similarity, 2))));
    item.style.setProperty("--share", String(Math.max(0.02, (moment.end - moment.start) / longest)));
    return item;
  });
  const choose = (moment, place) => {
    const player = byId("clip-player");
    if (player && !player.hidden) player.currentTime = moment.frame_time;
    onchoose(place);
  };
  refill(home, [
    h("div", { class: "timeline-head" },
      h("h3", {}, t("clip_moments", answer.moments.length)),
      h("span", { class: "hint" }, t("clip_facts", timecode(answer.clip.seconds), answer.clip.key_frames)),
      chosen !== null && h("button", { type: "button", class: "button quiet", onclick: () => onchoose(null) }, icon("back"), t("clip_whole"))),
    h("ol", { class: "timeline" }, moments),
  ], () => home.querySelector(".moment"));
}

function timelineHome() {
  let home = byId("timeline");
  if (!home) {
    home = h("section", { id: "timeline", class: "timeline-home", "aria-label": t("clip_timeline"), hidden: true });
  }
  if (byId("results").firstElementChild !== home) byId("results").prepend(home);
  return home;
}
