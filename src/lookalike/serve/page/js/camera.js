// Takes a photograph: with the device's own camera app on phones, in a dialog elsewhere.

import { h, icon, toast } from "./dom.js";
import { t } from "./words.js";

const isPhone = () => matchMedia("(pointer: coarse)").matches;

export function pickPicture({ capture = false } = {}) {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept: capture ? "image/*" : "image/*,video/*,.heic,.heif,.avif,.mkv", class: "unseen", tabIndex: -1, "aria-hidden": "true" });
    if (capture) input.setAttribute("capture", "environment");
    input.addEventListener("change", () => { resolve(input.files[0] ?? null); input.remove(); });
    input.addEventListener("cancel", () => { resolve(null); input.remove(); });
    document.body.append(input);
    input.click();
  });
}

export async function takePhotograph() {
  if (isPhone() || !navigator.mediaDevices?.getUserMedia) return pickPicture({ capture: true });
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } }, audio: false });
  } catch {
    toast(t("camera_off"));
    return null;
  }
  return new Promise((resolve) => {
    let taken = null;
    const video = h("video", { autoplay: true, muted: true, playsInline: true, srcObject: stream });
    const dialog = h("dialog", { class: "camera", "aria-label": t("camera_title") },
      video,
      h("div", { class: "camera-bar" },
        h("button", { type: "button", class: "icon-button", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close")),
        h("button", { type: "button", class: "shutter", "aria-label": t("shutter"), autofocus: true, onclick: async () => {
          taken = await still(video);
          dialog.close();
        } })));
    dialog.addEventListener("close", () => {
      for (const track of stream.getTracks()) track.stop();
      dialog.remove();
      resolve(taken);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

async function still(video) {
  // Pressed before the camera has shown anything: the first picture that comes is taken.
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) await new Promise((shown) => video.addEventListener("loadeddata", shown, { once: true }));
  const canvas = h("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.92); });
}
