// The bar above the question: the scope of the next question, the conversation saved or begun anew.
const filter = () => element.querySelector("[data-scope-filter]");
const form = () => element.querySelector(".scope-body");
const chosen = () => [...form().querySelectorAll("[name=document]:checked")].map((it) => it.value);

window.policyScope = () => {
  if (!form()) return "";
  const documents = chosen();
  const day = form().elements.as_of.value;
  return documents.length || day ? JSON.stringify({ documents, as_of: day }) : "";
};

const say = () => {
  const day = form().elements.as_of.value;
  const count = chosen().length;
  const words = [count ? `${count}份文件` : "全部文件"];
  if (day) words.push(`按${day}的效力`);
  const place = element.querySelector("[data-scope-words]");
  place.textContent = words.join("，");
  place.classList.toggle("is-set", Boolean(count || day));
};

const close = () => {
  const details = element.querySelector("details.scope");
  if (!details?.open) return;
  details.open = false;
  details.querySelector("summary").focus();
};

const save = async (button) => {
  tell("正在导出……", 60);
  try {
    const answer = await fetch(button.dataset.export, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ turns: window.policyTurns() }),
    });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = button.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    tell("已导出");
  } catch (error) {
    tell(error instanceof TypeError ? "没有导出成功，请检查网络后再试" : error.message);
  }
};

const tell = (words, seconds = 6) => {
  const place = element.querySelector(".done");
  place.textContent = words;
  clearTimeout(place.timer);
  place.timer = setTimeout(() => { place.textContent = ""; }, seconds * 1000);
  return place;
};

// Nothing that was typed is lost: what is too long is said, and stays.
window.policyFits = (typed) => {
  const most = Number(element.querySelector("[data-most]")?.dataset.most);
  if (!most || [...typed].length <= most) return true;
  tell(`问题有${[...typed].length}个字，超过上限${most}个字，请缩短后再问`);
  return false;
};

const clear = () => {
  const kept = window.policyKept();
  window.policyForget();
  trigger("clear");
  document.querySelector("#question textarea")?.focus();
  const undo = Object.assign(document.createElement("button"), { type: "button", textContent: "撤销" });
  undo.addEventListener("click", () => { window.policyKeepAll(kept); location.reload(); });
  tell("对话已清空 ", 10).append(undo);
};

element.addEventListener("change", say);
element.addEventListener("input", (event) => {
  if (event.target !== filter()) return;
  const words = event.target.value.trim();
  for (const it of form().querySelectorAll("li")) it.hidden = !it.textContent.includes(words);
});
element.addEventListener("reset", () => setTimeout(say));
element.addEventListener("submit", (event) => { event.preventDefault(); close(); });
element.addEventListener("click", (event) => {
  const it = event.target.closest("[data-export], [data-clear], [data-scope-done]");
  if (!it) return;
  if ("scopeDone" in it.dataset) close();
  else if (it.dataset.export) save(it);
  else clear();
});
window.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
document.addEventListener("click", (event) => {
  const details = element.querySelector("details.scope[open]");
  if (details && !details.contains(event.target)) details.open = false;
});
