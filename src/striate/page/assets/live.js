
// The rest is there where Striate serves the page: what is changed here is computed anew by the network itself.

Object.assign(WORDS.en, {
  open: "Open a picture …", draw: "Draw", close: "Close the drawing", hint: "or drop or paste one", clear: "Clear", ink: "Ink", read: "Read it", write: "Write a sentence", pad: "Draw with the mouse, a pen or a finger; or by keys: arrows move the tip, the space bar sets it down and lifts it", drawing: "drawing",
  change: "Change it, and see", activation: "Activation", padding: "Padding", none: "none", biasOf: (map) => `b of ${map}`, back: "Put all back", paper: "The document as it is now",
  weights: "The numbers w can be changed below: write one and press Enter.", memory: "Nothing of it is saved.",
  cell: (row, column, was, is) => `${row}: ${column} ${is || "none"}, was ${was || "none"}`, changed: (row, count) => `${row}: ${count} ${count === 1 ? "number" : "numbers"} changed`,
  weight: (number) => `weight ${number}`, kernel: (map) => `kernel ${map}`, gone: "Striate does not answer any more. Start it again: striate page RUN", dropped: "What was dropped or pasted is no picture file.",
  training: "Training", epochs: (done, all) => `epoch ${done} of ${all}`, goesOn: "the run goes on", ended: "no process works on the run", noEpoch: "No epoch is finished yet; the weights are fresh ones.",
  waits: "There are newer weights. Put all back to see them.", loss: "Loss", error: "Error", trained: "training", validated: "validation", kernels: (row) => `Kernels of ${row}, summed over their channels`,
  absent: (ask) => `This sum has more numbers than the page holds. They are printed by: ${ask}`,
});
Object.assign(WORDS.ko, {
  open: "그림 열기 …", draw: "그리기", close: "그리기 닫기", hint: "또는 끌어다 놓거나 붙여 넣으십시오", clear: "지우기", ink: "색", read: "읽기", write: "문장을 쓰십시오", pad: "마우스, 펜이나 손가락으로 그리십시오. 키보드로는 화살표 키로 펜 끝을 옮기고 스페이스 바로 내리고 올립니다", drawing: "그린 것",
  change: "바꾸어 보기", activation: "활성화 함수", padding: "패딩", none: "없음", biasOf: (map) => `${map}의 b`, back: "모두 되돌리기", paper: "지금의 문서",
  weights: "아래의 w는 바꿀 수 있습니다. 수를 쓰고 Enter를 누르십시오.", memory: "저장되는 것은 없습니다.",
  cell: (row, column, was, is) => `${row}: ${words()[column.toLowerCase()]} ${is || "없음"} (앞서 ${was || "없음"})`, changed: (row, count) => `${row}: 수 ${count}개를 바꿈`,
  weight: (number) => `가중치 ${number}`, kernel: (map) => `커널 ${map}`, gone: "Striate가 더는 답하지 않습니다. 다시 시작하십시오: striate page RUN", dropped: "놓거나 붙여 넣은 것이 그림 파일이 아닙니다.",
  training: "학습", epochs: (done, all) => `에폭 ${done}/${all}`, goesOn: "학습이 계속되고 있습니다", ended: "이 실행을 맡은 프로세스가 없습니다", noEpoch: "끝난 에폭이 아직 없습니다. 가중치는 처음 값입니다.",
  waits: "더 새로운 가중치가 있습니다. 모두 되돌리면 보입니다.", loss: "손실", error: "오류율", trained: "학습", validated: "검증", kernels: (row) => `${row}의 커널 (채널의 합)`,
  absent: (ask) => `이 합의 수는 페이지에 담지 못했습니다. 다음 명령이 보여 줍니다: ${ask}`,
});
const EMPTY = "-";
const PAD_SIDE = 280;
const PEN = 20;
const ASKED_BY_ITSELF = ["training", "reasons"];

/** Whether the network reads sentences. */
const isRead = Boolean(record.pictures[0].words);
let faults = [], waiting = 0, isDrawing = false, drawn = null;
/** Requests go one behind the other, so that the last one asked for is the last one shown. */
let line = Promise.resolve();

function ask(place, query, body) {
  waiting += 1;
  document.body.classList.add("busy");
  const turn = line.then(() => answered(place, query, body)).finally(() => {
    waiting -= 1;
    document.body.classList.toggle("busy", waiting > 0);
  });
  line = turn;
  return turn;
}

