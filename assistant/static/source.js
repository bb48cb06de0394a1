// The 原文 panel: scroll to what is marked, follow the outline, ask about a clause, close on a phone.
const root = document.documentElement;

const scrollTo = (target) => {
  const box = element.querySelector(".source-body");
  if (!box || !target) return;
  const offset = target.getBoundingClientRect().top - box.getBoundingClientRect().top;
  box.scrollTo({ top: box.scrollTop + offset - box.clientHeight / 5 });
};

const showMark = () => scrollTo(element.querySelector("mark, .is-current"));

// On a phone the panel lies over the chat: the way back closes it.
const narrow = matchMedia("(max-width: 59.99rem)");
const shut = () => {
  delete root.dataset.panel;
  window.policyOpener?.focus();
};
const close = () => (history.state?.panel ? history.back() : shut());
window.policyPanel = () => {
  if (narrow.matches && !history.state?.panel) history.pushState({ panel: true }, "");
  root.dataset.panel = "open";
};
window.addEventListener("popstate", () => { if (root.dataset.panel === "open") shut(); });

watch("value", () => {
  requestAnimationFrame(showMark);
  if (root.dataset.panel === "open") element.querySelector("h2")?.focus({ preventScroll: true });
});

window.addEventListener("policy:show", () => {
  showMark();
  element.querySelector("h2")?.focus({ preventScroll: true });
});
window.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && root.dataset.panel === "open") close();
});

element.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) return close();
  const link = event.target.closest("a[href^='#']");
  if (link) {
    event.preventDefault();
    return scrollTo(element.querySelector(`[id="${CSS.escape(link.hash.slice(1))}"]`));
  }
  const other = event.target.closest("[data-document]");
  if (other) return trigger("cite", { document: other.dataset.document });
  const clause = event.target.closest(".clause")?.querySelector("[data-ask]");
  if (!clause || String(getSelection())) return undefined; // whoever marks words wants to copy them
  if (!window.policyAsks()) return undefined;
  if (root.dataset.panel === "open") close();
  return trigger("question", { question: clause.dataset.ask });
});
