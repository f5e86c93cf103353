// Draws the service's OpenAPI document as a page. It asks this service for /openapi.json and for what is tried out, and
// nobody else; everything is put on the page as text, never as markup. The key stays in its field.

const [find, key, main, state] = ["find", "key", "main", "status"].map((id) => document.getElementById(id));
const methods = ["get", "post", "put", "patch", "delete"];
let spec;

/** An element with attributes (functions are listeners) and children (text, elements, lists, nothing). */
function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => (child ?? false) !== false));
  return element;
}

/** What a reference points at, together with what stands beside the reference. */
function resolve(node) {
  if (!node?.$ref) return node;
  const part = (text) => text.replaceAll("~1", "/").replaceAll("~0", "~");
  const target = node.$ref.slice(2).split("/").reduce((at, name) => at[part(name)], spec);
  const { $ref, ...rest } = node;
  return { ...resolve(target), ...rest };
}
const nameOf = (node) => node?.$ref?.startsWith("#/components/schemas/") ? node.$ref.split("/").pop() : undefined;

/** `code`, **strong** and paragraphs; the document uses no other markup. */
function prose(text, tag = "p") {
  return (text ?? "").trim().split(/\n{2,}/).filter(Boolean).map((paragraph) =>
    h(tag, null, paragraph.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*)/).map((piece) =>
      /^`.+`$/.test(piece) ? h("code", null, piece.slice(1, -1))
        : /^\*\*.+\*\*$/.test(piece) ? h("strong", null, piece.slice(2, -2))
        : /^\*.+\*$/.test(piece) ? h("em", null, piece.slice(1, -1)) : piece.replaceAll("\n", " "))));
}

// Schemas

const note = (...words) => h("p", { class: "type" }, words);
const table = (...rows) => h("dl", { class: "rows" }, rows);

/** A schema in a few words. */
function words(node) {
  const schema = resolve(node) ?? {};
  const options = schema.oneOf ?? schema.anyOf;
  if (options && !schema.properties) return options.map(words).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = [schema.type ?? (schema.properties ? "object" : "anything")].flat();
  return types.map((type) => type === "array" ? `list of ${words(schema.items)}`
    : type === "object" ? nameOf(node) ?? type : type).join(" or ");
}

function constraints(schema) {
  const said = [];
  if (schema.enum) said.push("one of " + schema.enum.join(", "));
  if (schema.minimum !== undefined || schema.maximum !== undefined)
    said.push(`${schema.minimum ?? ""} … ${schema.maximum > 2 ** 53 ? "2⁶³ − 1" : schema.maximum ?? ""}`);
  if (schema.minLength || schema.maxLength) said.push(`${schema.minLength ?? 0} … ${schema.maxLength ?? ""} characters`);
  if (schema.minItems || schema.maxItems) said.push(`${schema.minItems ?? 0} … ${schema.maxItems ?? ""} entries`);
  if (schema.default !== undefined) said.push("if absent " + JSON.stringify(schema.default));
  if (schema.pattern) said.push(h("code", null, schema.pattern));
  return said.map((piece) => [" · ", piece]);
}

/** The schema inside a schema that has rows of its own: an object, or the entries of a list. */
function inner(node) {
  const schema = resolve(node);
  if (schema?.properties || schema?.["x-events"]) return node;
  if (schema?.items) return inner(schema.items);
  const options = (schema?.oneOf ?? []).filter((option) => inner(option));
  return options.length === 1 ? inner(options[0]) : options.length ? node : undefined;
}

/** One name with its schema; what is inside unfolds, two levels of it at once. */
function row(name, node, needed, depth, seen, extra) {
  const schema = resolve(node), below = inner(node), known = below && seen.includes(nameOf(below));
  return h("div", { class: "row" },
    h("dt", null, name, needed && [" ", h("span", { class: "needed" }, "required")]),
    h("dd", null, h("div", { class: "type" }, words(node), constraints(schema)),
      prose(extra ?? schema.description),
      below && !known && fold(h("summary", { class: "type" }, "inside"), depth < 2,
        () => rows(below, depth + 1, [...seen, nameOf(below)].filter(Boolean)))));
}