/** Return what Striate answers; null where it cannot, which is then said. */
async function answered(place, query, body) {
  let told;
  try {
    const answer = await fetch(`${place}?${new URLSearchParams(query)}`, body === undefined ? {} : { method: "POST", body });
    told = await answer.json();
  } catch {
    say([{ en: [WORDS.en.gone], ko: [WORDS.ko.gone] }]);
    return null;
  }
  // Whoever reads what was wrong with a change is not interrupted by what the page asks by itself.
  if (told.faults || !ASKED_BY_ITSELF.includes(place)) say(told.faults ?? []);
  return told.faults ? null : told;
}

function say(told) {
  faults = told;
  drawFaults();
}

function drawFaults() {
  fill("faults", faults.map((fault) => fault[state.language].join("\n")).join("\n"));
}

async function show(told) {
  if (!told) return false;
  // Reasons for a class that somebody has chosen are asked for again, those for the likeliest one are for what is likeliest now.
  const picture = told.chosen ?? state.picture, isChosen = picture === state.picture && state.reason !== best(record.pictures[picture]);
  const kept = isChosen && record.quick ? { reason: state.reason } : {};
  await take(told.record, told.numbers);
  choose({ picture: Math.min(picture, record.pictures.length - 1), ...kept });
  return true;
}

async function change(place, query) {
  // What was refused is drawn again, too, for the page still shows what was asked for.
  if (!(await show(await ask(place, query, "")))) draw();
}

async function look(name, content) {
  // Written sentences and drawn pictures follow each other in one place.
  const place = record.pictures.findIndex((picture) => picture.name === EMPTY || (name === WORDS.en.drawing && picture.name === name));
  await show(await ask("picture", place < 0 ? { name } : { name, place }, content));
}

async function explain() {
  const picture = record.pictures[state.picture], number = state.reason;
  if (number === null || number < 0 || number in picture.reasons || picture.asked === number) return;
  picture.asked = number;
  const told = await ask("reasons", { picture: state.picture, class: number });
  if (!told) return;
  const held = await unpacked(told.numbers);
  picture.reasons[number] = told.reasons.map((reason) => {
    const { at, shape } = reason.values;
    return { ...reason, values: { shape, data: new Float32Array(held, at, shape[0] * shape[1]) } };
  });
  if (picture === record.pictures[state.picture]) draw();
}

// Pictures: opened, dropped, pasted, drawn.

const opened = element("input", { type: "file", accept: "image/*", multiple: true, id: "file", onchange: () => files(opened.files) });
const openText = element("span"), drawButton = element("button", { type: "button", id: "draw", onclick: () => { isDrawing = !isDrawing; draw(); } }), hint = element("small");
const pictureTools = element("div", { className: "tools" }, element("label", {}, openText, opened), drawButton, hint);
document.querySelector(".switches").before(pictureTools);
document.querySelector("header").after(element("div", { id: "faults", role: "alert" }));

const sentence = element("input", { type: "text", id: "read" }), readButton = element("button", { type: "submit", id: "read-it" });
const sentencePart = element("form", { className: "tools", onsubmit: (event) => {
  event.preventDefault();
  if (sentence.value.trim()) look("sentence", sentence.value);
} }, sentence, readButton);
document.getElementById("sentence").before(sentencePart);

async function files(list) {
  const pictures = [...list];
  if (pictures.length === 0) return say([{ en: [WORDS.en.dropped], ko: [WORDS.ko.dropped] }]);
  for (const file of pictures) await look(file.name, file);
  opened.value = "";
}

addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dropping"); });
addEventListener("dragleave", (event) => { if (event.relatedTarget === null) document.body.classList.remove("dropping"); });
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  if (!isRead) files(event.dataTransfer.files);
});
addEventListener("paste", (event) => {
  if (isRead || event.target.matches("input:not([type=file])")) return;
  files(event.clipboardData.files);
});

const pad = element("canvas", { id: "pad", width: PAD_SIDE, height: PAD_SIDE }), ink = element("input", { type: "color", value: "#ffffff", id: "ink" }), inkText = element("span"), clear = element("button", { type: "button", id: "clear", onclick: () => { wipe(); } });
pad.setAttribute("role", "application");
pad.tabIndex = 0;
const tip = element("i", { id: "tip" }), padNote = element("small");
const drawingPart = element("div", { id: "drawing", hidden: true }, element("div", { className: "pad" }, pad, tip), padNote, element("div", {}, element("label", {}, inkText, " ", ink), clear));
document.getElementById("field").after(drawingPart);
const pen = pad.getContext("2d");
let isDown = false, isSending = false, isStale = false;

function wipe() {
  pen.fillStyle = "#000000";
  pen.fillRect(0, 0, PAD_SIDE, PAD_SIDE);
}

