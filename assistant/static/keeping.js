// The conversation that this browser keeps: the answers as JSON, in localStorage and nowhere else.
(() => {
  const KEY = "policy-conversation";
  const MOST = 20;
  const MOST_BYTES = 1_800_000; // of what goes back to the service, which takes 2 MiB

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
  window.policyKept = () => {
    for (let rest = read(); rest.length; rest = rest.slice(1)) {
      const kept = JSON.stringify(rest);
      if (new Blob([JSON.stringify(kept)]).size <= MOST_BYTES) return kept;
    }
    return "";
  };
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

  // What was refused was not asked: it stands in the box again, and may be sent later. Gradio says
  // why where a question was refused, and nothing where the page or a clause was.
  const refused = (address, body, answer) => {
    if (address.includes("/queue/join")) {
      window.policyBusy(false);
      const { data } = JSON.parse(body);
      const box = document.querySelector("#question textarea");
      if (!box || data.length !== 3 || box.value) return; // a question that was clicked is still there
      box.value = data[0];
      box.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (answer.status === 429) {
      document.querySelector(".refused")?.remove();
      const told = Object.assign(document.createElement("p"), { className: "refused", role: "alert" });
      told.textContent = "提问太频繁，请稍后再试。";
      document.body.append(told);
      setTimeout(() => told.remove(), 10_000);
    }
  };
  const send = window.fetch.bind(window);
  window.fetch = async (...given) => {
    const answer = await send(...given);
    const address = String(given[0]);
    if (answer.status >= 400 && address.includes("/gradio_api/")) refused(address, given[1]?.body, answer);
    return answer;
  };

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
