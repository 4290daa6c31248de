// Pictures that are dropped anywhere on the page, or pasted.

import { byId } from "./dom.js";
import { firstPicture } from "./photo.js";

export function listenForPictures(onpicture) {
  let depth = 0;
  const veil = (shown) => { byId("veil").hidden = !shown; };
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => { if (carriesFiles(event)) { depth += 1; veil(true); } });
  addEventListener("dragleave", (event) => { if (carriesFiles(event)) { depth -= 1; veil(depth > 0); } });
  addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    depth = 0;
    veil(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    onpicture(firstPicture(event.dataTransfer));
  });
  addEventListener("paste", (event) => {
    // Spreadsheets and word processors put a picture of the text beside the text: into a field goes the text.
    if (event.target.matches?.("input, textarea") && event.clipboardData?.types.includes("text/plain")) return;
    const file = firstPicture(event.clipboardData);
    if (!file) return;
    event.preventDefault();
    onpicture(file);
  });
}