function stroke(at) {
  Object.assign(pen, { strokeStyle: ink.value, lineWidth: PEN, lineCap: "round", lineJoin: "round" });
  pen.beginPath();
  pen.moveTo(...(drawn ?? at));
  pen.lineTo(...at);
  pen.stroke();
  drawn = at;
  send();
}

/** Show the network what is drawn so far; what is drawn meanwhile follows in one piece. */
async function send() {
  isStale = true;
  if (isSending) return;
  isSending = true;
  while (isStale) {
    isStale = false;
    const content = await new Promise((done) => pad.toBlob(done, "image/png"));
    await look(WORDS.en.drawing, content);
  }
  isSending = false;
}

function pointed(event) {
  const box = pad.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * PAD_SIDE, ((event.clientY - box.top) / box.height) * PAD_SIDE];
}

pad.onpointerdown = (event) => { isDown = true; drawn = null; pad.setPointerCapture(event.pointerId); stroke(pointed(event)); };
pad.onpointermove = (event) => { if (isDown) stroke(pointed(event)); };
pad.onpointerup = pad.onpointercancel = () => { isDown = false; };

// By keys: the tip of the pen, and whether it lies on the paper.
let tipAt = [PAD_SIDE / 2, PAD_SIDE / 2], isLowered = false;

function drawTip() {
  Object.assign(tip.style, { left: `${(100 * tipAt[0]) / PAD_SIDE}%`, top: `${(100 * tipAt[1]) / PAD_SIDE}%` });
  tip.classList.toggle("lowered", isLowered);
}

pad.onkeydown = (event) => {
  const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
  if (event.key === " " || event.key === "Enter") {
    isLowered = !isLowered;
    drawn = null;
  } else if (step) tipAt = tipAt.map((along, axis) => Math.max(0, Math.min(PAD_SIDE, along + (step[axis] * PEN) / 2)));
  else return;
  event.preventDefault();
  drawTip();
  if (isLowered) stroke(tipAt);
};
pad.onblur = () => { isLowered = false; drawTip(); };
drawTip();
wipe();

// Rows and their numbers.

const changeTitle = element("h2", { id: "change-title" }), changeNote = element("p", { id: "change-note" }), fields = element("form", { onsubmit: (event) => event.preventDefault() }), changes = element("ul", { id: "changes" });
const back = element("button", { type: "button", id: "reset", onclick: () => change("reset", {}) }), paper = element("a", { href: "document", download: "network.md", id: "document" });
const changePart = element("section", { id: "change" }, changeTitle, fields, changeNote, changes, element("p", {}, back, " ", paper));
changePart.setAttribute("aria-labelledby", "change-title");
document.getElementById("unit-title").closest("section").before(changePart);

function field(name, label, input) {
  input.id = `edit-${name}`;
  input.dataset.field = name;
  return element("label", {}, label, input);
}

function drawFields(row) {
  const made = [];
  if (row.activation !== null) {
    const names = ["", ...record.functions];
    if (!names.includes(row.activation)) names.push(row.activation);
    const input = element("select", { onchange: () => change("cell", { row: row.name, column: "Activation", text: input.value }) }, ...names.map((name) => element("option", { value: name, textContent: name || words().none })));
    input.value = row.activation;
    made.push(field("activation", words().activation, input));
  }
  if (row.padding !== null) {
    const choices = element("datalist", { id: "paddings" }, ...["valid", "same", "1", "2", "3"].map((name) => element("option", { value: name })));
    const input = written(row.padding, (text) => change("cell", { row: row.name, column: "Padding", text }));
    input.setAttribute("list", "paddings");
    made.push(field("padding", words().padding, input), choices);
  }
  if (row.sum?.kind !== "scaled" && row.biased) made.push(field("bias", words().biasOf(state.map), numberInput(row, "bias", state.map, row.sum.bias[state.map])));
  fields.replaceChildren(...made);
  return made.length;
}

function numberInput(row, kind, number, value) {
  const input = written(shown(value), (text) => change("number", { row: row.name, kind, number, value: text.replace(",", ".") }));
  input.inputMode = "decimal";
  input.title = Number(value.toPrecision(9));
  input.setAttribute("aria-label", kind === "bias" ? words().biasOf(number) : words().weight(number));
  return input;
}

