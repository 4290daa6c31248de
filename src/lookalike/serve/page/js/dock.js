// The bar at the lower edge of a narrow screen: filters in a sheet, the camera, sharing.

import { byId, giveBack, h, icon, refill } from "./dom.js";
import { t } from "./words.js";

// `n` filters are active; `shares` is whether there is something to share: the address is of an answer.
export function showDock({ n, shares, ontake, onshare }) {
  byId("dock").hidden = false;
  refill(byId("dock"), [
    h("button", { type: "button", class: "dock-button", data: { key: "dock:filters" }, "aria-label": t("filters_n", n), onclick: openFilters }, icon("filter"), h("span", {}, t("filters")), n > 0 && h("b", {}, n)),
    h("button", { type: "button", class: "dock-camera", data: { key: "dock:camera" }, "aria-label": t("take"), onclick: ontake }, icon("camera")),
    h("button", { type: "button", class: "dock-button", data: { key: "dock:share" }, hidden: !shares, onclick: onshare }, icon("share"), h("span", {}, t("share"))),
  ]);
}

// On narrow screens the filters live in a sheet; it is the same element, moved.
function openFilters() {
  const opener = document.activeElement;
  const facets = byId("facets");
  const sheet = h("dialog", { class: "sheet", "aria-label": t("filters") }, h("div", { class: "sheet-body" }, facets),
    h("div", { class: "sheet-foot" }, h("button", { type: "button", class: "button primary wide", onclick: () => sheet.close() }, t("show_results"))));
  sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
  sheet.addEventListener("close", () => {
    byId("facets-home").append(facets);
    sheet.remove();
    giveBack(opener);
  });
  document.body.append(sheet);
  sheet.showModal();
}
