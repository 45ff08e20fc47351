(function () {
  "use strict";
  var byId = function (id) { return document.getElementById(id); };

  // Defence in depth behind the policy: no script may lead the page, or a new window, to another place.
  if (window.navigation && navigation.addEventListener) {
    navigation.addEventListener("navigate", function (event) {
      var to = new URL(event.destination.url);
      var away = to.origin !== location.origin || to.protocol !== location.protocol;
      if (away && !event.userInitiated && event.cancelable) { event.preventDefault(); }
    });
  }
  ["open", "RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"].forEach(function (name) {
    try { Object.defineProperty(window, name, { value: undefined, writable: false, configurable: false }); } catch (error) { /* keeps its policy */ }
  });

  // Where does mine stand: a band read from published figures.
  var names = { 10: "the bottom tenth", 25: "the lower quartile", 50: "the median", 75: "the upper quartile", 90: "the top tenth" };
  function called(mark) { return names[mark[0]] + " (" + mark[2] + ")"; }
  function place(q, x) {
    var above = q.findIndex(function (mark) { return x <= mark[1]; });
    if (above < 0) {
      var last = q[q.length - 1];
      return ["more than " + last[0] + " in 100", "above " + called(last)];
    }
    if (x === q[above][1]) { return ["about " + q[above][0] + " in 100", "at " + called(q[above])]; }
    if (above === 0) { return ["fewer than " + q[0][0] + " in 100", "below " + called(q[0])]; }
    return ["between " + q[above - 1][0] + " and " + q[above][0] + " in 100", "between " + called(q[above - 1]) + " and " + called(q[above])];
  }
  function number(text) {
    var plain = text.replace(/^\s*[A-Z]{1,3}(?=[$£€¥₹₩₪₫\s\d])/i, "").replace(/[$£€¥₹₩₪₫%\s]/g, "").replace(/,(?=\d{3}(\D|$))/g, "").replace(",", ".").replace("\u2212", "-");
    return /^-?\d*\.?\d+$|^-?\d+\.$/.test(plain) ? Number(plain) : NaN;
  }
  function draw(strip, item, group, x) {
    var ns = "http://www.w3.org/2000/svg";
    var at = function (v) { return (2 + 96 * Math.min(1, Math.max(0, (v - item.low) / (item.high - item.low)))) + "%"; };
    var add = function (kind, name, values) {
      var node = document.createElementNS(ns, kind);
      node.setAttribute("class", name);
      Object.keys(values).forEach(function (k) { node.setAttribute(k, values[k]); });
      strip.appendChild(node);
      return node;
    };
    var found = {};
    group.q.forEach(function (mark) { found[mark[0]] = mark[1]; });
    var span = function (a, b, name, half) {
      if (a === undefined || b === undefined) { return; }
      add("rect", name, { x: at(a), y: 15 - half, width: Math.max(0, parseFloat(at(b)) - parseFloat(at(a))) + "%", height: 2 * half, rx: 2 });
    };
    strip.textContent = "";
    span(found[10], found[90], "tail", 1);
    span(found[25], found[75], "half", 8);
    if (found[50] !== undefined) { add("circle", "dot", { cx: at(found[50]), cy: 15, r: 5.5 }); }
    // The figures below their marks, the middle one first; one that would touch another is left out.
    var taken = [];
    [50, 10, 90, 25, 75].forEach(function (name) {
      var mark = group.q.find(function (each) { return each[0] === name; });
      if (!mark) { return; }
      var place = parseFloat(at(mark[1])), side = place < 8 ? "start" : place > 92 ? "end" : "middle";
      if (taken.some(function (other) { return Math.abs(other - place) < 16; })) { return; }
      taken.push(place);
      add("text", "word", { x: place + "%", y: 48, "text-anchor": side }).textContent = mark[2];
    });
    if (!isNaN(x)) { add("rect", "you", { x: at(x), y: 0, width: 3, height: 30 }); }
  }
  function stand() {
    var data = byId("stand-data");
    if (!data) { return; }
    var items = JSON.parse(data.textContent);
    var measure = byId("stand-measure"), peer = byId("stand-peer"), input = byId("stand-figure");
    var answer = byId("stand-answer"), unit = byId("stand-unit");
    function item() { return items[Number(measure.value)]; }
    function peers() {
      peer.textContent = "";
      item().groups.forEach(function (group, i) { peer.add(new Option(group.label, String(i))); });
      unit.textContent = item().form === "percent" ? "Your figure, in %" : "Your figure, " + item().unit;
    }
    function tell() {
      var now = item(), group = now.groups[Number(peer.value)], x = number(input.value);
      if (now.form === "percent") { x = x / 100; }
      draw(byId("stand-strip"), now, group, x);
      answer.textContent = "";
      if (input.value.trim() === "") { answer.textContent = "Your place appears here."; return; }
      if (isNaN(x)) { answer.textContent = "Please type a number, such as 350 or 12.5."; return; }
      var said = place(group.q, x), strong = document.createElement("strong");
      strong.textContent = said[0];
      answer.append(group.label + ": ", strong, " have a lower figure than yours. It lies " + said[1] + ".");
    }
    measure.addEventListener("change", function () { peers(); tell(); });
    peer.addEventListener("change", tell);
    input.addEventListener("input", tell);
    byId("stand-form").hidden = false;
    peers();
    tell();
  }

  // Kiosk: one headline at a time on a stand.
  function kiosk() {
    var box = byId("kiosk");
    if (!box || new URLSearchParams(location.search).get("display") !== "kiosk") { return; }
    var slides = Array.prototype.slice.call(box.querySelectorAll(".slide")), at = 0;
    if (!slides.length) { return; }
    var pause = byId("kiosk-pause");
    var paused = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    function show(next) {
      at = (next + slides.length) % slides.length;
      slides.forEach(function (slide, i) { slide.hidden = i !== at; });
      byId("kiosk-count").textContent = (at + 1) + " of " + slides.length;
    }
    function mark() {
      pause.textContent = paused ? "Play" : "Pause";
      pause.setAttribute("aria-pressed", String(paused));
    }
    document.documentElement.classList.add("is-kiosk");
    box.hidden = false;
    byId("main").appendChild(box);
    pause.addEventListener("click", function () { paused = !paused; mark(); });
    byId("kiosk-next").addEventListener("click", function () { show(at + 1); });
    document.addEventListener("keydown", function (event) {
      if (event.key === "ArrowRight") { show(at + 1); }
      if (event.key === "ArrowLeft") { show(at - 1); }
    });
    setInterval(function () { if (!paused) { show(at + 1); } }, 10000);
    mark();
    show(0);
  }

  // Embed: write this release's own address into the snippets.
  function embed() {
    document.querySelectorAll("[data-embed]").forEach(function (code) {
      var address = new URL(code.getAttribute("data-embed"), location.href).href.split("?")[0];
      code.textContent = code.textContent.replace(/src="[^"]*"/, 'src="' + address + '"');
    });
  }

  stand();
  kiosk();
  embed();
  // A printed page shows its complete record.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.record").forEach(function (part) { part.open = true; });
  });
})();