/** Return a field whose text is taken when it is left or Enter is pressed; text that was not taken yet outlives drawing again. */
function written(text, take) {
  const input = element("input", { type: "text", defaultValue: text });
  const end = () => {
    // Drawing again takes the field away, which a browser takes for leaving it.
    if (isDrawn || input.value === input.defaultValue) return;
    input.defaultValue = input.value;
    take(input.value.trim());
  };
  input.onchange = end;
  input.onkeydown = (event) => {
    if (event.key === "Enter") end();
    if (event.key === "Escape") input.value = input.defaultValue;
  };
  return input;
}

// Kernels, and the run as it learns.

const kernelTitle = element("p"), kernelPart = element("div", { id: "kernels" });
changes.before(kernelTitle, kernelPart);
const MOST_KERNELS = 96;
const KERNEL_SIDE = 40;

function drawKernels(row) {
  const sum = row.sum, isShown = sum?.kind === "kernels" && sum.weights && sum.window[0].kernel * sum.window[1].kernel > 1;
  kernelTitle.textContent = isShown ? words().kernels(row.name) : "";
  if (!isShown) return kernelPart.replaceChildren();
  const height = sum.window[0].kernel, width = sum.window[1].kernel, cells = height * width, values = numbers(sum.weights), count = axes(row).channels;
  const all = [];
  for (let map = 0, start = 0; map < Math.min(count, MOST_KERNELS); map++) {
    const channels = sum.channels ? sum.channels[map].length : values.length / cells / count, kernel = new Float32Array(cells);
    for (let number = 0; number < channels * cells; number++) kernel[number % cells] += values[start + number];
    start += channels * cells;
    all.push(kernel);
  }
  const largest = all.reduce((most, kernel) => kernel.reduce((own, value) => Math.max(own, Math.abs(value)), most), 0);
  kernelPart.replaceChildren(...all.map((kernel, map) => {
    const canvas = paint(element("canvas"), kernel, height, width, KERNEL_SIDE, largest), button = element("button", { type: "button", onclick: () => choose({ map }), onkeydown: (event) => moveAmong(event, "#kernels button", { ArrowRight: 1, ArrowLeft: -1 }) }, canvas);
    button.dataset.kernel = map;
    button.tabIndex = map === state.map ? 0 : -1;
    button.setAttribute("aria-label", words().kernel(map));
    button.setAttribute("aria-pressed", map === state.map);
    return button;
  }));
}

const runPart = element("section", { id: "training", hidden: true }), runTitle = element("h2", { id: "training-title" }), runNote = element("p", { id: "training-note" }), curves = element("div", { id: "curves" });
const runDetails = element("details", { open: Boolean(record.training?.goes_on) }, element("summary", {}, runTitle, runNote), curves);
runPart.setAttribute("aria-labelledby", "training-title");
runPart.append(runDetails);
document.querySelector("main").before(runPart);
const POLL_MILLISECONDS = 2000;
const CHART = { width: 360, height: 130, left: 46, bottom: 18, top: 8, right: 8 };

