// What the server says that it offers, asked for until it is told: one that is busy, or away for a moment, is asked again.

import { status } from "./api.js";
import { writeToken } from "./storage.js";

const FIRST_MILLISECONDS = 1000;
const LONGEST_MILLISECONDS = 30_000;

// `onoffer` is told once. What is returned asks at once, for when the server seems to be back.
export function learnOffer(onoffer) {
  let pause = FIRST_MILLISECONDS;
  let timer = 0;
  let closed = false; // while it is asked, and once it is told
  async function ask() {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    const offer = await status(writeToken.get()).catch(() => null);
    if (offer !== null) {
      removeEventListener("online", ask);
      onoffer(offer);
      return;
    }
    closed = false;
    timer = setTimeout(ask, pause);
    pause = Math.min(2 * pause, LONGEST_MILLISECONDS);
  }
  addEventListener("online", ask);
  ask();
  return ask;
}
