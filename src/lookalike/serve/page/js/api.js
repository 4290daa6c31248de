// The server, as the page sees it.

export class ApiError extends Error {
  constructor(status, { code, message, reason = null, hint = null }) {
    super(message);
    this.status = status;
    this.code = code;
    this.reason = reason;
    this.hint = hint;
  }
}

export async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new ApiError(0, { code: "unreachable", message: String(failure.message ?? failure) });
  }
  const document = await response.json().catch((failure) => {
    if (failure.name === "AbortError") throw failure;
    return null;
  });
  if (response.ok && document !== null) return document;
  throw new ApiError(response.status, document?.error ?? { code: "internal", message: `HTTP ${response.status}` });
}

// Searches by one of photo, product or vector, by words, or by both.
export function search({ photo, words, product, vector, crop, where, sort, diverse, k, offset, parts, shopper = null }, signal) {
  if (photo) {
    const form = new FormData();
    form.append("image", photo.blob, "photo");
    if (words) form.append("text", words);
    if (crop) form.append("crop", cropInPixels(crop, photo).join(","));
    if (where) form.append("where", where);
    if (shopper) form.append("shopper", shopper);
    if (parts) form.append("parts", parts);
    if (sort) form.append("sort", sort);
    if (diverse) form.append("diverse", diverse);
    form.append("k", k);
    form.append("offset", offset);
    return call("/v1/search", { method: "POST", body: form, signal });
  }
  const body = JSON.stringify({ text: words || null, like: product ?? null, vector: vector ?? null, where: where || null, sort: sort ?? null, diverse: diverse ?? null, k, offset, shopper });
  return call("/v1/search", { method: "POST", headers: { "Content-Type": "application/json" }, body, signal });
}

// What is said in a recording; the hits of that search are not needed.
export function hear(recording) {
  const form = new FormData();
  form.append("audio", recording, "question");
  form.append("k", 1);
  return call("/v1/search", { method: "POST", body: form });
}

export const suggest = (text, signal) => call(`/v1/suggest?${new URLSearchParams({ text, k: 8 })}`, { signal });

export const post = (path, document, signal) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(document), signal });

// Why a product is alike to a photograph; `against` names another one to compare it with.
export function explain({ photo, product, crop, where, against = null }, signal) {
  const form = new FormData();
  form.append("image", photo.blob, "photo");
  form.append("product_id", product);
  if (crop) form.append("crop", cropInPixels(crop, photo).join(","));
  if (where) form.append("where", where);
  if (against) form.append("against", against);
  return call("/v1/explain", { method: "POST", body: form, signal });
}

// What a photograph may be called.
export function describe({ photo, crop }, signal) {
  const form = new FormData();
  form.append("image", photo.blob, "photo");
  if (crop) form.append("crop", cropInPixels(crop, photo).join(","));
  return call("/v1/describe", { method: "POST", body: form, signal });
}

// A crop is kept as shares of the picture, so it survives resizing; the server wants pixels of what it received.
function cropInPixels(crop, photo) {
  const x = Math.round(crop.x * photo.width);
  const y = Math.round(crop.y * photo.height);
  const width = Math.max(1, Math.min(photo.width - x, Math.round(crop.width * photo.width)));
  const height = Math.max(1, Math.min(photo.height - y, Math.round(crop.height * photo.height)));
  return [x, y, width, height];
}

const query = (values) => {
  const given = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== "" && value !== undefined));
  return given.size ? `?${given}` : "";
};

export const products = (k, signal) => call(`/v1/products${query({ k })}`, { signal });
export const product = (id, signal) => call(`/v1/products/${encodeURIComponent(id)}`, { signal });
export const facets = (where, signal) => call(`/v1/facets${query({ where })}`, { signal });
// The headers that a write token goes in. As the bytes of UTF-8, because headers take no other letters than Latin-1's.
export const bearing = (token) => (token ? { Authorization: `Bearer ${String.fromCharCode(...new TextEncoder().encode(token))}` } : {});

export const status = (token) => call("/v1/status", { headers: bearing(token) });
export const health = (token) => call("/v1/catalogue/health", { headers: bearing(token) });
export const thumbnail = (imageKey, side) => `/v1/images/${imageKey}/thumbnail?side=${side}`;
