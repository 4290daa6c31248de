// A photograph with a selection on it: by pointer, touch or keyboard. Crops are shares of the picture, 0 to 1.

import { h } from "./dom.js";
import { t } from "./words.js";

const SMALLEST = 0.06;
const STEP = 0.02;
const CORNERS = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const round = (value) => Math.round(value * 1e4) / 1e4;

// `onremove` is called after the keyboard took the selection away, with the focus in it.
export function cropper({ photo, crop, onchange, onremove }) {
  let current = crop;
  const image = h("img", { src: photo.url, alt: t("query_photo"), draggable: false });
  const handles = CORNERS.map((corner) => h("span", { class: `handle ${corner}`, data: { corner } }));
  const frame = h("div", { class: "frame", role: "group", tabIndex: 0, "aria-roledescription": t("frame_role"), hidden: true }, handles);
  const stage = h("div", { class: "stage" }, image, frame);
  stage.style.aspectRatio = `${photo.width} / ${photo.height}`;
  stage.style.setProperty("--ratio", photo.width / photo.height);

  function show() {
    frame.hidden = current === null;
    stage.classList.toggle("cropped", current !== null);
    if (current === null) return;
    const percent = (value) => `${value * 100}%`;
    frame.style.left = percent(current.x);
    frame.style.top = percent(current.y);
    frame.style.width = percent(current.width);
    frame.style.height = percent(current.height);
    const whole = [current.x, current.y, current.width, current.height].map((value) => Math.round(value * 100));
    frame.setAttribute("aria-label", t("frame_label", ...whole));
  }

  function set(next, tell = true) {
    current = next && { x: round(next.x), y: round(next.y), width: round(next.width), height: round(next.height) };
    show();
    if (tell) onchange(current);
  }

  const at = (event) => {
    const bounds = stage.getBoundingClientRect();
    return {
      x: clamp((event.clientX - bounds.left) / bounds.width, 0, 1),
      y: clamp((event.clientY - bounds.top) / bounds.height, 0, 1),
    };
  };

  stage.addEventListener("pointerdown", (event) => {
    // A button on the picture is pressed, not dragged.
    if (event.button !== 0 || event.target.closest("button")) return;
    const inFrame = frame.contains(event.target);
    // A finger on the bare picture scrolls the page; it selects only through the frame.
    if (event.pointerType === "touch" && !inFrame) return;
    event.preventDefault();
    const from = at(event);
    const before = current;
    const corner = event.target.dataset.corner;
    stage.setPointerCapture(event.pointerId);
    if (inFrame) frame.focus({ preventScroll: true });
    stage.classList.add("dragging");

    const follow = (move) => {
      const to = at(move);
      if (!inFrame) set(between(from, to));
      else if (corner) set(resized(before, corner, to));
      else set(moved(before, to.x - from.x, to.y - from.y));
    };
    const end = () => {
      stage.removeEventListener("pointermove", follow);
      stage.removeEventListener("pointerup", end);
      stage.removeEventListener("pointercancel", end);
      stage.classList.remove("dragging");
      // A click without a drag is no selection.
      if (!inFrame && current !== before && (current.width < SMALLEST || current.height < SMALLEST)) set(before);
    };
    stage.addEventListener("pointermove", follow);
    stage.addEventListener("pointerup", end);
    stage.addEventListener("pointercancel", end);
  });

  frame.addEventListener("keydown", (event) => {
    const [dx, dy] = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key] ?? [0, 0];
    if (event.key === "Escape" || event.key === "Delete") {
      set(null);
      onremove();
    } else if (dx === 0 && dy === 0) return;
    else if (event.shiftKey) set(resized(current, "se", { x: current.x + current.width + dx, y: current.y + current.height + dy }));
    else set(moved(current, dx, dy));
    event.preventDefault();
    event.stopPropagation();
  });

  show();
  return {
    element: stage,
    set: (next) => set(next),
    // A selection with the focus in it.
    start(first = { x: 0.2, y: 0.2, width: 0.6, height: 0.6 }) {
      set(first);
      frame.focus();
    },
  };
}

function between(a, b) {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return { x, y, width: Math.max(0.001, Math.abs(a.x - b.x)), height: Math.max(0.001, Math.abs(a.y - b.y)) };
}

function moved(crop, dx, dy) {
  return { ...crop, x: clamp(crop.x + dx, 0, 1 - crop.width), y: clamp(crop.y + dy, 0, 1 - crop.height) };
}

function resized(crop, corner, to) {
  let left = crop.x;
  let top = crop.y;
  let right = crop.x + crop.width;
  let bottom = crop.y + crop.height;
  if (corner.includes("w")) left = clamp(to.x, 0, right - SMALLEST);
  if (corner.includes("e")) right = clamp(to.x, left + SMALLEST, 1);
  if (corner.includes("n")) top = clamp(to.y, 0, bottom - SMALLEST);
  if (corner.includes("s")) bottom = clamp(to.y, top + SMALLEST, 1);
  return { x: left, y: top, width: right - left, height: bottom - top };
}
