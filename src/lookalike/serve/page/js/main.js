// The page: one question, its filters, its answer; every change goes through here and into the address.

import * as api from "./api.js";
import { fromFragment, toFragment } from "./address.js";
import { listenForPictures } from "./arrivals.js";
import { pickPicture, takePhotograph } from "./camera.js";
import { dropClip, isClip, ofMoment, prepareClip, searchClip, showTimeline } from "./clip.js";
import { openDetail } from "./detail.js";
import { showDock } from "./dock.js";
import { byId, closeDialogs, debounce, h, toast } from "./dom.js";
import { leaveTypedField, loadFacets, showFacets, showFacetsWaiting } from "./facets.js";
import { count, expression, none } from "./filters.js";
import { learnOffer } from "./offer.js";
import { offerPeople, remember, shopper, showForYou } from "./people.js";
import { learnColumns, learnFacets, orderFields } from "./order.js";
import { keptPhoto, preparePhoto } from "./photo.js";
import { showParts } from "./parts.js";
import { showQuestion } from "./question.js";
import { addAnswer, buildResults, showAnswer, showBusy, showChips, showFailure, showOrder } from "./results.js";
import { allowMicrophone } from "./microphone.js";
import { share } from "./share.js";
import { examplesFrom, showStart } from "./start.js";
import { buildSearchbox, showWords } from "./searchbox.js";
import { showAdministration, showTools, tellKept } from "./tools.js";
import { unread } from "./unread.js";
import { openWhy } from "./why.js";
import { t, translatePage } from "./words.js";

const PAGE_SIZE = 24;
const EXAMPLES = 12;
const SLOW_MILLISECONDS = 300;

// question: null | { kind: "photo", photo } | { kind: "product", id } | { kind: "link", vector } | { kind: "words" }
// words: the whole question of kind "words", beside the others what bends them.
const state = { question: null, words: "", crop: null, filters: none, order: "", vector: null, product: null, answer: null };
let examples = null;
let limitBytes = 20 * 2 ** 20;
let limitClipBytes = 100 * 2 ** 20;
let moment = null;
let running = null;
// How the address is to follow once there is an answer: a search that ends without one leaves it to the next.
let unwritten = null;
// What went wrong last, with the ways out of it, until something else is asked.
let failed = null;
// The picture that is being made ready, until another question comes.
let arriving = null;
let picture = null;

// --- asking ---

const asked = (offset) => ({
  words: state.words,
  photo: state.question.kind === "photo" ? state.question.photo : null,
  product: state.question.kind === "product" ? state.question.id : null,
  vector: state.question.kind === "link" ? state.question.vector : null,
  crop: state.crop,
  where: expression(state.filters),
  ...orderFields(state.order),
  k: PAGE_SIZE,
  offset,
  shopper: shopper(),
});

// `address`: how the search enters the history; null where it is there already. True once its own answer is shown.
async function run({ fresh, address }) {
  running?.abort();
  if (unwritten !== "push") unwritten = address ?? unwritten;
  const { signal } = (running = new AbortController());
  liveRun.cancel();
  failed = null;
  showBusy(fresh);
  showChips(state.filters);
  dock();
  refreshFacets();
  moment = null;
  showTimeline(null);
  try {
    const { clip } = state.question;
    state.answer = await (clip ? searchClip(clip, expression(state.filters), PAGE_SIZE, signal) : api.search(asked(0), signal));
    if (signal.aborted) return;
    state.vector = state.answer.vector;
    state.queryId = crypto.randomUUID?.() ?? null;
    showFound();
    if (picture) showParts(picture);
    if (unwritten) write(unwritten);
    unwritten = null;
    dock();
    return true;
  } catch (failure) {
    if (failure.name === "AbortError") return;
    state.answer = null;
    fail(failure, { limitBytes, onretry: () => run({ fresh: true, address: null }), onreplace: choose, onclear: () => setFilters(() => none) });
  }
}

function fail(failure, ways) {
  failed = { failure, ways };
  dock();
  showFailure(failure, ways);
}

// Of a clip, what the chosen moment shows, or all of it.
function showFound() {
  showTimeline(state.answer, moment, (place) => { moment = place; showFound(); });
  showAnswer(moment === null ? state.answer : ofMoment(state.answer, state.answer.moments[moment]), whyOf());
}

// A selection that is still being drawn: the results follow, the history does not fill up.
const liveRun = debounce(() => run({ fresh: false, address: "replace" }), 180);

function write(how) {
  const fragment = toFragment(state);
  const kept = { photo: state.question?.photo?.id ?? null, crop: state.crop };
  const address = `${location.pathname}${fragment}`;
  if (how === "push" && fragment !== location.hash) history.pushState(kept, "", address);
  else history.replaceState(kept, "", address);
}

