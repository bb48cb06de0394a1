// 管理: the bar of a build moves, a file that is too large is said before it is sent. Pages work without.
(() => {
  const build = document.querySelector("[data-poll]");
  const poll = async () => {
    let told;
    try {
      const response = await fetch(build.dataset.poll, { headers: { Accept: "application/json" } });
      if (response.redirected || !response.ok) return location.reload(); // the session has ended
      told = await response.json();
    } catch { // the network or the server is away for a moment
      return setTimeout(poll, 2000);
    }
    if (!told.running) return location.reload();
    const bar = build.querySelector("progress"), words = build.querySelector("[data-words]");
    bar.max = told.total;
    bar.value = told.done;
    if (words.textContent !== told.words) words.textContent = told.words;
    setTimeout(poll, 500);
  };
  if (build) setTimeout(poll, 500);

  for (const form of document.querySelectorAll("form.upload")) {
    const file = form.querySelector("[type=file]"), problem = form.querySelector(".problem");
    const tooLarge = () => [...file.files].some((it) => it.size > Number(form.dataset.limit));
    file.addEventListener("change", () => {
      problem.hidden = !tooLarge();
      problem.textContent = tooLarge() ? form.dataset.tooLarge : "";
    });
    form.addEventListener("submit", (event) => {
      if (tooLarge()) return event.preventDefault();
      const button = form.querySelector("[type=submit]");
      button.textContent = "正在上传和读取…";
      setTimeout(() => { button.disabled = true; }); // after the form is on its way
    });
    addEventListener("pageshow", () => { form.querySelector("[type=submit]").disabled = false; });
  }
})();
