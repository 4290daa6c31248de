// The microphone in the search box: records until it is pressed again, falls silent, or time is up; what was said
// lands in the box as words, where it can be corrected.

import * as api from "./api.js";
import { announce, h, icon, toast } from "./dom.js";
import { t } from "./words.js";

const LONGEST_SECONDS = 15;
const SILENCE_SECONDS = 1.6;
const LOUD = 0.02;
const KINDS = ["audio/webm;codecs=opus", "audio/webm", "audio/mp4", "audio/ogg;codecs=opus"];

let able = false;

// Whether the server understands speech; until it is known, and where it does not, there is no button.
export function allowMicrophone(allowed) {
  able = allowed && Boolean(navigator.mediaDevices?.getUserMedia) && "MediaRecorder" in window;
  for (const button of document.querySelectorAll(".microphone")) button.hidden = !able;
}

// A button that turns what is said into words; `onwords` is told them.
export function microphone({ onwords }) {
  const level = h("i", { class: "microphone-level" });
  const button = h("button", { type: "button", class: "microphone", hidden: !able, onclick: press }, level, icon("microphone"));
  let recording = null;

  function show(state) {
    const busy = state === "hearing" || state === "asking";
    button.dataset.state = state;
    button.setAttribute("aria-label", t(`microphone_${state}`));
    button.title = t(`microphone_${state}`);
    button.setAttribute("aria-pressed", String(state === "recording"));
    button.setAttribute("aria-busy", String(busy));
    if (state !== "recording") level.style.removeProperty("scale");
  }

  async function press() {
    if (button.dataset.state === "recording") {
      recording.stop();
      return;
    }
    if (button.dataset.state !== "idle") return;
    show("asking");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
      show("recording");
      announce(t("microphone_listening"));
      recording = record(stream, (loudness) => { level.style.scale = String(1 + Math.min(1, loudness * 6) * 0.7); });
    } catch (failure) {
      show("idle");
      toast(t(failure.name === "NotFoundError" ? "microphone_missing" : "microphone_denied"));
      return;
    }
    const blob = await recording.done;
    recording = null;
    if (blob === null) {
      show("idle");
      announce(t("microphone_cancelled"));
      return;
    }
    show("hearing");
    announce(t("microphone_hearing"));
    try {
      const { heard } = await api.hear(blob);
      show("idle");
      announce(t("microphone_heard", heard.text));
      onwords(heard.text);
    } catch (failure) {
      show("idle");
      toast(sentence(failure));
    }
  }

  button.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || recording === null) return;
    event.preventDefault();
    recording.cancel();
  });
  show("idle");
  return button;
}

function sentence(failure) {
  if (failure.code === "unreachable") return t("error_unreachable");
  if (failure.code === "audio_rejected" && failure.reason === "no_speech") return t("microphone_nothing");
  return failure.message;
}

// Records a stream; `done` becomes the recording, or null where it was cancelled. `onlevel` is told how loud it is.
function record(stream, onlevel) {
  const type = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
  const parts = [];
  let kept = true;
  recorder.addEventListener("dataavailable", ({ data }) => { if (data.size > 0) parts.push(data); });
  const stop = () => { if (recorder.state !== "inactive") recorder.stop(); };
  const unwatch = watch(stream, onlevel, stop);
  const done = new Promise((resolve) => {
    recorder.addEventListener("stop", () => {
      unwatch();
      for (const track of stream.getTracks()) track.stop();
      resolve(kept && parts.length > 0 ? new Blob(parts, { type: recorder.mimeType }) : null);
    });
  });
  recorder.start();
  return { stop, cancel: () => { kept = false; stop(); }, done };
}

// Tells how loud a stream is, and when somebody has spoken and then stopped, or spoken for too long.
function watch(stream, onlevel, onover) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const began = performance.now();
  let spoken = false;
  let heardAt = began;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const loudness = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
    const now = performance.now();
    if (loudness > LOUD) {
      spoken = true;
      heardAt = now;
    }
    onlevel(loudness);
    const silent = spoken && now - heardAt > SILENCE_SECONDS * 1000;
    if (silent || now - began > LONGEST_SECONDS * 1000) onover();
  }, 60);
  return () => {
    clearInterval(timer);
    context.close();
  };
}