async function refreshFacets() {
  showFacetsWaiting();
  try {
    const facets = await loadFacets(state.filters);
    learnFacets(facets);
    showFacets(facets, () => state.filters, setFilters);
    showOrder();
  } catch {
    // The search itself tells what is wrong; filters stay as they were.
  }
}

// Another question, or none: what was on its way for the one before is not waited for.
function become(changed) {
  running?.abort();
  liveRun.cancel();
  arriving = null;
  unwritten = null;
  failed = null;
  if (changed.question !== state.question) dropClip(state.question);
  Object.assign(state, changed);
}

function ask(question, { product = null, words = "" } = {}) {
  become({ question, words, product, crop: null, vector: null, answer: null, filters: state.question ? state.filters : none });
  showSearch();
  byId("results").focus({ preventScroll: true });
  scrollTo({ top: 0 });
  run({ fresh: true, address: "push" });
}

async function askPhoto(file) {
  if (!file) return;
  if (isClip(file)) {
    askSized({ kind: "clip", clip: prepareClip(file) }, file.size, limitClipBytes);
    return;
  }
  const photo = await readied(file);
  if (photo) askSized({ kind: "photo", photo }, photo.blob.size, limitBytes);
}

// A photograph ready for the search; null where that failed, or something else was asked meanwhile.
async function readied(file) {
  const mine = (arriving = {});
  const reading = preparePhoto(file);
  const slow = setTimeout(() => toast(t("photo_reading"), reading), SLOW_MILLISECONDS);
  try {
    const photo = await reading;
    return mine === arriving ? photo : null;
  } catch {
    if (mine === arriving) toast(t("photo_failed"));
    return null;
  } finally {
    clearTimeout(slow);
  }
}

function askSized(question, bytes, limit) {
  if (bytes <= limit) {
    ask(question);
    return;
  }
  become({ question, words: "", product: null, crop: null, vector: null, answer: null });
  showSearch();
  showTimeline(null);
  fail({ status: 413, code: "too_large", message: "" }, { limitBytes: limit, onreplace: choose });
}

function askProduct({ product_id: id, title, image_key: imageKey }) {
  ask({ kind: "product", id }, { product: { title: title || t("untitled"), imageKey } });
}

// A clip takes no words, order or taste, and no link holds it: typing some words asks anew.
const isOfClip = () => state.question?.kind === "clip";
const bendsByWords = (question) => question !== null && !["words", "clip"].includes(question.kind);

// Words alone are a question; beside a picture they bend it, and without them it is whole again.
function setWords(words) {
  const beside = bendsByWords(state.question);
  if (beside) {
    state.words = words;
    showSearch();
    run({ fresh: false, address: "push" });
  } else if (words) {
    ask({ kind: "words" }, { words });
  } else if (state.question !== null) {
    reset();
  }
}

// A suggestion for the photograph joins the words, once.
function addWord(word) {
  if (!` ${state.words.toLowerCase()} `.includes(` ${word.toLowerCase()} `)) setWords(`${state.words} ${word}`.trim());
}

// `change` makes new filters of those of now.
function setFilters(change) {
  state.filters = change(state.filters);
  run({ fresh: false, address: "push" });
}

function setOrder(order) {
  state.order = order;
  run({ fresh: false, address: "push" });
}

function setCrop(crop) {
  state.crop = crop;
  liveRun();
}

async function more(offset) {
  try {
    const answer = await api.search(asked(offset), running.signal);
    // Similarities of two models cannot be compared: the list begins anew.
    if (answer.release !== state.answer.release) return run({ fresh: false, address: null }).then((isShown) => isShown && toast(t("found_anew")));
    addAnswer(answer, whyOf());
    state.answer = { ...answer, hits: [...state.answer.hits, ...answer.hits] };
  } catch (failure) {
    if (failure.name !== "AbortError") toast(failure.code === "unreachable" ? t("error_unreachable") : failure.message);
  }
}

// Only a photograph that this tab still has can be explained: the server keeps none.
function whyOf() {
  if (state.question?.kind !== "photo" || state.words) return null;
  const asked = { photo: state.question.photo, crop: state.crop, where: expression(state.filters) };
  return (hit) => openWhy(hit, asked, state.answer?.hits ?? []);
}

const choose = async () => askPhoto(await pickPicture());
const take = async () => askPhoto(await takePhotograph());

// --- showing ---

function showSearch() {
  byId("start").hidden = true;
  byId("search").hidden = false;
  document.body.dataset.view = "search";
  showWords(state.words, bendsByWords(state.question));
  showAsked();
}

