"use strict";
// Shows how a synchronization goes on while it runs. Without this script the page loads itself again now and then.
(() => {
  const box = document.querySelector("[data-live]");
  if (!box || !window.EventSource) return;
  const text = box.querySelector("[data-live-text]");
  const bar = box.querySelector("[data-live-bar]");
  const source = new EventSource(box.dataset.live);
  const over = () => {
    source.close();
    location.reload();
  };
  source.addEventListener("progress", (event) => {
    const now = JSON.parse(event.data);
    let words = `It is running: ${now.source.read} read from the source, ${now.target.read} from the target`;
    if (now.planned > 0) {
      words += `; ${now.done} of ${now.planned} done`;
      bar.max = now.planned;
      bar.value = now.done;
      bar.hidden = false;
    }
    text.textContent = words + ".";
  });
  source.addEventListener("end", over);
  // Somebody else may have ended it, or the connection: the page itself knows.
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(over, 3000);
  });
})();
