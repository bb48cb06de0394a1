// The conversation: a cited clause opens in the 原文 panel, a chip or an example asks its question.
const root = document.documentElement;

element.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const link = event.target.closest("[data-clause], [data-ask], [data-document]");
  if (!link || !element.contains(link)) return;
  event.preventDefault();
  if (link.dataset.ask) {
    trigger("question", { question: link.dataset.ask });
    return;
  }
  element.querySelectorAll("[aria-current=true]").forEach((it) => it.removeAttribute("aria-current"));
  link.setAttribute("aria-current", "true");
  window.policyOpener = link;
  root.dataset.panel = "open";
  trigger("cite", { ...link.dataset });
  window.dispatchEvent(new Event("policy:show"));
});

// The newest question stays at the top while its answer grows, until the reader scrolls.
let turns = 0;
let following = false;
const box = () => element.closest("#talk-scroll") || element;
for (const kind of ["wheel", "touchmove", "keydown"]) {
  window.addEventListener(kind, () => { following = false; }, { passive: true });
}

watch("value", () => {
  const shown = element.querySelectorAll(".turn");
  if (shown.length > turns) following = true;
  turns = shown.length;
  if (!following || !turns) return;
  const last = shown[turns - 1];
  if (getComputedStyle(box()).overflowY === "auto") {
    const offset = last.getBoundingClientRect().top - box().getBoundingClientRect().top;
    box().scrollTo({ top: box().scrollTop + offset - 16 });
  } else {
    window.scrollTo({ top: window.scrollY + last.getBoundingClientRect().top - 12 });
  }
});
