// What pages gain when scripts run. Everything works without.

// The colour switch in the footer.
const theme = document.querySelector(".theme");
if (theme) {
  const chosen = document.documentElement.dataset.theme ?? "system";
  for (const input of theme.querySelectorAll("input")) input.checked = input.value === chosen;
  theme.hidden = false;
  theme.addEventListener("change", ({ target }) => {
    if (target.value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = target.value;
    try {
      localStorage.setItem("theme", target.value);
    } catch {
      // It holds for this page, then.
    }
  });
}

// "/" goes to the search field, as long as nobody is typing.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=radio]), textarea, select, [contenteditable]")) return;
  event.preventDefault();
  (document.querySelector("#question") ?? document.getElementById("page.q"))?.select();
});

// A key does what the button does that names it, as long as nobody is typing.
const keyed = new Map([...document.querySelectorAll("[data-key]")].map((one) => [one.dataset.key, () => one.click()]));
for (const field of document.querySelectorAll("[data-focus-key]")) keyed.set(field.dataset.focusKey, () => { field.focus(); field.select(); });
if (keyed.size) {
  for (const hint of document.querySelectorAll(".keys")) hint.hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input, textarea, select, summary, [contenteditable]")) return;
    const does = keyed.get(event.key);
    if (!does) return;
    event.preventDefault();
    does();
  });
}

// Code can be copied, and so can what is shown once.
for (const pre of document.querySelectorAll(".document pre, pre.secret")) {
  if (!navigator.clipboard) break;
  const frame = document.createElement("div");
  frame.className = "copier";
  pre.replaceWith(frame);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button copy";
  button.textContent = "Copy";
  const said = document.createElement("span");
  said.className = "sr";
  said.role = "status";
  button.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(pre.textContent).then(() => true, () => false);
    button.textContent = said.textContent = copied ? "Copied" : "Not allowed";
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
  });
  frame.append(pre, button, said);
}

