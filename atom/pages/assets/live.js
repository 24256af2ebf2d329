"use strict";
// Shows how synchronizations go on while they run. Without this script a page loads itself again now and then.
(() => {
  if (!window.EventSource) return;
  const follow = (path, show, over) => {
    const source = new EventSource(path);
    source.addEventListener("progress", (event) => show(JSON.parse(event.data)));
    source.addEventListener("end", () => {
      source.close();
      over();
    });
    // Somebody else may have ended it, or the connection: the page itself knows.
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(over, 3000);
    });
  };

  const box = document.querySelector("[data-live]");
  if (box) {
    const text = box.querySelector("[data-live-text]");
    const bar = box.querySelector("[data-live-bar]");
    const show = (now) => {
      let words = `It is running: ${now.source.read} read from the source, ${now.target.read} from the target`;
      if (now.planned > 0) {
        words += `; ${now.done} of ${now.planned} done`;
        bar.max = now.planned;
        bar.value = now.done;
        bar.hidden = false;
      }
      text.textContent = words + ".";
    };
    follow(box.dataset.live, show, () => location.reload());
  }

  // A list shows the end of what runs in it, unless somebody is filling in a form beside it.
  const rows = [...document.querySelectorAll("[data-live-row]")].slice(0, 4);
  let touched = false;
  document.addEventListener("input", () => (touched = true));
  let left = rows.length;
  for (const row of rows) {
    const show = (now) => {
      if (now.planned > 0) row.textContent = `running, ${now.done} of ${now.planned} done`;
    };
    follow(row.dataset.liveRow, show, () => {
      row.textContent = "over";
      left -= 1;
      if (left === 0 && !touched) location.reload();
    });
  }
})();
