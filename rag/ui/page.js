// What the page does by itself: puts fragments from the server in their places, keeps the conversation in this tab,
// turns the pages of the sources. The server escapes all text and sends whole fragments; nothing here makes HTML of text.
window.desk = (() => {
  const KEPT = "solidarity-desk", LANGUAGE = "solidarity-desk-language", LOST = "solidarity-desk-lost", MOST = 100;
  const ONE_COLUMN = "(max-width: 60rem), (max-height: 34rem)"; // as in style.css
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  let words = {}, from = null, passage = "", current = null;
  const ended = new Set(); // turns that were stopped or left: what still comes for them is not shown

  // The conversation stays in this tab of the browser: it outlives a reload and a restart of the server, not the tab.
  const kept = () => { try { return JSON.parse(sessionStorage.getItem(KEPT)) || []; } catch { return []; } };
  const keep = turns => { try { sessionStorage.setItem(KEPT, JSON.stringify(turns.slice(-MOST))); } catch { /* full */ } };

  const say = text => { const status = one("#status"); if (status && status.textContent !== text) status.textContent = text; };
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const show = (element, block = "start") => element.scrollIntoView({ block, behavior: calm() ? "auto" : "smooth" });
  const fill = (element, html) => { if (element.dataset.html !== html) { element.dataset.html = html; element.innerHTML = html; } };

  function turnOf(id) {
    const known = document.getElementById("turn-" + id);
    if (known) return known;
    const article = one("#a-turn").content.firstElementChild.cloneNode(true);
    article.id = "turn-" + id;
    article.dataset.turn = id;
    one("#turns").append(article);
    return article;
  }

  function draw(turn) {
    if (ended.has(turn.id)) return;
    const article = turnOf(turn.id);
    if (turn.question) fill(one(".asked", article), turn.question);
    article.setAttribute("aria-busy", turn.busy);
    one(".state", article).textContent = turn.state;
    const list = one(".sentences", article);
    turn.sentences.forEach((html, i) => i < list.children.length ? 0 : list.insertAdjacentHTML("beforeend", html));
    fill(one(".ending", article), turn.ending);
    article.sources = turn.sources;
    article.nearest = turn.nearest;
    if (turn.kept) {
      const turns = kept().filter(other => other.turn !== turn.id);
      if (turns.length || !turn.old) keep([...turns, turn.kept]);
    }
  }

  function speak(value) {
    words = value.words;
    document.documentElement.lang = value.language;
    document.title = words.title;
    one("#talk section").ariaLabel = words.conversation;
    one("#source section").ariaLabel = words.source;
    one("main").role = "presentation"; // Gradio's, around everything; the tabs are the main part, and the header is not
    one("#tabs").role = "main";
  }

  function update(value) {
    if (value.words) speak(value);
    if (value.redraw) {
      one("#turns").replaceChildren();
      current = null;
      closePanel();
      fill(one("#source .nearby"), "");
    }
    (value.turns || []).forEach(draw);
    const last = (value.turns || []).filter(turn => !ended.has(turn.id)).at(-1);
    one("#intro").hidden = !!one(".turn");
    if (last) {
      if (!value.redraw) say(last.state);
      if (current?.dataset.turn !== last.id) {
        current = turnOf(last.id);
        closePanel();
        if (last.busy) show(current);
      }
      if (!one("#source").dataset.source) fill(one("#source .nearby"), last.nearest);
    }
    if (value.notice) notice(value.notice, value.turn);
    if (value.words && sessionStorage.getItem(LOST) !== null) found();
  }

  function notice(text, turn) {
    const place = turn && document.getElementById("turn-" + turn);
    one("#notice").textContent = place ? "" : text;
    if (text) say(text);
    if (place) { one(".thanks", place).textContent = text; const report = one(".report", place); if (report) report.open = false; }
  }

  // The server ends or is started anew while the page is open. Gradio tries again and again, and loads the page anew
  // when the server is back; a question that was under way goes back into its box.
  function end(state) {
    const busy = all(".turn[aria-busy=true]");
    for (const article of busy) {
      ended.add(article.dataset.turn);
      article.setAttribute("aria-busy", "false");
      one(".state", article).textContent = state;
    }
    return busy;
  }

  let leaving = false;
  addEventListener("beforeunload", () => { leaving = true; });
  const isLost = () => "lost" in document.documentElement.dataset;

  function lost() {
    if (isLost() || leaving || !words.lost) return;
    document.documentElement.dataset.lost = "";
    const question = end(words.cut_off).at(-1)?.question || one("#question textarea").value;
    try { sessionStorage.setItem(LOST, question); } catch { /* full */ }
    type(question);
    notice(words.lost);
  }

  function found() {
    delete document.documentElement.dataset.lost;
    const question = sessionStorage.getItem(LOST);
    if (question) type(question);
    notice(question ? words.back + " " + words.unanswered : words.back);
  }

  const fetched = window.fetch;
  window.fetch = async (...request) => {
    try {
      const response = await fetched(...request);
      if (isLost()) found();
      return response;
    } catch (error) {
      if (error.name !== "AbortError") lost();
      throw error;
    }
  };

  function openSource(article, n, button) {
    const panel = one("#source"), html = article.sources && article.sources[n - 1];
    if (!html) return;
    if (button) from = button;
    current = article;
    panel.dataset.source = n;
    fill(one(".one", panel), html);
    all(".cite[aria-current]").forEach(cite => cite.removeAttribute("aria-current"));
    all(`.cite[data-source="${n}"]`, article).forEach(cite => cite.setAttribute("aria-current", "true"));
    one(".one", panel).hidden = false;
    one(".nearby", panel).hidden = true;
    one("#source-hint").hidden = true;
    notice("");
    const mark = one("mark.current", panel), box = one(".context", panel);
    const above = (outer, inner) => inner.getBoundingClientRect().top - outer.getBoundingClientRect().top;
    box.scrollTop += above(box, mark) - box.clientHeight / 4;
    if (box.scrollHeight > box.clientHeight) Object.assign(box, { tabIndex: 0, role: "group", ariaLabel: words.source });
    one("h3", panel).focus({ preventScroll: true });
    if (matchMedia(ONE_COLUMN).matches) show(above(panel, mark) < innerHeight / 2 ? panel : mark);
  }

  function closePanel() {
    const panel = one("#source");
    if (!panel) return;
    delete panel.dataset.source;
    one(".one", panel).hidden = true;
    one(".nearby", panel).hidden = false;
    one("#source-hint").hidden = !!one(".turn");
    all(".cite[aria-current]").forEach(cite => cite.removeAttribute("aria-current"));
  }

  function back() {
    closePanel();
    if (from && from.isConnected) { from.focus(); show(from, "nearest"); }
  }

  async function copy(button) {
    const text = button.dataset.copy;
    try { await navigator.clipboard.writeText(text); } catch {  // no permission, or no secure context on a local network
      const area = document.createElement("textarea");
      area.value = text; document.body.append(area); area.select(); document.execCommand("copy"); area.remove();
    }
    button.dataset.done = words.copied;
    setTimeout(() => delete button.dataset.done, 3000);
    button.focus();
    say(words.copied);
  }

  // Gradio's own box holds the question; this is how one types into it.
  function type(text) {
    const box = one("#question textarea, #question input");
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return box;
  }

  function vote(button, trigger) {
    const article = button.closest(".turn"), turns = kept(), at = turns.findIndex(turn => turn.turn === article.dataset.turn);
    if (at < 0) return;
    trigger("like", {
      verdict: button.dataset.verdict, turn: turns[at], history: turns.slice(0, at).map(turn => turn.question),
      reasons: all("[name=reason]:checked", article).map(box => box.value), comment: one("[name=comment]", article).value,
    });
  }

  function clicked(event, trigger) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches(".cite")) openSource(button.closest(".turn"), +button.dataset.source, button);
    else if (button.dataset.step) openSource(current, +one("#source").dataset.source + +button.dataset.step);
    else if (button.matches(".back")) back();
    else if (button.matches(".copy")) copy(button);
    else if (button.matches(".vote")) vote(button, trigger);
    else if (button.matches(".example")) { type(button.textContent.trim()); setTimeout(() => one("#ask").click(), 50); }
    else if (button.matches(".read")) {
      passage = button.dataset.passage || "";
      trigger("click", { document: button.dataset.document, passage });
    }
  }

  addEventListener("keydown", event => { if (event.key === "Escape" && one("#source")?.dataset.source) back(); });

  return {
    // Each panel of ours: clicks in it are ours to handle.
    panel(element, trigger) { element.addEventListener("click", event => clicked(event, trigger)); },
    conversation(element, props, watch, trigger) {
      this.panel(element, trigger);
      watch("value", () => update(props.value || {}));
    },
    file(props, watch) {
      watch("value", () => {
        if (!props.value?.data) return;
        const bytes = Uint8Array.from(atob(props.value.data), character => character.charCodeAt(0));
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([bytes], { type: props.value.type }));
        link.download = props.value.name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      });
    },
    language: () => localStorage.getItem(LANGUAGE) || (navigator.languages || []).join(","),
    choose(language) { localStorage.setItem(LANGUAGE, language); return language; },
    kept: () => JSON.stringify(kept()),
    // The question is on the page at once, before the server has said anything.
    asked(question) {
      const id = Date.now().toString(36), turns = kept();
      if (question.trim()) {
        setTimeout(() => type("").focus());
        notice("");
        sessionStorage.removeItem(LOST);
        one(".asked", turnOf(id)).textContent = turnOf(id).question = question;
        update({ turns: [{ id, busy: true, state: words.searching, sentences: [], sources: [], ending: "", nearest: "" }] });
      }
      return JSON.stringify({ id, turns });
    },
    stopped() {
      if (end(words.stopped).length) say(words.stopped);
      one("#question textarea").focus(); // the button is gone
    },
    anew() {
      end("");
      keep([]);
      update({ redraw: true, notice: words.anew });
      type("").focus();
    },
    // Where a document was opened: go to the passage, once it is drawn.
    arrive(tries = 40) {
      const place = passage && document.getElementById("passage-" + passage), view = one("#reading h2");
      if ((passage ? place : view?.offsetParent) || !tries) {
        const target = place || view;
        if (!target) return;
        target.tabIndex = -1;
        target.focus({ preventScroll: true });
        show(target, place ? "center" : "start");
        if (place) { all(".here").forEach(other => other.classList.remove("here")); place.classList.add("here"); }
      } else setTimeout(() => this.arrive(tries - 1), 50);
    },
  };
})();
