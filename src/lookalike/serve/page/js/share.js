// Hands the address of the search on: by the device's own way of sharing, or as text to paste.

import { toast } from "./dom.js";
import { t } from "./words.js";

export async function share() {
  const shared = { title: "Lookalike", url: location.href };
  if (matchMedia("(pointer: coarse)").matches && navigator.canShare?.(shared)) {
    await navigator.share(shared).catch(() => {});
    return;
  }
  try {
    await navigator.clipboard.writeText(location.href);
    toast(t("shared"));
  } catch {
    toast(t("share_failed"));
  }
}