// The question alone: what is being typed into the search box stays.
function showAsked() {
  const { question, crop, product } = state;
  picture = showQuestion({ question, words: state.words, crop, product, oncrop: setCrop, onword: addWord, onreplace: choose, onreset: reset });
}

function reset() {
  become({ question: null, words: "", crop: null, filters: none, order: "", vector: null, product: null, answer: null });
  if (location.hash) history.pushState(null, "", location.pathname);
  showHome();
  byId("content").focus({ preventScroll: true });
}

function open(hit, variantId) {
  const place = state.question === null ? -1 : (state.answer?.hits ?? []).findIndex((each) => each.product_id === hit.product_id);
  remember("view", hit, place < 0 ? {} : { query: state.answer.trial?.query ?? state.queryId, position: place + 1 });
  openDetail(hit, variantId, { onalike: askProduct });
}

// Taste was switched on or off, or has changed: what depends on it is asked for again.
function tasteChanged() {
  if (state.question === null) showForYou(byId("for-you"), (hit) => open(hit, hit.variant_id));
  else if (!isOfClip()) run({ fresh: false, address: null });
}

function showHome() {
  document.body.dataset.view = "start";
  showWords("");
  byId("search").hidden = true;
  byId("query").replaceChildren();
  byId("start").hidden = false;
  byId("dock").hidden = true;
  showTimeline(null);
  byId("results").querySelector(".grid")?.replaceChildren();
  showStart({ examples, onchoose: choose, ontake: take, onexample: askProduct, onretry: () => { askAgain(); showExamples(); } });
  showForYou(byId("for-you"), (hit) => open(hit, hit.variant_id));
}

function dock() {
  showDock({ n: count(state.filters), shares: state.answer !== null && !isOfClip(), ontake: take, onshare: share });
}

async function showExamples() {
  try {
    const { products } = await api.products(120);
    examples = examplesFrom(products, EXAMPLES);
  } catch (failure) {
    examples = failure.code === "nothing_indexed" ? [] : undefined;
  }
  if (state.question === null) showHome();
}

// --- the address ---

async function restore() {
  closeDialogs();
  const { question, vector, filters, order, words } = fromFragment(location.hash);
  const photo = keptPhoto(history.state?.photo);
  leaveTypedField();
  become({ filters, order, words, vector, product: null, crop: photo ? history.state.crop : null, question: photo ? { kind: "photo", photo } : question });
  if (state.question === null) {
    showHome();
    return;
  }
  showSearch();
  run({ fresh: true, address: null });
  if (question?.kind === "product") await nameProduct(question.id);
}

async function nameProduct(id) {
  try {
    const product = await api.product(id);
    const [example] = examplesFrom([product], 1);
    if (!example || state.question?.id !== id) return;
    state.product = { title: example.title, imageKey: example.image_key };
    showAsked();
  } catch {
    // The search says that the product is gone.
  }
}

function listen() {
  listenForPictures(askPhoto);
  addEventListener("popstate", restore);
  addEventListener("online", () => { if (failed?.failure.code === "unreachable") failed.ways.onretry(); });
  // Followed as a link it would put its own name in the place of the search.
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("content").focus();
  });
  document.querySelector(".brand").addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    reset();
  });
}

function redrawAll() {
  translatePage();
  buildSearchbox({ onwords: setWords });
  buildResults({ words: () => state.words, onwords: setWords, onreset: reset, onfilters: setFilters, onorder: setOrder, order: () => (isOfClip() ? null : state.order), onshare: share, onunread: (condition, understood) => setWords(unread(state.words, condition, understood)), onmore: more, onopen: open, onalike: askProduct });
  if (state.question === null) {
    showHome();
    return;
  }
  showSearch();
  dock();
  showChips(state.filters);
  refreshFacets();
  if (failed) showFailure(failed.failure, failed.ways);
  else if (state.answer) showFound();
  else showBusy(true);
  if (state.answer && picture) showParts(picture);
}

byId("facets-home").append(h("div", { id: "facets", class: "facets" }));
showTools(redrawAll);
redrawAll();
listen();
restore();
showExamples();
const askAgain = learnOffer((offer) => {
  limitBytes = offer.limits.max_upload_bytes;
  limitClipBytes = offer.limits.max_clip_bytes;
  allowMicrophone(offer.questions.includes("audio"));
  showAdministration(offer.may_write);
  tellKept(offer.keeps);
  offerPeople(offer.personal, tasteChanged);
  if (shopper()) tasteChanged();
  learnColumns(offer.columns);
  showOrder();
  if (examples === undefined) showExamples();
});