/** Details whose content is made when it is first shown. */
function fold(summary, open, content, attributes) {
  const details = h("details", attributes, summary);
  const fill = () => { if (details.open && details.children.length === 1) details.append(...[content()].flat()); };
  details.addEventListener("toggle", fill);
  details.open = open;
  fill();
  return details;
}

function rows(node, depth = 0, seen = []) {
  const schema = resolve(node) ?? {};
  if (schema["x-events"]) {
    return table(Object.entries(schema["x-events"]).map(([name, event]) =>
      row(name, event.schema, false, 2, seen, event.description)));
  }
  const options = (schema.oneOf ?? []).filter((option) => inner(option));
  if (options.length && !schema.properties) {
    return options.map((option) => h("div", { class: "nested" }, note("one of: " + words(option)),
      rows(option, depth, seen)));
  }
  const properties = schema.properties ?? {}, required = schema.required ?? [];
  const names = [...required, ...Object.keys(properties).filter((name) => !required.includes(name))];
  return table(names.filter((name) => properties[name]).map((name) =>
    row(name, properties[name], required.includes(name), depth, seen)));
}

// Examples

/** Text with a button that copies it. */
function figure(caption, text, coloured) {
  const button = h("button", { type: "button", click: async () => {
    try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; }
    catch { getSelection().selectAllChildren(pre); button.textContent = "Selected"; }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } }, "Copy");
  const pre = h("pre", { tabindex: "0" }, coloured ? colour(text) : text);
  return h("figure", null, h("figcaption", null, caption), button, pre);
}

function colour(text) {
  return text.split(/("(?:\\.|[^"\\])*"|-?\d[\d.e+-]*|true|false|null)/).map((piece, index, all) =>
    index % 2 && all[index + 1][0] !== ":"
      ? h("span", { class: piece[0] === '"' ? "get" : /\d/.test(piece) ? "n" : "post" }, piece) : piece);
}

const shown = (value) => typeof value === "string" ? value : JSON.stringify(value, null, 2);
const quoted = (text) => /^[\w@%+=:,./-]+$/.test(text) ? text : "'" + text.replaceAll("'", "'\\''") + "'";

/** The command line that sends a request. */
function curl(method, path, parameters, type, value) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) =>
    parameters.find((one) => one.in === "path" && one.name === name)?.example ?? name);
  const words = ["curl"];
  if (method !== "get" && !value) words.push("-X " + method.toUpperCase());
  if (key.value) words.push('-H "Authorization: Bearer $BOTTEGA_KEY"');
  if (path.endsWith("/events")) words.push("-N");
  if (path.endsWith(".zip")) words.push("-O");
  if (type === "multipart/form-data") {
    for (const [name, field] of Object.entries(value)) {
      for (const one of [field].flat()) words.push("-F " + quoted(`${name}=${one}`));
    }
  } else if (type) {
    words.push("-H " + quoted("Content-Type: " + type));
    words.push(typeof value === "string" ? "--data-binary " + value : "-d " + quoted(JSON.stringify(value)));
  }
  words.push(quoted(location.origin + filled));
  return words.join(words.length > 3 ? " \\\n  " : " ");
}

/** Buttons of which one is pressed, and what belongs to it. */
function choice(label, names, content) {
  const place = h("div"), buttons = names.map((name) => h("button", { type: "button", click: () => show(name) }, name));
  const show = (name) => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", button.textContent === name));
    place.replaceChildren(...[content(name)].flat(Infinity).filter(Boolean));
  };
  show(names[0]);
  return [names.length > 1 ? h("div", { class: "choice", role: "group", "aria-label": label }, buttons)
    : note(names[0]), place];
}

const examplesOf = (media) => Object.values(media.examples ?? {}).map(resolve);

// Operations