function svgPart(tag, properties, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function chart(title, lines, epochs) {
  const { width, height, left, bottom, top, right } = CHART, values = lines.flatMap((one) => one.values.map(([, value]) => value));
  const most = Math.max(...values, 1e-9), x = (epoch) => left + (epochs === 1 ? 0.5 : (epoch - 1) / (epochs - 1)) * (width - left - right), y = (value) => height - bottom - (value / most) * (height - bottom - top);
  const parts = [svgPart("path", { class: "axis", d: `M${left} ${top}V${height - bottom}H${width - right}` })];
  for (const [value, at] of [[most, top + 8], [0, height - bottom]]) parts.push(svgPart("text", { x: left - 4, y: at, "text-anchor": "end" }, shown(value)));
  for (const [epoch, anchor] of epochs === 1 ? [[1, "middle"]] : [[1, "start"], [epochs, "end"]]) parts.push(svgPart("text", { x: x(epoch), y: height - 4, "text-anchor": anchor }, String(epoch)));
  for (const { kind, values: points } of lines) {
    parts.push(svgPart("polyline", { class: kind, points: points.map(([epoch, value]) => `${x(epoch)},${y(value)}`).join(" ") }));
    for (const [epoch, value] of points) parts.push(svgPart("circle", { class: kind, cx: x(epoch), cy: y(value), r: 2.5 }));
  }
  const ends = lines.map(({ kind, values: points }) => ({ kind, text: `${words()[kind]} ${shown(points.at(-1)[1])}` })), last = ends.map(({ text }) => text).join(", ");
  const picture = svgPart("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${last}` }, ...parts);
  return element("figure", {}, element("figcaption", {}, `${title}: `, ...ends.map(({ kind, text }) => element("span", { className: kind, textContent: `${text} ` }))), picture);
}

function drawTraining() {
  const run = record.training;
  runPart.hidden = !run;
  if (!run) return;
  runTitle.textContent = words().training;
  const waits = run.stamp !== run.shown ? [words().waits] : [], none = run.history.length ? [] : [words().noEpoch];
  runNote.textContent = [`${words().epochs(run.history.length, run.epochs)}, ${run.goes_on ? words().goesOn : words().ended}.`, ...none, ...waits].join(" ");
  const line = (kind, name) => ({ kind, values: run.history.filter((one) => Number.isFinite(one[name])).map((one) => [one.epoch, one[name]]) });
  const figures = [[words().loss, "loss"], [words().error, "error"]].map(([title, figure]) => [title, [line("trained", `training_${figure}`), line("validated", `validation_${figure}`)].filter((one) => one.values.length)]);
  curves.replaceChildren(...figures.filter(([, lines]) => lines.length).map(([title, lines]) => chart(title, lines, run.epochs)));
}

/** Ask how the run stands until nobody works on it; what is newer is shown. */
async function follow() {
  if (!record.training?.goes_on) return;
  const told = await ask("training", { stamp: record.training.stamp });
  if (told?.record) await show(told);
  setTimeout(follow, POLL_MILLISECONDS);
}

/** Let arrow keys go from number to number: up and down anywhere, to the sides from the ends of what is written. */
function moveInKernel(table) {
  const inputs = [...table.querySelectorAll("input")], columns = table.rows[0].cells.length;
  inputs.forEach((input, place) => { input.tabIndex = place === 0 ? 0 : -1; });
  table.onkeydown = (event) => {
    const own = event.target, step = { ArrowUp: -columns, ArrowDown: columns, ArrowLeft: -1, ArrowRight: 1 }[event.key], next = inputs[inputs.indexOf(own) + (step ?? NaN)];
    const end = event.key === "ArrowLeft" ? own.selectionStart === 0 : event.key !== "ArrowRight" || own.selectionEnd === own.value.length;
    if (!next || !end) return;
    event.preventDefault();
    next.focus();
    next.select();
  };
  table.addEventListener("focusin", (event) => inputs.forEach((input) => { input.tabIndex = input === event.target ? 0 : -1; }));
}

function drawChange() {
  const row = rows.get(state.row), cells = [...document.querySelectorAll("#unit td[data-weight]")].filter((cell) => cell.dataset.weight !== "");
  changeTitle.textContent = `${words().change}: ${row.name}`;
  const found = unit(state.row, state.map, state.y, state.x), weights = new Map(found.terms.map((part) => [String(part.number), part.weight]));
  for (const cell of cells) {
    const input = numberInput(row, "weight", Number(cell.dataset.weight), weights.get(cell.dataset.weight));
    input.dataset.number = cell.dataset.weight;
    cell.onclick = null;
    cell.removeAttribute("tabindex");
    delete cell.dataset.cell;
    cell.replaceChildren(input);
  }
  new Set(cells.map((cell) => cell.closest("table"))).forEach(moveInKernel);
  const count = drawFields(row);
  changeNote.textContent = `${cells.length ? `${words().weights} ` : ""}${words().memory}`;
  changePart.hidden = cells.length + count === 0 && record.changes.length === 0;
  changes.replaceChildren(...record.changes.map((one) => {
    if (one.fault) return element("li", { className: "fault", textContent: one.fault[state.language].join("\n") });
    return element("li", { textContent: one.column ? words().cell(one.row, one.column, one.was, one.is) : words().changed(one.row, one.numbers) });
  }));
  back.textContent = words().back;
  // A button that is disabled would lose the focus of who has just pressed it.
  back.setAttribute("aria-disabled", record.changes.length === 0);
  paper.textContent = words().paper;
  openText.textContent = words().open;
  drawButton.textContent = isDrawing ? words().close : words().draw;
  drawButton.setAttribute("aria-expanded", isDrawing);
  hint.textContent = words().hint;
  pictureTools.hidden = isRead;
  sentencePart.hidden = !isRead;
  readButton.textContent = words().read;
  sentence.setAttribute("aria-label", words().write);
  sentence.placeholder = words().write;
  drawingPart.hidden = !isDrawing || isRead;
  pad.setAttribute("aria-label", words().pad);
  padNote.textContent = words().pad;
  inkText.textContent = words().ink;
  clear.textContent = words().clear;
  drawKernels(row);
  drawTraining();
  drawFaults();
  explain();
}

afterDrawing.push(drawChange);
isDrawing = record.pictures[0].name === EMPTY;
draw();
follow();
