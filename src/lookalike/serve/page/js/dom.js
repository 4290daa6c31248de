// Elements in one line: h("button", { class: "primary", onclick: go }, "Go").

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name in element && !name.startsWith("aria-") && name !== "list") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const PATHS = {
  check: "M20 6 9 17l-5-5",
  absent: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.6 5.6l12.8 12.8",
  microphone: "M12 14a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3Z M6 11a6 6 0 0 0 12 0 M12 17v3.500 M9 20.500h6",
  camera: "M4 8.5h3l1.6-2.5h6.8L17 8.5h3a1 1 0 0 1 1 1V18a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9.500a1 1 0 0 1 1-1Z M12 16.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400Z",
  picture: "M4 5h16v14H4z M4 16l4.500-4.500 4 4 2.500-2.500L20 17.500 M15.500 9.500h.01",
  crop: "M7 3v14h14 M3 7h14v14",
  close: "M6 6l12 12 M18 6 6 18",
  share: "M12 15V4 M8 7.500 12 3.500l4 4 M5 12v7h14v-7",
  filter: "M4 7h16 M7 12h10 M10 17h4",
  alike: "M9 15a6 6 0 1 1 0-12 6 6 0 0 1 0 12Z M15 21a6 6 0 1 0 0-12 6 6 0 0 0 0 12Z",
  light: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z M12 3v1.500 M12 19.500V21 M3 12h1.500 M19.500 12H21 M5.600 5.600l1.100 1.100 M17.300 17.300l1.100 1.100 M5.600 18.400l1.100-1.100 M17.300 6.700l1.100-1.100",
  dark: "M20 14.500A8 8 0 1 1 9.500 4a6.500 6.500 0 0 0 10.500 10.500Z",
  auto: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z M12 4v16 M12 8h6.900 M12 12h8 M12 16h6.900",
  warning: "M12 4 2.800 19.500h18.400L12 4Z M12 10v4.500 M12 17h.01",
  offline: "M4 4l16 16 M8.500 8.500A6 6 0 0 0 6.500 19H17 M10.500 6.200A6 6 0 0 1 17.900 11 4 4 0 0 1 20.500 17.500",
  empty: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z M16.200 16.200 21 21",
  heart: "M12 20s-7.500-4.600-7.500-10A4.300 4.300 0 0 1 12 7.300 4.300 4.300 0 0 1 19.500 10c0 5.400-7.500 10-7.500 10Z",
  back: "M14 6l-6 6 6 6",
  out: "M9 5h10v10 M19 5 6 18",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

// For the `onerror` of pictures: one that did not come, as in a burst the server refuses some, is asked for once more.
// Where that fails too, its place stays empty: the browser's torn page with the title again tells nobody anything.
export function onceMore({ target: picture }) {
  const { src } = picture;
  if (picture.dataset.again === src) {
    picture.classList.add("lost");
    picture.addEventListener("load", () => picture.classList.remove("lost"), { once: true });
    return;
  }
  picture.dataset.again = src;
  setTimeout(() => { if (picture.src === src) picture.src = src; }, 1000);
}

export const byId = (id) => document.getElementById(id);

const withKey = (home, key) => (key === undefined ? null : home.querySelector(`[data-key="${CSS.escape(key)}"]`));

// Fills an element anew. Where the focus was in it, it goes to what has the same `data-key`, or to what `other` gives.
export function refill(home, children, other = () => null) {
  const focused = home.contains(document.activeElement) ? document.activeElement : null;
  home.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  if (focused) (withKey(home, focused.dataset.key) ?? other())?.focus({ preventScroll: true });
}

// Gives the focus back after a dialog: to what opened it, or what has the same `data-key` by now, or to `other`; where
// closing it began something that took the focus, it stays there.
export function giveBack(opener, other = byId("content")) {
  if (opener?.isConnected) opener.focus({ preventScroll: true });
  else if (document.activeElement === document.body) (withKey(document, opener?.dataset.key) ?? other)?.focus({ preventScroll: true });
}

// For when what a dialog is about goes from below it: the page went back, or another address was opened.
export function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

export function debounce(work, milliseconds) {
  let timer = 0;
  const debounced = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), milliseconds);
  };
  debounced.cancel = () => clearTimeout(timer);
  return debounced;
}

// Where something is told: on the page, or in the dialog that is open over it. What is below a dialog is neither seen on
// a narrow screen nor spoken.
function teller(id, properties) {
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (!dialog) return byId(id);
  return dialog.querySelector(`.${id}`) ?? dialog.appendChild(h("div", { ...properties, class: `${id} ${properties.class}` }));
}

const announcer = () => teller("announcer", { class: "unseen", role: "status", "aria-live": "polite" });

export function announce(text) {
  announcer().textContent = "";
  // A screen reader speaks a change; the pause makes the same sentence a change again.
  setTimeout(() => { announcer().textContent = text; }, 60);
}

// A note that leaves after a while, or once the promise `until` is settled.
export function toast(text, until = null) {
  const note = h("p", { class: "toast" }, text);
  teller("toasts", { class: "" }).append(note);
  announce(text);
  const leave = () => {
    note.classList.add("leaving");
    setTimeout(() => note.remove(), 400);
  };
  if (until) until.then(leave, leave);
  else setTimeout(leave, 3600);
}