function operation(path, method, shared, it) {
  const parameters = [...(shared ?? []), ...(it.parameters ?? [])].map(resolve);
  const body = resolve(it.requestBody), id = it.operationId;
  return h("article", { class: "operation", id, "aria-labelledby": id + "-name" },
    h("h3", { id: id + "-name" }, h("a", { href: "#" + id }, it.summary)),
    h("p", { class: "where" }, h("span", { class: "method " + method }, method), " ", h("span", { class: "path" }, path)),
    h("div", { class: "prose" }, prose(it.description)),
    parameters.length > 0 && [h("h4", null, "Parameters"), table(parameters.map((one) =>
      row([one.name, h("span", { class: "type" }, " " + one.in)], one.schema, one.required, 2, [], one.description)))],
    body && [h("h4", null, "Body"), choice("Media type of the body", Object.keys(body.content), (type) => {
      const media = body.content[type];
      return [inner(media.schema) && fold(h("summary", null, "Fields"), true, () => rows(media.schema)),
        !inner(media.schema) && prose(resolve(media.schema).description),
        examplesOf(media).map((example) => [
          typeof example.value !== "string" && type.endsWith("json") && figure(example.summary, shown(example.value), true),
          figure(type.endsWith("json") ? "The same with curl" : example.summary + ", with curl",
            curl(method, path, parameters, type, example.value))])];
    })],
    !body && figure("With curl", curl(method, path, parameters)),
    h("h4", null, "Answers"), Object.entries(it.responses).map(([status, answer]) => response(status, resolve(answer))),
    method === "get" && trial(path, parameters));
}

function response(status, answer) {
  const good = status < 400;
  const summary = h("summary", null, h("b", { class: good ? "good" : "bad" }, status), (answer.description ?? "").trim());
  return fold(summary, false, () => {
    const types = Object.keys(answer.content ?? {}), headers = Object.entries(answer.headers ?? {});
    return [types.length > 0 && choice("Media type of the answer", types, (type) => {
      const media = answer.content[type], codes = media.schema?.allOf?.[1]?.properties.error.properties.code.enum;
      return [codes && h("p", null, "Codes: ", codes.map((code, index) => [index ? ", " : "", h("code", null, code)]), ". ",
          h("a", { href: "#schema-Error" }, "The envelope")),
        !codes && inner(media.schema) && fold(h("summary", null, "Fields"), status === "200", () => rows(media.schema)),
        examplesOf(media).map(({ summary, value }) => figure(summary, shown(value), typeof value !== "string"))];
    }), headers.length > 0 && fold(h("summary", null, "Headers"), false, () => h("dl", { class: "rows" },
      headers.map(([name, header]) => [name, resolve(header)]).map(([name, header]) =>
        row(name, header.schema, header.required, 2, [], header.description))))].flat(Infinity).filter(Boolean);
  }, { class: "answer" });
}

/** A form that sends the request and shows what comes back. */
function trial(path, parameters) {
  return fold(h("summary", null, "Try it"), false, () => {
    const place = h("div", { "aria-live": "polite" });
    const inputs = parameters.map((one) => {
      const values = resolve(one.schema).enum, attributes = { name: one.name, required: one.required };
      return h("label", null, one.name, values && !one.required
        ? h("select", attributes, ["", ...values].map((value) => h("option", null, value)))
        : h("input", { ...attributes, placeholder: one.example ?? "", autocomplete: "off" }));
    });
    const form = h("form", { submit: async (event) => {
      event.preventDefault();
      const values = new FormData(form), query = new URLSearchParams(), headers = {};
      let address = path;
      for (const one of parameters) {
        const value = values.get(one.name);
        if (one.in === "path") address = address.replace(`{${one.name}}`, encodeURIComponent(value).replaceAll("%2F", "/"));
        else if (value && one.in === "query") query.set(one.name, value);
        else if (value) headers[one.name] = value;
      }
      if (key.value) headers.Authorization = "Bearer " + key.value;
      await send(address + (query.size ? "?" + query : ""), headers, place);
    } }, inputs, h("button", { type: "submit" }, "Send"));
    return [form, place];
  }, { class: "try" });
}

