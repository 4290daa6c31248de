// Draws openapi.json: every operation with its fields, examples, a curl line, and a form to try it.

import { bearing } from "./api.js";
import { byId, h } from "./dom.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

function resolve(document, schema = {}) {
  if (!schema.$ref) return schema;
  return schema.$ref.slice(2).split("/").reduce((place, name) => place?.[name], document) ?? {};
}

const kindOf = (schema) => {
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map(kindOf).join(" or ");
  if (schema.enum) return schema.enum.join(" | ");
  return [schema.type ?? ""].flat().join(" or ");
};

function fields(rows) {
  return h("table", { class: "fields" }, h("tbody", {}, rows.map(([name, schema, required]) => h("tr", {},
    h("th", { scope: "row" }, h("code", {}, name)), h("td", { class: "kind" }, kindOf(schema), required ? ", required" : ""),
    h("td", {}, schema.description ?? "", schema.default !== undefined && schema.default !== null ? ` Default ${schema.default}.` : "")))));
}

function sample(text) {
  const shown = h("pre", { tabIndex: 0 }, text);
  const button = h("button", { type: "button", class: "button quiet", onclick: async () => {
    button.textContent = (await copied(text, shown)) ? "Copied" : "Selected";
  } }, "Copy");
  return h("div", { class: "sample" }, shown, button);
}

// Over plain HTTP browsers give no clipboard: what is shown is selected then, and copied the older way.
async function copied(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(shown);
    return document.execCommand("copy");
  }
}

// Text with `code` in it.
const prose = (text) => text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));

const pretty = (value) => JSON.stringify(value, null, 2);
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl(method, path, operation) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
    const parameter = operation.parameters?.find((each) => each.name === name);
    return parameter?.examples?.[0] ?? parameter?.schema?.examples?.[0] ?? (parameter?.schema?.type === "integer" ? 1 : name);
  });
  const parts = ["curl"];
  if (method !== "get" && method !== "post") parts.push("-X", method.toUpperCase());
  const content = operation.requestBody?.content ?? {};
  const form = method === "post" ? content["multipart/form-data"] : null;
  const json = content["application/json"];
  if (form?.example) for (const [name, value] of Object.entries(form.example)) parts.push("-F", quoted(`${name}=${value}`));
  else if (json?.example) parts.push("-H", quoted("Content-Type: application/json"), "-d", quoted(JSON.stringify(json.example)));
  parts.push(`${location.origin}${filled}`);
  return parts.join(" ");
}

// An input for each field of a form, by the names that the server knows them by.
function formInputs(schema) {
  return Object.entries(schema.properties ?? {}).map(([name, field]) => {
    if (field.format !== "binary") return [name, h("input", { type: "text", placeholder: field.default ?? "" })];
    return [name, h("input", { type: "file", accept: ["image", "video", "audio"].includes(name) ? `${name}/*` : null })];
  });
}

const isGiven = (input) => (input.type === "file" ? input.files.length > 0 : input.value !== "");

function formOf(inputs) {
  const form = new FormData();
  for (const [name, input] of inputs) if (isGiven(input)) form.append(name, input.type === "file" ? input.files[0] : input.value);
  return form;
}

