"use strict";
const run = JSON.parse(document.getElementById("data").textContent);
const count = run.start.length;
const end = Math.max(run.end, 1);
const LEFT = 130, TOP = 24, SVG = "http://www.w3.org/2000/svg";
const rowHeight = run.rows.length > 40 ? 12 : 22;
const height = TOP + Math.max(run.rows.length, 1) * rowHeight + 6;
// The number of operations that are shown at first, and the most that have labels.
const FIRST = 200, LABELLED = 600;
let from = 0, to = end, hovered = -1, anomaly = -1;

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  return made;
}
function draw(id, height) {
  const svg = element("svg", { height: height });
  document.getElementById(id).replaceChildren(svg);
  return svg;
}
const total = () => Math.max(document.getElementById("chart").clientWidth, 300);
const seconds = (micros) => (micros / 1e6).toFixed(to - from < 1e5 ? 6 : 3) + " s";
const x = (time) => LEFT + (time - from) / (to - from) * (total() - LEFT);
const stop = (op) => run.took[op] < 0 ? end : run.start[op] + run.took[op];

function show(begin, length) {
  length = Math.min(Math.max(length, 100), end);
  from = Math.min(Math.max(begin, 0), end - length);
  to = from + length;
  chart();
  overview();
}
function box(op) {
  const left = Math.max(x(run.start[op]), LEFT);
  const right = Math.min(x(stop(op)), total());
  return [left, TOP + run.row[op] * rowHeight + 2, Math.max(right - left, 1), rowHeight - 4];
}
const outline = ([x, y, w, h]) =>
  `M${x.toFixed(1)},${y}h${w.toFixed(1)}v${h}h${(-w).toFixed(1)}z`;

function chart() {
  const svg = draw("chart", height);
  for (const fault of run.faults) {
    if (fault.to < from || fault.from > to) continue;
    const left = Math.max(x(fault.from), LEFT), right = Math.min(x(fault.to), total());
    const band = element("rect", { class: fault.kind, x: left, y: TOP,
      width: Math.max(right - left, 1), height: height - TOP });
    band.append(element("title", {}, fault.text));
    svg.append(band);
  }
  const step = 10 ** Math.floor(Math.log10((to - from) / 4));
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    if ((to - from) / step > 10 && Math.round(time / step) % 5) continue;
    svg.append(element("path", { class: "grid", d: `M${x(time)},${TOP}V${height}` }));
    // A label that does not fit is left out.
    if (x(time) + 70 < total())
      svg.append(element("text", { class: "dim", x: x(time) + 2, y: 14 }, seconds(time)));
  }
  run.rows.forEach((name, row) => {
    if (rowHeight > 12 || row % 2 === 0) {
      const y = TOP + row * rowHeight + rowHeight / 2 + 4;
      svg.append(element("text", { x: 0, y: y }, name));
    }
  });
  const bars = { ok: "", fail: "", info: "" }, visible = [];
  for (let op = 0; op < count; op++) {
    if (run.start[op] > to || stop(op) < from) continue;
    bars[run.kind[op]] += outline(box(op));
    visible.push(op);
  }
  for (const kind in bars) svg.append(element("path", { class: kind, d: bars[kind] }));
  if (visible.length <= LABELLED && rowHeight > 12) for (const op of visible) {
    const [left, top, width] = box(op);
    const letters = Math.floor((width - 6) / 6.6);
    if (letters < 3) continue;
    const label = `${run.functions[run.function[op]]} ${run.value[op]} ${run.result[op]}`;
    const short = label.length > letters ? label.slice(0, letters - 1) + "…" : label;
    svg.append(element("text", { class: "label", x: left + 3, y: top + 13 }, short));
  }
  const marked = run.anomalous.map((op) => outline(box(op)));
  svg.append(element("path", { class: "anomalous",
    d: run.anomalous.flatMap((op, at) => run.start[op] > to || stop(op) < from ? [] : marked[at]).join("") }));
  if (hovered >= 0) svg.append(element("path", { class: "hover", d: outline(box(hovered)) }));
  document.getElementById("window").textContent =
    `${seconds(from)} to ${seconds(to)}: ${visible.length} of ${count} operations`;
}

const density = new Array(400).fill(0);
for (let op = 0; op < count; op++) density[Math.min(Math.floor(run.start[op] / end * 400), 399)]++;

