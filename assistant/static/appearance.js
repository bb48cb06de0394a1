// 大字 and 深色: what the reader chose last, set before anything is drawn, kept in this browser only.
(() => {
  const root = document.documentElement;
  root.dataset.script = "";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = (key) => {
    try { return localStorage.getItem(`policy-${key}`); } catch { return null; }
  };
  const keep = (key, value) => {
    try { localStorage.setItem(`policy-${key}`, value); } catch { /* the choice holds for this page */ }
  };
  for (const key of ["size", "theme"]) if (kept(key)) root.dataset[key] = kept(key);

  const isOn = {
    size: () => root.dataset.size === "large",
    theme: () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches),
  };
  const values = { size: ["normal", "large"], theme: ["light", "dark"] };
  const show = () => {
    for (const it of document.querySelectorAll("[data-switch]")) {
      const on = String(isOn[it.dataset.switch]());
      if (it.getAttribute("aria-pressed") !== on) it.setAttribute("aria-pressed", on);
    }
  };
  document.addEventListener("click", (event) => {
    const key = event.target.closest?.("[data-switch]")?.dataset.switch;
    if (!key) return;
    root.dataset[key] = values[key][isOn[key]() ? 0 : 1];
    keep(key, root.dataset[key]);
    show();
  });
  dark.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    show();
    // The chat draws its header later than the page.
    new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
  });
})();
