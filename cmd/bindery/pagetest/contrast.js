(() => {
  const channels = (c) => {
    const n = (c.match(/[\d.]+/g) || []).map(Number);
    return { r: n[0], g: n[1], b: n[2], a: n.length > 3 ? n[3] : 1 };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });
  const luminance = (c) => {
    const f = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(c.r) + 0.7152 * f(c.g) + 0.0722 * f(c.b);
  };
  const behind = (el) => {
    const layers = [];
    for (let e = el; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor);
      layers.push(c);
      if (c.a === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
  };
  const print = (c) => [c.r, c.g, c.b].map(Math.round).join(",");
  const faults = [];
  const check = (text, color, back) => {
    const front = over(channels(color), back);
    const [x, y] = [luminance(front), luminance(back)].sort((p, q) => q - p);
    const ratio = (x + 0.05) / (y + 0.05);
    if (ratio < 4.5) faults.push({ Text: text.slice(0, 60), Color: print(front), Behind: print(back), Ratio: ratio });
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    const el = n.parentElement;
    const text = n.data.trim();
    if (!text || !el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || el.closest("title, script, option")) continue;
    const style = getComputedStyle(el);
    if (el.closest("svg")) {
      check(text, style.fill, behind(el.closest("svg")));
      for (const box of el.closest("svg").querySelectorAll("rect.box")) check(text, style.fill, channels(getComputedStyle(box).fill));
    } else {
      check(text, style.color, behind(el));
    }
  }
  for (const el of document.querySelectorAll("select, input:not([type=hidden], [type=checkbox], [type=radio]), textarea")) {
    if (el.checkVisibility()) check("field " + el.name, getComputedStyle(el).color, behind(el));
  }
  for (const el of document.querySelectorAll("body *")) {
    const before = getComputedStyle(el, "::before");
    if (el.checkVisibility() && before.content !== "none" && before.content !== "normal") check("before " + el.tagName, before.color, behind(el));
  }
  return faults;
})()
