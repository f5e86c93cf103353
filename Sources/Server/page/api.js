// Talks to the service: the key, requests, uploads with progress, and every error as a sentence with what to do about it.
// It keeps no state but the key, and asks nobody but its own origin.

const store = "bottega.key";
const read = (storage) => { try { return storage.getItem(store); } catch { return null; } };

/** The key that is sent; kept until the tab closes, or longer when that was asked for. */
export const key = {
  value: read(globalThis.sessionStorage) ?? read(globalThis.localStorage),
  set(value, remember) {
    this.forget();
    this.value = value;
    try { (remember ? localStorage : sessionStorage).setItem(store, value); } catch { /* kept in memory only */ }
  },
  forget() {
    this.value = null;
    try { sessionStorage.removeItem(store); localStorage.removeItem(store); } catch { /* there was nothing */ }
  },
};

/** What the page does when a key is missing (resolves true when there is a new one) and when the service comes or goes. */
export const hooks = { key: async () => false, reachable: (isReachable) => isReachable };

/** Why a request or a job did not succeed. */
export class Problem extends Error {
  constructor({ code, message, retryable = false }, status = 0, retryAfter = 0) {
    super(message);
    Object.assign(this, { code, status, retryable, retryAfter });
  }
}

// What to do, by code. What happened is the service's own sentence, which names the file and the numbers.
const advice = {
  offline: "Check that it is running and that this computer reaches it, then try again.",
  unauthorized: "Enter a key: whoever runs this service makes one with “bottega keys create”.",
  origin_forbidden: "Open this page at the service's own address.",
  host_forbidden: "Open it as localhost, or let whoever runs it add this name to “hosts”.",
  not_found: "It may have been deleted, have expired, or belong to another key.",
  missing_image: "Choose at least one picture.",
  unsupported_media: "Use PNG, JPEG, WebP, GIF, BMP or AVIF, or a zip of them. A vector drawing can be exported as PNG.",
  corrupt_media: "The file is damaged or cut off. Export it again and try once more.",
  corrupt_archive: "The zip is damaged or cut off. Pack it again and try once more.",
  archive_too_large: "Send fewer or smaller pictures at a time.",
  unsafe_path: "Pack the zip again, with plain file names in it.",
  image_too_large: "Make the picture smaller, or cut it into parts.",
  body_too_large: "Send fewer pictures at a time.",
  video_too_large: "Cut the recording, or save it with fewer pixels.",
  revision_pending: "Wait until the work before it is done, or cancel it.",
  too_many_files: "Send them in several lots.",
  blank_result: "The model found nothing it could write. Try a clearer picture, or a small temperature under Options.",
  engine_no_vision: "Whoever runs this service has to choose a model that sees.",
  engine_no_instructions: "Click an element in the page and change it by hand instead.",
  engine_context_exceeded: "The picture needs more room than the model has. Make it smaller, or cut it into parts.",
  engine_refused: "Try another picture, or tell whoever runs this service what the model answered.",
  engine_unavailable: "The model is not ready. Wait a moment and try again.",
  shutting_down: "The service restarts. Wait a moment and try again.",
  edit_target_missing: "The page has changed since; click the element again.",
  edit_invalid: "Check the values and try again.",
  stack_unknown: "Choose another stack under Options.",
  rate_limited: "Wait a moment and try again.",
  concurrency_limited: "Wait until one of your conversions is done, or cancel one.",
  queue_full: "Many are waiting. Try again in a minute.",
  request_timeout: "The upload stood still for too long. Try again on a better connection.",
  storage_full: "Delete conversions you no longer need, or let whoever runs this make room.",
  attempts_exhausted: "Several tries ended early. Another picture may show whether it is this one.",
  render_failed: "The page can still be downloaded as it is. Another draft may behave better: convert it again.",
  renderer_unavailable: "Whoever runs this service can install Chromium; until then pages get no score.",
  renderer_busy: "Several pages are being looked at. Wait a moment and try again.",
  address_refused: "Only addresses of the public web are opened. Whoever runs this service can allow others.",
  capture_disabled: "Make a picture of the page yourself and send that.",
  capture_failed: "Check the address and whether the site answers, then try again.",
  internal: "Try again; if it stays, the service's log names the cause.",
  cancelled: "Start it again whenever you like.",
};

/** One or two sentences: what happened, and what to do. */
export function explain(problem) {
  let message = (problem.message || "Something went wrong").trim();
  if (/^[a-z]+[ ,]/.test(message)) message = message[0].toUpperCase() + message.slice(1);
  if (!/[.!?]$/.test(message)) message += ".";
  return advice[problem.code] ? `${message} ${advice[problem.code]}` : message;
}

function gone() {
  hooks.reachable(false);
  return new Problem({ code: "offline", message: "The service does not answer", retryable: true });
}

function problemOf(status, text, retryAfter) {
  try { return new Problem(JSON.parse(text).error, status, Number(retryAfter) || 0); } catch {
    const message = `The service answered with status ${status}`;
    return new Problem({ code: "http_" + status, message, retryable: status >= 500 }, status);
  }
}

/** A request; asks for a key and tries again when one is missing. Throws `Problem`, or AbortError. */
export async function request(path, { method = "GET", headers = {}, body, json, signal } = {}) {
  for (;;) {
    const sent = key.value, all = { ...headers };
    if (sent) all.Authorization = "Bearer " + sent;
    if (json !== undefined) { all["Content-Type"] = "application/json"; body = JSON.stringify(json); }
    let response;
    try { response = await fetch(path, { method, headers: all, body, signal, cache: "no-cache" }); } catch (error) {
      throw error.name === "AbortError" ? error : gone();
    }
    hooks.reachable(true);
    if (response.ok) return response;
    if (response.status === 401 && (key.value !== sent || await hooks.key(sent))) continue;
    throw problemOf(response.status, await response.text(), response.headers.get("Retry-After"));
  }
}

/** The JSON of an answer. */
export const load = async (path, options) => (await request(path, options)).json();
export const loadBlob = async (path, options) => (await request(path, options)).blob();

/** Sends a form and tells how much of it has gone (0…1). */
export async function upload(path, form, { headers = {}, signal, progress }) {
  const sent = key.value, answer = await new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", path);
    for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
    if (sent) call.setRequestHeader("Authorization", "Bearer " + sent);
    call.upload.onprogress = (event) => { if (event.lengthComputable) progress(event.loaded / event.total); };
    call.onload = () => resolve(call);
    call.onerror = () => reject(gone());
    call.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => call.abort());
    call.send(form);
  });
  hooks.reachable(true);
  if (answer.status === 401 && (key.value !== sent || await hooks.key(sent))) {
    return upload(path, form, { headers, signal, progress });
  }
  if (answer.status >= 300) throw problemOf(answer.status, answer.responseText, answer.getResponseHeader("Retry-After"));
  return JSON.parse(answer.responseText);
}

/** A picture of the service, fetched when it comes near the window; through memory where a key has to go along. */
export function picture(url, description) {
  const image = new Image();
  image.alt = description;
  image.decoding = "async";
  if (!key.value) {
    image.loading = "lazy";
    image.src = url;
    return image;
  }
  const watch = new IntersectionObserver(async ([entry]) => {
    if (!entry.isIntersecting) return;
    watch.disconnect();
    try { image.src = URL.createObjectURL(await loadBlob(url)); } catch { return; /* the description stands in its place */ }
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  }, { rootMargin: "300px" });
  watch.observe(image);
  return image;
}

/** A random name for a request that may be sent twice but must be done once. */
export const token = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