// The table of contents follows the reader. On a phone it starts closed: the style sheet keeps its list
// away until this has run, so that nothing moves.
const toc = document.querySelector(".toc");
if (toc) {
  if (matchMedia("(max-width: 68rem)").matches) toc.querySelector("details").open = false;
  toc.classList.add("ready");
  const links = new Map([...toc.querySelectorAll("a")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  let current;
  const follow = () => {
    // At the end of the page come the sections that cannot reach its top: the one asked for, or the last.
    const end = scrollY > 0 && innerHeight + scrollY > document.documentElement.scrollHeight - 2;
    const top = (heading) => heading.getBoundingClientRect().top;
    const passed = headings.filter((heading) => top(heading) < (end ? innerHeight : 120));
    const asked = passed.find((heading) => links.get(heading.id).hash === location.hash && top(heading) >= 0);
    const next = links.get(((end && asked) || passed.at(-1) || headings[0])?.id);
    if (next === current) return;
    current?.removeAttribute("aria-current");
    next?.setAttribute("aria-current", "true");
    current = next;
    // The list scrolls by itself; the page must not.
    if (next && toc.scrollHeight > toc.clientHeight) toc.scrollTop = next.offsetTop - toc.offsetTop - toc.clientHeight / 2;
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  }, { passive: true });
  addEventListener("hashchange", follow);
  follow();
}

// A time zone nobody has chosen yet is guessed.
const zone = document.querySelector("[data-guess=zone]");
if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

// A clock ticks. What it says first is what the page said, by the server's time.
for (const clock of document.querySelectorAll("[data-until]")) {
  const until = Date.parse(clock.dataset.until);
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const tick = () => {
    const minutes = Math.ceil((until - Date.now()) / 60000);
    const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
    if (minutes <= 0) clock.textContent = "no time left";
    else if (minutes > 1440) clock.textContent = `${plural(days, "day")}${hours ? ` ${hours} h` : ""} left`;
    else if (minutes >= 60) clock.textContent = `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""} left`;
    else clock.textContent = `${minutes} min left`;
    if (minutes > 0) setTimeout(tick, (until - Date.now()) % 60000 || 60000);
  };
  setTimeout(tick, (until - Date.now()) % 60000 || 60000);
}

// A file that is too large is said beside its field: sending it would lose the rest of the form.
for (const input of document.querySelectorAll("input[data-most]")) {
  const said = document.createElement("p");
  said.className = "field-error";
  said.role = "alert";
  input.after(said);
  input.addEventListener("change", () => {
    const most = Number(input.dataset.most);
    const size = (bytes) => (bytes < 2 ** 20 ? `${Math.floor(bytes / 1024)} kB` : `${Math.floor(bytes / 2 ** 20 * 10) / 10} MB`);
    const file = [...input.files].find((file) => file.size > most);
    said.textContent = file ? `${file.name} has ${size(file.size)}, and at most ${size(most)} are taken. Choose a smaller file.` : "";
    input.setCustomValidity(said.textContent);
    if (file) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  });
}

// What is typed is kept while one goes on. The page has its version, so that no tab writes over another.
const draft = document.querySelector("form[data-keeps]");
if (draft) {
  const said = draft.querySelector("[data-kept]");
  let timer;
  let keeping;
  // What cannot be kept is told beside its field.
  const tell = (faults, words) => {
    for (const old of draft.querySelectorAll("[data-fault]")) old.remove();
    for (const field of draft.querySelectorAll("[data-faulty]")) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-errormessage");
      delete field.dataset.faulty;
    }
    for (const fault of faults) {
      const [name] = fault.split(" ", 1);
      const field = draft.elements[name];
      const why = document.createElement("p");
      why.className = "field-error";
      why.id = `${name}-fault`;
      why.dataset.fault = "";
      why.textContent = fault.slice(name.length + 1);
      if (field) {
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-errormessage", why.id);
        field.dataset.faulty = "";
      }
      (field ?? said).after(why);
    }
    said.textContent = words;
    said.classList.toggle("field-error", !words.startsWith("Kept as typed"));
  };
  const all = () => {
    const body = new FormData(draft);
    body.set("do", "keep");
    body.delete("file");
    return body;
  };
  // Browsers send that much of a page that is gone, and no more.
  const survives = (body) => {
    const size = ([name, value]) => new Blob([name, value]).size + 200;
    return [...body].map(size).reduce((sum, one) => sum + one, 0) < 60_000;
  };
  const keep = async () => {
    const body = all();
    const answer = await fetch(draft.action, { method: "POST", body, keepalive: survives(body) }).catch(() => null);
    const isTaken = Boolean(answer?.ok && !answer.redirected);
    if (!isTaken) {
      tell([], answer?.status === 422 ? "Not kept yet: Save says why." : "Not kept yet. Save tries again.");
      return false;
    }
    const [version, ...faults] = (await answer.text()).split("\n");
    draft.elements.version.value = version;
    tell(faults, faults.length ? "Kept, but for what is marked." : "Kept as typed.");
    return faults.length === 0;
  };
  const now = () => {
    clearTimeout(timer);
    timer = undefined;
    const kept = (keeping ?? Promise.resolve()).then(keep).finally(() => { if (keeping === kept) keeping = undefined; });
    keeping = kept;
    return kept;
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (keeping) soon(); else now(); }, 1500);
  };
  // Whoever goes on from here takes along what they typed just before; where that cannot be kept, they stay once.
  const goOn = (event, go) => {
    const kept = timer === undefined ? keeping : now();
    if (!kept) return;
    event.preventDefault();
    kept.then((isKept) => { if (isKept) go(); });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]:not([download], [target])");
    const isElsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (link && !isElsewhere) goOn(event, () => location.assign(link.href));
  });
  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (target !== draft) goOn(event, () => target.requestSubmit(submitter));
  });
  draft.addEventListener("input", (event) => { if (event.target.type !== "file") soon(); });
  // A tab that is closed sends it while it goes; what is too much for that is asked about first.
  const left = `left ${draft.action}`;
  addEventListener("pagehide", () => {
    if (timer === undefined) return;
    const body = all();
    // What is still on its way makes one version more.
    if (keeping) body.set("version", Number(draft.elements.version.value) + 1);
    sessionStorage.setItem(left, `${draft.elements.version.value} 0`);
    fetch(draft.action, { method: "POST", body, keepalive: true }).catch(() => {});
  });
  addEventListener("beforeunload", (event) => {
    if ((timer !== undefined || keeping) && !survives(all())) event.preventDefault();
  });
  // A page that was loaded again before what it sent had arrived is loaded once more, and then has it.
  const [sent, times] = (sessionStorage.getItem(left) ?? "").split(" ");
  if (sent === draft.elements.version.value && Number(times) < 3) {
    draft.inert = true;
    sessionStorage.setItem(left, `${sent} ${Number(times) + 1}`);
    setTimeout(() => location.replace(location.pathname + location.search), 300);
  } else sessionStorage.removeItem(left);
  // A file is sent as soon as it is chosen, with everything that was typed, and says how far it is.
  const chosen = draft.querySelector("input[data-sends]");
  const sending = draft.querySelector(".sending");
  const send = () => {
    const [bar, says] = [sending.querySelector("progress"), sending.querySelector("[role=status]")];
    const body = new FormData(draft);
    body.set("do", "send");
    const request = new XMLHttpRequest();
    sending.hidden = false;
    bar.hidden = false;
    says.className = "";
    says.textContent = "Sending…";
    request.upload.addEventListener("progress", (event) => {
      bar.value = event.loaded / event.total;
      says.textContent = bar.value < 1 ? `Sending… ${Math.floor(bar.value * 100)} %` : "Reading it…";
    });
    request.addEventListener("loadend", () => {
      if (request.status === 200 && /^\d+$/.test(request.responseText)) {
        location.assign(`${draft.action}?done=file`);
        return;
      }
      says.textContent = request.status === 422 ? `${request.responseText}.` : "It did not arrive. Choose it again, or press Save.";
      says.className = "field-error";
      bar.hidden = true;
    });
    request.open("POST", draft.action);
    request.send(body);
  };
  chosen?.addEventListener("change", () => {
    clearTimeout(timer);
    timer = undefined;
    if (!chosen.files.length || !chosen.checkValidity()) return;
    (keeping ?? Promise.resolve()).then(send);
  });
  draft.addEventListener("submit", (event) => {
    clearTimeout(timer);
    timer = undefined;
    if (event.submitter?.hasAttribute("data-leaves-file") && chosen) chosen.disabled = true;
    if (!keeping) return;
    event.preventDefault();
    const { submitter } = event;
    keeping.then(() => draft.requestSubmit(submitter));
  });
}

// The first field that needs another look, or why nothing was done.
(document.querySelector("form[method=post] [aria-invalid=true]") ?? document.querySelector("[data-refusal]"))?.focus();

// On paper nothing can be opened, so everything is open there. Browsers that style what is inside do it
// without this.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("main details:not([open])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});