function overview() {
  const width = total() - LEFT, svg = draw("overview", 44);
  const at = (time) => LEFT + time / end * width;
  for (const fault of run.faults)
    svg.append(element("rect", { class: fault.kind, x: at(fault.from), y: 0,
      width: Math.max(at(fault.to) - at(fault.from), 1), height: 40 }));
  const most = Math.max(...density, 1);
  let path = "";
  density.forEach((n, i) => { path += `M${LEFT + i / 400 * width},40v${-n / most * 34}h${width / 400}v${n / most * 34}z`; });
  svg.append(element("path", { class: "density", d: path }));
  svg.append(element("text", { x: 0, y: 24 }, "whole run"));
  for (const op of run.anomalous)
    svg.append(element("path", { class: "anomalous", d: `M${at(run.start[op])},0v40` }));
  svg.append(element("rect", { class: "frame", x: at(from), y: 0.5, width: Math.max(at(to) - at(from), 2), height: 40 }));
}

function detail(op) {
  const lines = [
    `operation ${run.index[op]}: ${run.functions[run.function[op]]} ${run.value[op]}`,
    run.took[op] < 0 ? run.kind[op] : `${run.kind[op]} after ${run.took[op] / 1000} ms`,
    run.result[op],
    `${run.rows[run.row[op]]}, invoked at ${(run.start[op] / 1e6).toFixed(6)} s`,
  ];
  document.getElementById("detail").textContent = lines.filter((line) => line).join("\n");
}

const chartBox = document.getElementById("chart");
let dragged = null;
chartBox.addEventListener("pointerdown", (event) => { dragged = { x: event.clientX, from: from }; });
addEventListener("pointerup", () => { dragged = null; });
chartBox.addEventListener("pointermove", (event) => {
  const place = chartBox.getBoundingClientRect();
  if (dragged) {
    show(dragged.from - (event.clientX - dragged.x) / (total() - LEFT) * (to - from), to - from);
    return;
  }
  const row = Math.floor((event.clientY - place.top - TOP) / rowHeight);
  const near = event.clientX - place.left;
  let best = -1, distance = 6;
  for (let op = 0; op < count; op++) {
    if (run.row[op] !== row || run.start[op] > to || stop(op) < from) continue;
    const [left, , width] = box(op);
    const away = Math.max(left - near, near - left - width, 0);
    if (away < distance) { best = op; distance = away; }
  }
  if (best !== hovered) {
    hovered = best;
    if (best >= 0) detail(best);
    chart();
  }
});
chartBox.addEventListener("wheel", (event) => {
  event.preventDefault();
  const part = (event.clientX - chartBox.getBoundingClientRect().left - LEFT) / (total() - LEFT);
  zoom(event.deltaY > 0 ? 1.25 : 0.8, Math.min(Math.max(part, 0), 1));
}, { passive: false });
document.getElementById("overview").addEventListener("click", (event) => {
  const place = event.currentTarget.getBoundingClientRect();
  const time = (event.clientX - place.left - LEFT) / (total() - LEFT) * end;
  show(time - (to - from) / 2, to - from);
});
function zoom(factor, part) {
  const middle = from + (to - from) * part;
  show(middle - (to - from) * factor * part, (to - from) * factor);
}
function focus(op) {
  show(run.start[op] - (to - from) / 2, to - from);
  hovered = op;
  detail(op);
  chart();
}
const buttons = {
  earlier: () => show(from - (to - from) * 0.8, to - from),
  later: () => show(from + (to - from) * 0.8, to - from),
  in: () => zoom(0.5, 0.5),
  out: () => zoom(2, 0.5),
  all: () => show(0, end),
  anomaly: () => { anomaly = (anomaly + 1) % run.anomalous.length; focus(run.anomalous[anomaly]); },
};
for (const id in buttons) document.getElementById(id).addEventListener("click", buttons[id]);
document.getElementById("anomaly").disabled = run.anomalous.length === 0;
addEventListener("resize", () => { chart(); overview(); });

const last = Math.min(FIRST, count) - 1;
show(0, last < 0 || count <= FIRST ? end : run.start[last] - run.start[0]);
if (run.anomalous.length > 0) buttons.anomaly();
