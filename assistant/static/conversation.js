// The conversation: a cited clause opens in the 原文 panel, a chip or an example asks its question,
// an answer is copied, judged and kept in this browser.
const root = document.documentElement;
const box = () => element.closest("#talk-scroll") ?? element;
const talk = box();

const cite = (link) => {
  talk.querySelectorAll("[aria-current=true]").forEach((it) => it.removeAttribute("aria-current"));
  link.setAttribute("aria-current", "true");
  window.policyOpener = link;
  window.policyPanel();
  trigger("cite", { ...link.dataset });
  window.dispatchEvent(new Event("policy:show"));
};

const copy = async (button) => {
  const done = await window.policyCopy(button.dataset.copy);
  const place = button.parentElement.querySelector(".done");
  place.textContent = done ? "已复制" : "没有复制成功，请选中文字后复制";
  setTimeout(() => { place.textContent = ""; }, 4000);
};

const formOf = (it) => it.closest(".turn").querySelector("form.feedback");

// The last judgement counts, so it may be changed.
const thank = (turn, rating, words = "反馈已提交，谢谢") => {
  turn.querySelectorAll("[data-rate]").forEach((it) => {
    it.setAttribute("aria-pressed", String(it.dataset.rate === rating));
  });
  turn.querySelector(".turn-actions .done").textContent = words;
};

const rate = (button) => {
  const form = formOf(button);
  if (button.dataset.rate === "up") {
    trigger("rate", { answer: form.dataset.feedback, rating: "up" });
    form.hidden = true;
    return thank(button.closest(".turn"), "up");
  }
  const open = form.hidden;
  form.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
  (open ? form.querySelector("input") : button).focus();
  return undefined;
};

talk.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const it = event.target.closest(
    "[data-clause], [data-ask], [data-document], [data-copy], [data-rate], [data-cancel]",
  );
  if (!it || !talk.contains(it)) return;
  event.preventDefault();
  if (it.dataset.ask) { if (window.policyAsks()) trigger("question", { question: it.dataset.ask }); }
  else if (it.dataset.copy) copy(it);
  else if (it.dataset.rate) rate(it);
  else if ("cancel" in it.dataset) rate(formOf(it).closest(".turn").querySelector("[data-rate=down]"));
  else cite(it);
});

talk.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target.closest("form.feedback");
  if (!form) return undefined;
  const said = new FormData(form);
  if (!said.get("reason")) return thank(form.closest(".turn"), "", "请先选一个原因");
  trigger("rate", {
    answer: form.dataset.feedback,
    rating: "down",
    reason: said.get("reason"),
    correction: said.get("correction"),
  });
  form.hidden = true;
  thank(form.closest(".turn"), "down");
  return form.closest(".turn").querySelector("[data-rate=down]").focus();
});

// The newest question stays at the top while its answer grows, until the reader scrolls.
let growing = false;
let following = false;
for (const kind of ["wheel", "touchmove", "keydown"]) {
  window.addEventListener(kind, () => { following = false; }, { passive: true });
}

const follow = (turn) => {
  if (getComputedStyle(talk).overflowY === "auto") {
    const offset = turn.getBoundingClientRect().top - talk.getBoundingClientRect().top;
    talk.scrollTo({ top: talk.scrollTop + offset - 16 });
  } else {
    window.scrollTo({ top: window.scrollY + turn.getBoundingClientRect().top - 12 });
  }
};

const keep = (turn) => {
  if (!turn.dataset.answer) return;
  window.policyKeep(JSON.parse(turn.dataset.answer));
  turn.removeAttribute("data-answer");
};

watch("value", () => {
  const turn = element.querySelector(".turn");
  const now = turn?.getAttribute("aria-busy") === "true";
  if (now && !growing) following = true;
  growing = now;
  if (!turn) return;
  keep(turn);
  if (following) follow(turn);
});

// When the conversation is there, the first view goes; one that the browser had kept opens at its end.
const arrived = () => {
  const last = [...talk.querySelectorAll(".turn")].at(-1);
  if (!last && !talk.querySelector(".welcome")) return false;
  document.getElementById("first-view")?.remove();
  const address = new URL(location.href);
  const asked = address.searchParams.get("q")?.trim();
  if (asked && window.policyAsks()) { // once: a reload must not ask again
    address.searchParams.delete("q");
    history.replaceState(history.state, "", address);
    trigger("question", { question: asked });
  }
  if (last && !element.querySelector(".turn")) follow(last);
  return true;
};
if (!arrived()) {
  const arrival = new MutationObserver(() => { if (arrived()) arrival.disconnect(); });
  arrival.observe(talk, { childList: true, subtree: true });
}
