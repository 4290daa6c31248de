// A search in the address: after the #, so it never reaches a server's log; the vector, not the photograph.

import { fromParameters, toParameters } from "./filters.js";

export function toFragment({ question, vector, filters, order, words }) {
  const parameters = new URLSearchParams();
  if (words) parameters.set("q", words);
  if (question?.kind === "product") parameters.set("like", question.id);
  else if (vector) parameters.set("v", vector);
  if (order) parameters.set("order", order);
  toParameters(filters, parameters);
  return parameters.size ? `#${parameters}` : "";
}

export function fromFragment(fragment) {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const words = parameters.get("q") ?? "";
  const like = parameters.get("like");
  const vector = parameters.get("v");
  const order = parameters.get("order") ?? "";
  parameters.delete("order");
  const filters = fromParameters(parameters);
  if (like) return { question: { kind: "product", id: like }, vector: null, filters, order, words };
  if (vector) return { question: { kind: "link", vector }, vector, filters, order, words };
  return { question: words ? { kind: "words" } : null, vector: null, filters, order, words };
}
