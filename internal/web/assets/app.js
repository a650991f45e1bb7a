// What the pages do beyond being read: they stay fresh, follow logs, copy, and move by keys.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add("js");

  // Brings one element up to date with a fresh copy of it, in place: focus, scrolling and
  // what a reader folded or unfolded stay.
  function morph(old, fresh) {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || (old.id || "") !== (fresh.id || "")) {
      old.replaceWith(fresh.cloneNode(true));
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    const keep = old.hasAttribute("data-keep");
    const turned = old.dataset.state !== fresh.dataset.state;
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && name !== "open" && !(keep && name.startsWith("data-"))) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (name === "open" && !turned) continue;
      if (old.getAttribute(name) !== value && !(keep && old.hasAttribute(name) && name.startsWith("data-"))) old.setAttribute(name, value);
    }
    if (keep) return;
    const byId = new Map([...old.children].filter((e) => e.id).map((e) => [e.id, e]));
    let at = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      const same = next.id && byId.get(next.id);
      if (same && same !== at) old.insertBefore(same, at);
      else if (!at || (!same && next.id) || (at.id && byId.has(at.id) && at.id !== next.id)) {
        old.insertBefore(next.cloneNode(true), at);
        continue;
      }
      const after = (same || at).nextSibling;
      morph(same || at, next);
      at = after;
    }
    while (at) {
      const after = at.nextSibling;
      at.remove();
      at = after;
    }
  }

  const live = document.getElementById("live");
  const say = (text) => { if (live && live.textContent !== text) live.textContent = text; };
  let asking = false, again = false;

  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { "Gemba-Live": "1" } });
      if (answer.status === 401) { say("signed out: gemba dashboard prints a new link"); return; }
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (fresh.querySelector("link[rel=stylesheet]")?.getAttribute("href") !== document.querySelector("link[rel=stylesheet]")?.getAttribute("href")) { location.reload(); return; }
      document.title = fresh.title;
      const main = document.getElementById("main");
      for (const part of all("[data-live]", fresh)) {
        const old = document.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
        if (old) morph(old, part);
        else main.append(part.cloneNode(true));
      }
      for (const old of all("[data-live]")) {
        if (!fresh.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`)) old.remove();
      }
      logs();
    } catch {
      say("connection lost");
    } finally {
      asking = false;
      if (again) { again = false; refresh(); }
    }
  }

  if (live) {
    const stream = new EventSource("/live");
    let lost = false;
    stream.addEventListener("hello", () => { say("live"); if (lost) refresh(); lost = false; });
    stream.addEventListener("change", refresh);
    stream.addEventListener("error", () => { say("connection lost, trying again"); lost = true; });
  }

  // Logs: one that is open fetches what it lacks; one whose step runs goes on until the step ends.
  async function load(log, query, where) {
    const answer = await fetch(`${log.dataset.source}/lines?${query}`);
    if (!answer.ok) return null;
    const text = await answer.text();
    log.insertAdjacentHTML(where, text);
    return { first: +answer.headers.get("Gemba-First"), next: +answer.headers.get("Gemba-Next"), total: +answer.headers.get("Gemba-Total"), any: text !== "" };
  }

  const follows = (log) => log.closest(".step")?.querySelector("[data-follow]")?.checked;

  async function grow(log) {
    if (log.dataset.busy) return;
    log.dataset.busy = "1";
    try {
      if (log.dataset.next === undefined) {
        const got = await load(log, "end=1", "beforeend");
        if (!got) return;
        log.dataset.first = got.first;
        log.dataset.next = got.next;
        if (got.first > 1) earlier(log);
      }
      for (let more = true; more;) {
        const got = await load(log, `after=${log.dataset.next}`, "beforeend");
        if (!got) return;
        if (got.any) log.querySelector(".none")?.remove();
        log.dataset.next = got.next;
        more = got.next < got.total;
        if (got.any && follows(log)) log.scrollTop = log.scrollHeight;
      }
    } catch { /* the stream says that the connection is lost */ } finally {
      delete log.dataset.busy;
    }
  }

  function earlier(log) {
    const link = document.createElement("a");
    link.className = "earlier";
    link.href = `${log.dataset.source}/log?before=${log.dataset.first}`;
    link.textContent = "Show earlier lines";
    log.prepend(link);
  }

  function logs() {
    for (const log of all(".step[open] .log[data-source]")) {
      const state = log.closest(".step").dataset.state;
      if (log.dataset.done === state) continue;
      grow(log).then(() => { if (state !== "running" && state !== "pending" && log.dataset.next !== undefined) log.dataset.done = state; });
    }
  }

  document.addEventListener("toggle", (e) => { if (e.target.open) logs(); }, true);
  setInterval(() => { if (!document.hidden && document.querySelector('.step[open][data-state="running"]')) logs(); }, 1000);

  document.addEventListener("click", async (e) => {
    const link = e.target.closest?.(".earlier");
    const copy = e.target.closest?.("[data-copy]");
    const error = e.target.closest?.("[data-first-error]");
    if (link) {
      e.preventDefault();
      const log = link.closest(".log"), height = log.scrollHeight;
      link.remove();
      const got = await load(log, `before=${log.dataset.first}`, "afterbegin");
      if (got) {
        log.dataset.first = got.first;
        if (got.first > 1) earlier(log);
        log.scrollTop += log.scrollHeight - height;
      }
    } else if (copy) {
      await navigator.clipboard.writeText(copy.dataset.copy);
      copy.textContent = "copied";
      setTimeout(() => { copy.textContent = "copy"; }, 1500);
    } else if (error && document.getElementById(error.dataset.firstError)) {
      e.preventDefault();
      location.hash = error.dataset.firstError;
    }
  });

  // An address that names a line opens its step; a line that is not on the page is looked up in the whole log.
  function reveal() {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = name && document.getElementById(name);
    if (target) {
      for (let e = target; e; e = e.parentElement) if (e.nodeName === "DETAILS") e.open = true;
      target.scrollIntoView({ block: "center" });
      return true;
    }
    const [, slug, line] = name.match(/^(.+)-L(\d+)$/) || [];
    const log = slug && document.getElementById(`log-${slug}`);
    if (log) location.replace(`${log.dataset.source}/log?at=${line}#${name}`);
    return Boolean(name);
  }
  addEventListener("hashchange", reveal);
  if (!reveal()) {
    const log = document.querySelector(".step[open] .log"), error = document.querySelector("[data-first-error]");
    const line = error && document.getElementById(error.dataset.firstError);
    if (line) line.parentElement.scrollTop = line.offsetTop - line.parentElement.offsetTop - 120;
    else if (log && follows(log)) log.scrollTop = log.scrollHeight;
  }
  logs();

  // Relative times grow older while the page is open.
  function age(seconds) {
    if (seconds < 5) return "just now";
    if (seconds < 60) return `${Math.floor(seconds)} s ago`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    if (seconds < 60 * 86400) return `${Math.floor(seconds / 86400)} d ago`;
    return "";
  }
  setInterval(() => {
    for (const time of all("time.ago")) {
      const text = age((Date.now() - Date.parse(time.dateTime)) / 1000);
      if (text && Date.parse(time.dateTime) <= Date.now() && time.textContent !== text) time.textContent = text;
    }
  }, 10000);

  // j and k move along rows and steps.
  document.addEventListener("keydown", (e) => {
    if ((e.key !== "j" && e.key !== "k") || e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input, textarea, select")) return;
    const stops = all(".rows tbody tr, .step > summary, .change > summary").map((row) => (row.matches("summary") ? row : row.querySelector("a"))).filter(Boolean);
    const here = stops.findIndex((s) => s === document.activeElement || s.closest("tr")?.contains(document.activeElement));
    const next = stops[Math.min(Math.max(here + (e.key === "j" ? 1 : -1), 0), stops.length - 1)];
    if (next) next.focus();
  });
})();