function tryForm(document, method, path, operation) {
  const parameters = (operation.parameters ?? []).filter((each) => each.in === "path" || each.in === "query");
  const content = operation.requestBody?.content ?? {};
  const inputs = parameters.map((parameter) => [parameter, h("input", { type: "text", required: parameter.required ?? false, value: parameter.schema?.default ?? "" })]);
  const json = content["application/json"] ? h("textarea", { value: pretty(content["application/json"].example ?? {}), spellcheck: false }) : null;
  const form = content["multipart/form-data"] && method === "post" ? formInputs(resolve(document, content["multipart/form-data"].schema)) : [];
  const token = "401" in (operation.responses ?? {}) ? h("input", { type: "password", autocomplete: "off" }) : null;
  const result = h("div", {});
  const send = async (event) => {
    event.preventDefault();
    const query = new URLSearchParams();
    let address = path;
    for (const [parameter, input] of inputs) {
      if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (input.value !== "") query.set(parameter.name, input.value);
    }
    const options = { method: method.toUpperCase(), headers: bearing(token?.value) };
    if (form.some(([, input]) => isGiven(input)) || (form.length && !json)) {
      options.body = formOf(form);
    } else if (json) {
      options.body = json.value;
      options.headers["Content-Type"] = "application/json";
    }
    try {
      const response = await fetch(query.size ? `${address}?${query}` : address, options);
      const text = response.headers.get("content-type")?.startsWith("image/") ? `${response.headers.get("content-length")} bytes of ${response.headers.get("content-type")}` : await response.text();
      result.replaceChildren(h("p", {}, h("b", {}, `HTTP ${response.status}`)), sample(formatted(text)));
    } catch (failure) {
      result.replaceChildren(h("p", {}, `The server did not answer: ${failure.message}`));
    }
  };
  return h("form", { class: "try", onsubmit: send }, h("h3", {}, "Try it"),
    inputs.map(([parameter, input]) => h("label", {}, parameter.name, input)),
    form.length > 0 && h("fieldset", {}, h("legend", {}, json ? "Form (instead of the JSON)" : "Form"), form.map(([name, input]) => h("label", {}, name, input))),
    json && h("label", {}, "JSON", json),
    token && h("label", {}, "Write token, where the server has one", token),
    h("button", { type: "submit", class: "button primary" }, "Send"), result);
}

function formatted(text) {
  try {
    return pretty(JSON.parse(text));
  } catch {
    return text;
  }
}

function operationSection(document, path, method, operation) {
  const parameters = (operation.parameters ?? []).map((each) => [each.name, { ...each.schema, description: each.description }, each.required]);
  const bodies = Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema }]) => {
    const properties = Object.entries(resolve(document, schema).properties ?? {});
    return [h("h3", {}, `Body, ${type}`), fields(properties.map(([name, each]) => [name, each, schema.required?.includes(name)]))];
  });
  const answers = Object.entries(operation.responses ?? {}).filter(([status]) => status !== "422" || operation.responses[422].content?.["application/json"]?.example)
    .map(([status, { description, content }]) => {
      const example = content?.["application/json"]?.example;
      const title = h("summary", {}, h("b", {}, status), description);
      return example === undefined ? h("p", { class: "answer" }, h("b", {}, status), ` ${description}`) : h("details", { class: "answer", open: status === "200" }, title, sample(pretty(example)));
    });
  return h("section", { class: "operation", id: operation.operationId },
    h("h2", {}, operation.summary), h("p", { class: "route" }, h("span", { class: "method" }, method.toUpperCase()), path),
    h("p", {}, prose(operation.description ?? "")),
    h("h3", {}, "Example"), sample(curl(method, path, operation)),
    parameters.length ? [h("h3", {}, "Parameters"), fields(parameters)] : null, bodies,
    h("h3", {}, "Answers"), answers, tryForm(document, method, path, operation));
}

function show(description) {
  const groups = new Map();
  const sections = [h("div", { class: "lead" }, description.info.description.trim().split("\n\n").map((text) => h("p", {}, prose(text))))];
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((each) => each in methods)) {
      const operation = methods[method];
      const group = operation.tags?.[0] ?? "other";
      groups.set(group, [...(groups.get(group) ?? []), h("a", { href: `#${operation.operationId}` }, h("span", { class: "method" }, method.toUpperCase()), operation.summary)]);
      sections.push(operationSection(description, path, method, operation));
    }
  }
  byId("operations").append(...sections);
  byId("contents").append(...[...groups].map(([name, links]) => h("div", {}, h("h2", {}, name), links)));
}

async function load() {
  let description;
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    description = await response.json();
  } catch (failure) {
    const told = h("div", { class: "lead", role: "alert" }, h("p", {}, `The description of the API did not come: ${failure.message}`),
      h("button", { type: "button", class: "button", onclick: () => {
        told.remove();
        byId("content").focus();
        load();
      } }, "Try again"));
    byId("operations").append(told);
    return;
  }
  show(description);
}

await load();