async function send(address, headers, place) {
  place.replaceChildren(note("Waiting…"));
  try {
    const began = performance.now(), answer = await fetch(address, { headers });
    const type = answer.headers.get("Content-Type") ?? "", line = h("p", null,
      h("b", { class: answer.ok ? "good" : "bad" }, answer.status + " "), h("code", null, type));
    place.replaceChildren(line, figure("Headers", [...answer.headers].map((pair) => pair.join(": ")).join("\n")));
    const content = await answer.blob();
    line.append(` ${content.size} bytes, ${Math.round(performance.now() - began)} ms`);
    if (!/json|text|javascript|xml/.test(type)) return;
    const text = await content.text();
    place.append(figure("Body", /json/.test(type) ? shown(JSON.parse(text)) : text, /json/.test(type)));
  } catch (error) {
    place.replaceChildren(note(`Nothing came back: ${error.message}`));
  }
}

// The page

/** Operations in groups: by tag, then short addresses first. */
function groups() {
  const all = Object.entries(spec.paths).flatMap(([path, item]) => methods.filter((method) => item[method])
    .map((method) => ({ path, method, shared: item.parameters, it: item[method] })));
  all.sort((a, b) => a.path.length - b.path.length || methods.indexOf(a.method) - methods.indexOf(b.method));
  return spec.tags.map((tag) => ({ tag, all: all.filter((one) => one.it.tags.includes(tag.name)) }));
}

function draw() {
  const drawn = groups(), list = document.getElementById("list"), { info } = spec;
  main.replaceChildren(state);
  list.replaceChildren();
  document.getElementById("version").textContent = info.version;
  const entries = [];
  for (const { tag, all } of drawn) {
    const section = h("section", null, h("h2", null, tag.name), note(tag.description));
    const links = h("ul"), group = h("div", null, h("h2", null, tag.name), links);
    for (const { path, method, shared, it } of all) {
      const article = operation(path, method, shared, it);
      const link = h("li", null, h("a", { href: "#" + it.operationId },
        h("span", { class: "method " + method }, method), it.summary));
      entries.push({ article, link, section, group, text: [method, path, it.operationId, it.summary, it.description,
        ...[...(shared ?? []), ...(it.parameters ?? [])].map((one) => resolve(one).name)].join(" ").toLowerCase() });
      section.append(article);
      links.append(link);
    }
    main.append(section);
    list.append(group);
  }
  const names = Object.keys(spec.components.schemas).filter((name) => inner({ $ref: "#/components/schemas/" + name }));
  const schemas = h("section", null, h("h2", { id: "schemas" }, "Objects"), names.map((name) => {
    const node = { $ref: "#/components/schemas/" + name };
    return fold(h("summary", null, h("code", null, name)), false,
      () => [prose(resolve(node).description), rows(node, 1, [name])].flat(), { class: "answer", id: "schema-" + name });
  }));
  main.append(schemas);
  main.prepend(h("h1", null, info.summary), h("div", { class: "prose" }, prose(info.description)));
  find.oninput = () => filter(entries);
  filter(entries);
}

/** Shows the operations in which every word of the search occurs. */
function filter(entries) {
  const wanted = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of entries) {
    entry.article.hidden = entry.link.hidden = !wanted.every((word) => entry.text.includes(word));
  }
  for (const { section, group } of entries) {
    section.hidden = group.hidden = entries.every((entry) => entry.section !== section || entry.article.hidden);
  }
  const count = entries.filter((entry) => !entry.article.hidden).length;
  state.className = "quiet";
  state.textContent = wanted.length ? `${count} of ${entries.length} operations` : `${entries.length} operations`;
}

/** Unfolds and shows what the address names. */
function visit() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName === "DETAILS") target.open = true;
  target?.scrollIntoView();
}

document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); find.focus(); }
  if (event.key === "Escape" && event.target === find) { find.value = ""; find.dispatchEvent(new Event("input")); }
});
addEventListener("hashchange", visit);
key.addEventListener("change", draw);  // curl lines name the key as soon as there is one
if (matchMedia("(max-width: 60rem)").matches) document.getElementById("contents").open = false;

try {
  const answer = await fetch("/openapi.json", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`/openapi.json was answered with ${answer.status}`);
  spec = await answer.json();
  draw();
  visit();
} catch (error) {
  state.textContent = `The document cannot be shown: ${error.message}.`;
}
