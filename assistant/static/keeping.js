// The conversation that this browser keeps: the answers as JSON, in localStorage and nowhere else.
(() => {
  const KEY = "policy-conversation";
  const MOST = 20;

  const read = () => {
    try { return JSON.parse(localStorage.getItem(KEY) ?? "[]"); } catch { return []; }
  };
  const write = (turns) => {
    // Where there is no room for all of it, the oldest turns go first.
    for (let rest = turns.slice(-MOST); ; rest = rest.slice(1)) {
      try { return localStorage.setItem(KEY, JSON.stringify(rest)); }
      catch { if (!rest.length) return undefined; }
    }
  };
  window.policyTurns = read;
  window.policyKept = () => { const turns = read(); return turns.length ? JSON.stringify(turns) : ""; };
  window.policyKeep = (turn) => write([...read().filter((it) => it.id !== turn.id), turn]);
  window.policyKeepAll = (kept) => { if (kept) write(JSON.parse(kept)); };
  window.policyForget = () => { try { localStorage.removeItem(KEY); } catch { /* nothing was kept */ } };

  if (read().length) document.documentElement.dataset.kept = ""; // then the first view says nothing

  // One question at a time: while an answer is on its way, nothing more is sent and nothing lost.
  const root = document.documentElement;
  window.policyBusy = (busy) => root.toggleAttribute("data-busy", busy);
  window.policyAsks = () => {
    if (root.hasAttribute("data-busy")) return false;
    window.policyBusy(true);
    return true;
  };
  const hold = (event) => {
    const sends = event.type === "keydown"
      ? event.target.matches("#question textarea") && event.key === "Enter" && !event.shiftKey && !event.isComposing
      : event.target.closest("#question .submit-button");
    if (!sends) return;
    const typed = document.querySelector("#question textarea").value;
    const fits = typed.trim() && (window.policyFits?.(typed) ?? true);
    if (fits && window.policyAsks()) {
      window.policyTyped = typed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  window.addEventListener("keydown", hold, true);
  window.addEventListener("click", hold, true);

  // Copying also works where the page is not served over https.
  window.policyCopy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const box = document.createElement("textarea");
      box.value = text;
      box.style.position = "fixed";
      box.style.opacity = "0";
      document.body.append(box);
      box.select();
      const done = document.execCommand("copy");
      box.remove();
      return done;
    }
  };
})();
