// Server-sent events over fetch, because EventSource can send no key: a parser for the bytes, and a reader that comes back
// with Last-Event-ID after a break, waiting as long as the service asked for, longer each time nobody answers.
import { request } from "./api.js";

// Twice the service's keep-alive, and a little: a connection on which nothing at all comes is taken for dead.
const silence = 40_000;

/** Cuts text into events, in whatever pieces it comes. */
export class EventParser {
  #rest = "";
  #event = { data: [] };

  /** The events that are whole now: {name, data, id, retry}. */
  push(text) {
    const whole = [], lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        const { data, ...rest } = this.#event;
        if (data.length || rest.retry) whole.push({ name: "message", ...rest, data: data.join("\n") });
        this.#event = { data: [] };
        continue;
      }
      const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
      if (field === "data") this.#event.data.push(value ?? "");
      else if (field === "event") this.#event.name = value;
      else if (field === "id") this.#event.id = value;
      else if (field === "retry" && /^\d+$/.test(value)) this.#event.retry = Number(value);
    }
    return whole;
  }
}

const pause = (milliseconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
});

/** The body's events; fails when nothing comes for too long. */
async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader(), parser = new EventParser();
  try {
    for (;;) {
      let timer;
      const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("silence")), silence); });
      const { value, done } = await Promise.race([reader.read(), late]).finally(() => clearTimeout(timer));
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/**
 * Follows a job until its last event (`done` or `error`) or until the signal.
 *
 * `onEvent(name, data)` is called for each; `onState("open" | "reconnecting")` when the connection comes or goes. Throws
 * the `Problem` of an answer that trying again cannot mend.
 */
export async function follow(address, { signal, onEvent, onState }) {
  let last, wait = 1000, misses = 0;
  while (!signal.aborted) {
    try {
      const headers = { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) };
      const response = await request(address, { headers, signal });
      onState("open");
      for await (const event of eventsOf(response.body)) {
        if (signal.aborted) return;
        misses = 0;
        if (event.retry) wait = event.retry;
        if (event.id) last = event.id;
        if (event.data) onEvent(event.name, JSON.parse(event.data));
        if (event.name === "done" || event.name === "error") return;
      }
    } catch (problem) {
      if (signal.aborted) return;
      if (problem.status && !problem.retryable) throw problem;
      wait = Math.max(wait, 1000 * (problem.retryAfter ?? 0));
    }
    onState("reconnecting");
    await pause(Math.min(wait * 2 ** Math.min(misses++, 4), 20_000), signal);
  }
}
