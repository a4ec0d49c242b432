const WORDS = {
  en: {
    rows: "The table", picture: "The picture", scores: "Classes", unit: "One value, taken apart", language: "한국어", dark: "Dark", light: "Light",
    maps: (row) => `What ${row} gives`,
    kept: (kept, all) => (kept < all ? `The ${kept} strongest of ${all} maps; the others have no room in this file.` : `${all} ${all === 1 ? "map" : "maps"}, the strongest first. Click on a place; arrow keys go on from there, Page Up and Page Down from map to map.`),
    units: (count) => `${count} values. Click on one; arrow keys go on from there.`, pictures: "Pictures",
    method: (title) => title,
    orange: "Orange is above zero, blue below.",
    field: (height, width, top, left) => `This value sees ${height}x${width} pixels: rows ${top[0]} to ${top[1]}, columns ${left[0]} to ${left[1]}.`,
    nofield: "This value has no receptive field.",
    place: (map, y, x) => `map ${map}, row ${y}, column ${x}`, number: (number) => `value ${number}`,
    channel: (name) => `channel ${name}`, x: "x", w: "w", product: "x w",
    more: (count, sum) => `and ${count} more channels, which add ${sum}`, moreTerms: (count, sum) => `and ${count} more products, which add ${sum}`,
    sum: "sum of x w", bias: "b", value: "value", divided: "divided by", largest: "the largest x", squares: "sum of squares", powers: (p) => `sum of x^${p}`,
    same: "the same value as the row before it",
    elsewhere: (ask) => `This page does not take values of this row apart. They are printed by: ${ask}`, moved: "a value of the row before it, at another place", padded: "padding", multiplied: "product of x", distance: "sum of (x - w)²",
    group: (count, mean, variance) => `${count} values of the group: mean ${mean}, variance ${variance}`, input: "A value of the picture, as the network reads it.",
    absent: (ask) => `The numbers of this sum have no room in this file. They are printed by: ${ask}`,
    half: (apart) => `This row's weights are kept in half precision here, so the sum may be ${apart} off.`,
    path: "Where it comes from: the largest part at each row", why: (name) => `What speaks for ${name} (orange) and against it (blue)`,
    strongest: "the largest products first",
    sentence: "The sentence", seen: (first, last) => `This value sees word ${first} to word ${last}, counted from 0 with the padding.`, unknown: "not in the vocabulary: read as nothing", padding_: "(padding)", added: "sum of x",
    vector: "a number of the word's vector", lookedUp: (word, number) => `Number ${number} of the vector of: ${word}`, lines: (count) => `x w, summed over the ${count} numbers of each line`, line: (y) => `line ${y}`,
    windows: (kept, all) => `${kept < all ? `The ${kept} of ${all} maps that answer most strongly` : `${all} maps`}, each with the words that it answers to most strongly. Click on one.`,
  },
  ko: {
    rows: "층 표", picture: "그림", scores: "클래스", unit: "값 하나의 계산", language: "English", dark: "어둡게", light: "밝게",
    maps: (row) => `${row}의 출력`,
    kept: (kept, all) => (kept < all ? `맵 ${all}개 가운데 가장 강한 ${kept}개입니다. 나머지는 이 파일에 담지 못했습니다.` : `맵 ${all}개, 강한 것부터. 한 곳을 누르고 화살표 키로 옮겨 갑니다. 맵은 Page Up과 Page Down으로 바꿉니다.`),
    units: (count) => `값 ${count}개. 하나를 누르고 화살표 키로 옮겨 갑니다.`, pictures: "그림",
    method: (title) => ({ occlusion: "가리기", "integrated gradients": "적분 기울기", "words left out": "단어 빼기" })[title] ?? title.replace(/^Grad-CAM at (.*)$/s, "$1의 Grad-CAM"),
    orange: "주황은 0보다 큰 값, 파랑은 작은 값입니다.",
    field: (height, width, top, left) => `이 값은 ${height}x${width} 픽셀을 봅니다: 행 ${top[0]}~${top[1]}, 열 ${left[0]}~${left[1]}.`,
    nofield: "이 값에는 수용장이 없습니다.",
    place: (map, y, x) => `맵 ${map}, 행 ${y}, 열 ${x}`, number: (number) => `값 ${number}`,
    channel: (name) => `채널 ${name}`, x: "x", w: "w", product: "x w",
    more: (count, sum) => `그 밖의 채널 ${count}개의 합 ${sum}`, moreTerms: (count, sum) => `그 밖의 곱 ${count}개의 합 ${sum}`,
    sum: "x w의 합", bias: "b", value: "값", divided: "나누는 수", largest: "가장 큰 x", squares: "제곱의 합", powers: (p) => `x^${p}의 합`,
    same: "앞 층의 값과 같습니다",
    elsewhere: (ask) => `이 페이지는 이 층의 값을 풀어 보이지 않습니다. 다음 명령이 보여 줍니다: ${ask}`, moved: "앞 층의 다른 자리에 있는 값", padded: "패딩", multiplied: "x의 곱", distance: "(x - w)²의 합",
    group: (count, mean, variance) => `집단의 값 ${count}개: 평균 ${mean}, 분산 ${variance}`, input: "신경망이 읽는 그대로의 그림 값입니다.",
    absent: (ask) => `이 합의 수는 이 파일에 담지 못했습니다. 다음 명령이 보여 줍니다: ${ask}`,
    half: (apart) => `이 층의 가중치는 반정밀도로 담겨 있어 합이 ${apart}만큼 다를 수 있습니다.`,
    path: "어디에서 왔는가: 층마다 가장 큰 몫", why: (name) => `${name}에 유리한 곳(주황)과 불리한 곳(파랑)`,
    strongest: "큰 곱부터",
    sentence: "문장", seen: (first, last) => `이 값은 단어 ${first}부터 ${last}까지를 봅니다. 패딩을 포함해 0부터 셉니다.`, unknown: "어휘에 없는 단어: 읽히지 않습니다", padding_: "(패딩)", added: "x의 합",
    vector: "단어 벡터의 수", lookedUp: (word, number) => `다음 단어의 벡터에서 ${number}번째 수: ${word}`, lines: (count) => `줄마다 수 ${count}개의 x w의 합`, line: (y) => `줄 ${y}`,
    windows: (kept, all) => `${kept < all ? `맵 ${all}개 가운데 가장 강하게 답하는 ${kept}개` : `맵 ${all}개`}. 저마다 가장 강하게 답하는 단어를 보입니다. 하나를 누르십시오.`,
  },
};
const MOST_CHANNELS = 6;
const MOST_TERMS = 24;
const MOST_COLUMNS = 12;
const NUMBER_WIDTH = 80;
const MOST_WINDOWS = 60;
const PICTURE_SIDE = 320;
const MAP_SIDE = 84;

let record, buffer, rows, arrays;
/** Functions that are called whenever the page has been drawn. */
const afterDrawing = [];
/** Whether the page is being drawn at this moment. */
let isDrawn = false;
await take(JSON.parse(document.getElementById("record").textContent), document.getElementById("numbers").textContent);
const state = { picture: 0, row: record.rows[0].name, map: 0, y: 0, x: 0, reason: null, language: navigator.language?.startsWith("ko") ? "ko" : "en" };

/** Show what a network gives from now on. */
async function take(told, packed) {
  buffer = await unpacked(packed);
  record = told;
  rows = new Map(record.rows.map((row) => [row.name, row]));
  arrays = new Map();
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

/** Return the numbers that a place in the record stands for, half precision widened. */
function numbers(place) {
  if (place.data) return place.data;
  if (!arrays.has(place.at)) {
    const count = place.shape.reduce((product, length) => product * length, 1);
    const found = place.dtype === "f4" ? new Float32Array(buffer, place.at, count) : Float32Array.from(new Uint16Array(buffer, place.at, count), widened);
    arrays.set(place.at, found);
  }
  return arrays.get(place.at);
}

function widened(half) {
  const sign = half >> 15 ? -1 : 1, exponent = (half >> 10) & 31, fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Return channels, height and width of a row; a row of values has one place a value. */
function axes(row) {
  const [channels, height = 1, width = 1] = row.shape;
  return { channels, height, width };
}

/** Return one map of a row for the chosen picture; null where it is not in the file. */
function mapOf(row, number) {
  const held = record.pictures[state.picture].maps[row.name];
  const place = held ? held.kept.indexOf(number) : -1;
  if (place < 0) return null;
  const { height, width } = axes(row);
  return numbers(held.values).subarray(place * height * width, (place + 1) * height * width);
}

function valueAt(row, map, y, x) {
  const values = mapOf(row, map);
  return values === null ? null : values[y * axes(row).width + x];
}

/**
 * Take one value apart.
 *
 * Returns its kind, its terms (where each comes from, its value x, its weight w if it has one), what is added,
 * what the terms are divided by, and the sum; `absent` where the file lacks a number of it.
 */
function unit(name, map, y, x) {
  const row = rows.get(name), sum = row.sum;
  const found = { row: name, map, y, x, value: valueAt(row, map, y, x), kind: sum?.kind ?? (row.reads.length ? "none" : "input"), terms: [], bias: 0, divisor: 1, total: null, absent: false };
  if (!sum) return found;
  const sources = row.reads.map((read) => rows.get(read)), from = axes(sources[0]);
  const term = (channel, down, across, weight, number, source = sources[0]) => {
    const of = axes(source), inside = down >= 0 && across >= 0 && down < of.height && across < of.width;
    const value = inside ? valueAt(source, channel, down, across) : sum.kind === "largest" ? -Infinity : 0;
    if (value === null || weight === undefined) found.absent = true;
    found.terms.push({ row: source.name, map: channel, y: down, x: across, inside, value, weight, number });
  };
  /** Take the value of another row as it is, by its number among all values of that row. */
  const copy = (number, source) => {
    const { height, width } = axes(source), cell = number % (height * width);
    term(Math.floor(number / (height * width)), Math.floor(cell / width), cell % width, null, undefined, source);
  };
  const window = (channel, weightOf, numberOf) => {
    const [down, across] = sum.window;
    for (let i = 0; i < down.kernel; i++)
      for (let j = 0; j < across.kernel; j++)
        term(channel, y * down.stride - down.before + i * down.dilation, x * across.stride - across.before + j * across.dilation, weightOf(i, j), numberOf?.(i, j));
  };
  switch (sum.kind) {
    case "kernels": {
      const [down, across] = sum.window, cells = down.kernel * across.kernel;
      const size = from.channels / sum.groups, start = Math.floor((map * sum.groups) / axes(row).channels) * size;
      const channels = sum.channels ? sum.channels[map] : [...Array(size).keys()].map((number) => start + number);
      const before = sum.channels ? sum.channels.slice(0, map).reduce((count, list) => count + list.length, 0) : map * size;
      const weights = sum.weights && numbers(sum.weights);
      channels.forEach((channel, place) => {
        const number = (i, j) => (before + place) * cells + i * across.kernel + j;
        window(channel, (i, j) => weights?.[number(i, j)], number);
      });
      found.bias = sum.bias[map];
      break;
    }
    case "largest": window(map, () => null); break;
    case "mean": case "power": window(map, () => null); found.divisor = sum.divisors[0][y] * sum.divisors[1][x]; break;
    case "scaled": window(map, () => sum.gains[map]); found.bias = sum.bias[map]; break;
    case "full": case "distance": {
      const length = from.channels * from.height * from.width, weights = sum.weights && numbers(sum.weights);
      for (let number = 0; number < length; number++) {
        const cell = number % (from.height * from.width);
        term(Math.floor(number / (from.height * from.width)), Math.floor(cell / from.width), cell % from.width, weights?.[map * length + number], map * length + number);
      }
      found.bias = sum.bias[map];
      break;
    }
    case "neighbours": {
      const size = from.channels / sum.groups, first = Math.floor(map / size) * size, half = Math.floor(sum.size / 2);
      for (let channel = Math.max(first, map - half); channel < Math.min(first + size, map + half + 1); channel++) term(channel, y, x, null);
      break;
    }
    case "added": case "multiplied":
      // What has one map, or one value a map, counts at every place.
      for (const source of sources) {
        const { channels, height, width } = axes(source);
        term(Math.min(map, channels - 1), Math.min(y, height - 1), Math.min(x, width - 1), null, undefined, source);
      }
      break;
    case "moved": term(sum.sources[0][map], sum.sources[1][y], sum.sources[2][x], null); break;
    case "normalized": {
      const first = sum.everywhere ? Math.floor(map / sum.group) * sum.group : 0, group = [];
      for (let channel = first; channel < first + sum.group; channel++) {
        const values = mapOf(sources[0], channel);
        if (values === null) found.absent = true;
        else group.push(...(sum.everywhere ? values : [values[y * from.width + x]]));
      }
      const mean = total(group) / group.length, place = sum.eachValue ? (map * from.height + y) * from.width + x : map;
      Object.assign(found, { mean, count: group.length, variance: total(group.map((value) => (value - mean) ** 2)) / group.length, gain: numbers(sum.gains)[place], bias: numbers(sum.offsets)[place] });
      term(map, y, x, null);
      break;
    }
    case "looked up": term(y, 0, 0, null); break;
    case "copied": {
      const own = axes(row);
      let number = (map * own.height + y) * own.width + x;
      for (const source of sources) {
        const { channels, height, width } = axes(source), count = channels * height * width;
        if (number >= 0 && number < count) copy(number, source);
        number -= count;
      }
      break;
    }
    case "same": {
      const own = axes(row);
      copy((map * own.height + y) * own.width + x, sources[0]);
    }
  }
  if (found.absent) return found;
  const values = found.terms.map((part) => part.value);
  switch (sum.kind) {
    case "largest": found.total = Math.max(...values); break;
    case "mean": found.total = total(values) / found.divisor; break;
    case "power": {
      // A window that reaches beyond the padding counts as if it were whole.
      found.divisor /= values.length;
      found.total = (total(values.map((value) => value ** sum.p)) / found.divisor) ** (1 / sum.p);
      break;
    }
    case "neighbours": {
      found.divisor = (sum.k + sum.coefficient * total(values.map((value) => value * value))) ** sum.beta;
      found.total = found.terms.find((part) => part.map === map).value / found.divisor;
      break;
    }
    case "same": case "copied": case "moved": found.total = values[0]; break;
    case "multiplied": found.total = values.reduce((product, value) => product * value, 1); break;
    case "distance": found.total = total(found.terms.map((part) => amountOf(found, part))); break;
    case "normalized": found.total = (found.gain * (values[0] - found.mean)) / Math.sqrt(found.variance + sum.epsilon) + found.bias; break;
    case "added": found.total = total(values); break;
    case "looked up": found.total = found.value; break;
    default: found.total = total(found.terms.map((part) => part.value * part.weight)) + found.bias;
  }
  return found;
}

/** Return what a term adds: its product, its squared distance from its weight, or itself. */
function amountOf(found, part) {
  if (found.kind === "distance") return (part.value - part.weight) ** 2;
  return part.weight === null ? part.value : part.value * part.weight;
}

function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Return the term that a value owes most to; null where there is none. */
function largestTerm(found) {
  if (found.absent) return null;
  if (found.kind === "neighbours") return found.terms.find((part) => part.map === found.map);
  const size = (part) => (part.weight === null ? part.value : Math.abs(amountOf(found, part)));
  return found.terms.filter((part) => part.inside).reduce((most, part) => (most === null || size(part) > size(most) ? part : most), null);
}

/** Return the values from a unit to the picture, by the largest part of each. */
function path(name, map, y, x) {
  const steps = [{ row: name, map, y, x }];
  for (;;) {
    const last = steps.at(-1), next = largestTerm(unit(last.row, last.map, last.y, last.x));
    if (!next) return steps;
    steps.push(next);
  }
}

function fieldOf(row, y, x) {
  if (!row.field || row.field.length === 0) return null;
  return row.field.map((span, axis) => {
    const away = span.jump * (axis === 0 ? y : x);
    return [Math.floor(span.first + away), Math.ceil(span.last + away)];
  });
}

// What follows draws.

const words = () => WORDS[state.language];

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function fill(id, ...children) {
  document.getElementById(id).replaceChildren(...children);
}

function shown(value) {
  if (value === null || value === undefined) return "?";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
  return value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) ? value.toExponential(3) : value.toFixed(4);
}

function color(name) {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((place) => parseInt(text.slice(place, place + 2), 16));
}

/** Paint numbers of both signs: blue below zero, the ground's color at zero, orange above. */
function paint(canvas, values, height, width, side, largest) {
  const zoom = Math.max(1, Math.floor(side / Math.max(height, width)));
  canvas.width = width;
  canvas.height = height;
  canvas.style.width = `${width * zoom}px`;
  canvas.style.height = `${height * zoom}px`;
  const pixels = new ImageData(width, height), ground = color("--ground"), ends = [color("--own"), color("--mark")];
  values.forEach((value, place) => {
    const share = largest ? Math.max(-1, Math.min(1, value / largest)) : 0, end = ends[share > 0 ? 1 : 0];
    for (let part = 0; part < 3; part++) pixels.data[place * 4 + part] = ground[part] + Math.abs(share) * (end[part] - ground[part]);
    pixels.data[place * 4 + 3] = 255;
  });
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

/** Return the first and the last word that a value sees, counted with the padding; null where it sees none. */
function wordsOf(name, map, y) {
  const row = rows.get(name), sum = row.sum;
  if (row.reads.length === 0) return [map, map];
  if (sum?.kind === "looked up") return [y, y];
  if (row.shape.length < 3 && sum?.kind === "full") return [0, rows.get(record.rows[0].name).shape[0] - 1];
  if (!sum?.window) {
    const next = largestTerm(unit(name, map, y, 0));
    return next && wordsOf(next.row, next.map, next.y);
  }
  const [down] = sum.window, first = y * down.stride - down.before, last = first + (down.kernel - 1) * down.dilation, height = axes(rows.get(row.reads[0])).height;
  const ends = [Math.max(0, first), Math.min(height - 1, last)].map((place) => wordsOf(row.reads[0], map, place));
  return ends.includes(null) ? null : [ends[0][0], ends[1][1]];
}

function drawSentence(picture) {
  const seen = wordsOf(state.row, state.map, state.y), reasons = picture.reasons[state.reason]?.[0], effects = reasons && numbers(reasons.values), most = effects && effects.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // A maximum owes its value to one window of all that it sees.
  const winner = path(state.row, state.map, state.y, state.x).find((step) => rows.get(step.row).sum?.kind === "kernels"), owed = winner && wordsOf(winner.row, winner.map, winner.y);
  const last = picture.words.reduce((last, word, place) => (word === "" ? last : place), 0), inside = (span, place) => span && place >= span[0] && place <= span[1];
  fill("sentence", ...picture.words.slice(0, Math.max(last, seen?.[1] ?? 0) + 1).map((word, place) => {
    const made = element("button", { type: "button", textContent: word || "·", onclick: () => choose({ row: record.rows[0].name, map: place, y: 0, x: 0 }) });
    made.dataset.word = place;
    made.classList.toggle("seen", Boolean(inside(seen, place)));
    made.classList.toggle("owed", Boolean(inside(owed, place)));
    if (picture.unknown.includes(place)) Object.assign(made, { title: words().unknown }).classList.add("unknown");
    if (most) {
      const share = effects[place] / most, end = color(share > 0 ? "--mark" : "--own");
      made.style.backgroundColor = `rgba(${end.join()}, ${0.45 * Math.abs(share)})`;
    }
    return made;
  }));
  tell("field", seen ? words().seen(...seen) : words().nofield);
}

function drawPicture() {
  const looked = record.pictures[state.picture];
  document.getElementById("picture").hidden = Boolean(looked.words);
  fill("sentence");
  if (looked.words) return drawSentence(looked);
  const input = record.rows[0], { channels, height, width } = axes(input), picture = record.pictures[state.picture];
  const zoom = Math.max(1, Math.floor(PICTURE_SIDE / Math.max(height, width)));
  const canvas = document.getElementById("picture"), field = fieldOf(rows.get(state.row), state.y, state.x);
  const planes = (channels === 3 ? [0, 1, 2] : [0, 0, 0]).map((channel) => mapOf(input, channel));
  // What a field reaches beyond the edge lies in the padding, and is drawn, too.
  const beyond = field ? Math.max(0, -field[0][0], -field[1][0], field[0][1] - height + 1, field[1][1] - width + 1) : 0;
  const margin = Math.min(beyond, Math.ceil(Math.max(height, width) / 4));
  canvas.width = (width + 2 * margin) * zoom;
  canvas.height = (height + 2 * margin) * zoom;
  const context = canvas.getContext("2d");
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const shades = planes.map((plane, channel) => {
        const low = picture.low[channel] ?? picture.low[0], high = picture.high[channel] ?? picture.high[0];
        return Math.round(255 * Math.max(0, Math.min(1, (plane[y * width + x] - low) / (high - low))));
      });
      context.fillStyle = `rgb(${shades.join()})`;
      context.fillRect((x + margin) * zoom, (y + margin) * zoom, zoom, zoom);
    }
  const [down, across] = field ?? [], said = field ? words().field(down[1] - down[0] + 1, across[1] - across[0] + 1, down, across) : words().nofield;
  canvas.setAttribute("aria-label", `${picture.name}. ${said}`);
  tell("field", said);
  if (!field) return;
  context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--mark");
  context.lineWidth = Math.max(2, zoom / 3);
  context.strokeRect((across[0] + margin) * zoom, (down[0] + margin) * zoom, (across[1] - across[0] + 1) * zoom, (down[1] - down[0] + 1) * zoom);
}

function drawScores() {
  const picture = record.pictures[state.picture], largest = Math.max(...picture.scores);
  const order = [...picture.scores.keys()].sort((first, second) => picture.scores[second] - picture.scores[first]).slice(0, 10);
  fill("scores", ...order.map((number) => {
    const name = record.classes[number] ?? String(number), bar = element("i");
    bar.style.width = `${(100 * picture.scores[number]) / (largest || 1)}%`;
    const button = element("button", { className: "bar", type: "button", disabled: !(number in picture.reasons || record.live), onclick: () => choose({ reason: state.reason === number ? null : number }) },
      element("span", { textContent: name }), element("span", {}, bar), element("b", { textContent: shown(picture.scores[number]) }));
    button.setAttribute("aria-pressed", state.reason === number);
    button.dataset.class = number;
    return button;
  }));
  if (state.reason === null || !(state.reason in picture.reasons)) return fill("reasons");
  if (picture.words) return fill("reasons", element("p", { textContent: words().why(record.classes[state.reason]) }));
  fill("reasons", element("p", { textContent: words().why(record.classes[state.reason]) }), ...picture.reasons[state.reason].map((reason) => {
    const values = numbers(reason.values), [height, width] = reason.values.shape;
    const canvas = paint(element("canvas"), values, height, width, 140, Math.max(...values.map(Math.abs))), title = words().method(reason.title);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${title}: ${words().why(record.classes[state.reason])}`);
    return element("figure", {}, canvas, element("figcaption", { textContent: title }));
  }));
}

/** Whether a column says what a row does, and neither its shape, which stands beside the name, nor what a source claims. */
function isShown(column) {
  return !/^(Maps|Size|Neurons|Parameters|Connections|Operations|Note)$/.test(column);
}

/** Move the focus to the next or the last of some elements, by the keys that are given with their steps. */
function moveAmong(event, selector, steps) {
  const all = [...document.querySelectorAll(selector)], next = all[all.indexOf(event.currentTarget) + (steps[event.key] ?? NaN)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function drawRows() {
  fill("rows", ...record.rows.map((row) => {
    const [type, ...cells] = Object.entries(state.language === "ko" ? row.korean : row.cells).filter((_, place) => isShown(Object.keys(row.cells)[place])).map(([name, text], place) => (place === 0 ? text : `${name} ${text}`));
    const said = cells.join(" · ");
    const button = element("button", { type: "button", onclick: () => chooseRow(row), onkeydown: (event) => moveAmong(event, "#rows button", { ArrowDown: 1, ArrowUp: -1 }) },
      element("span", { textContent: row.name === type ? row.name : `${row.name}  ${type ?? ""}` }), element("span", { className: "shape", textContent: row.shape.join("×") }), ...(said ? [element("small", { textContent: said })] : []));
    button.dataset.row = row.name;
    button.setAttribute("aria-pressed", row.name === state.row);
    return element("tr", {}, element("td", {}, button));
  }));
}

/** Show a row where its value is largest; where the maps lie below the table, bring them into view. */
function chooseRow(row) {
  choose({ row: row.name, ...strongest(row) });
  if (matchMedia("(max-width: 60rem)").matches) document.getElementById("maps-title").scrollIntoView();
}

/** Return the place of a row's largest value. */
function strongest(row) {
  const held = record.pictures[state.picture].maps[row.name], values = numbers(held.values), { height, width } = axes(row);
  const place = values.reduce((most, value, number) => (value > values[most] ? number : most), 0), cell = place % (height * width);
  return { map: held.kept[Math.floor(place / (height * width))], y: Math.floor(cell / width), x: cell % width };
}

function drawMaps() {
  const row = rows.get(state.row), { channels, height, width } = axes(row), held = record.pictures[state.picture].maps[row.name];
  const values = numbers(held.values), largest = values.reduce((most, value) => Math.max(most, Number.isFinite(value) ? Math.abs(value) : 0), 0);
  document.getElementById("maps-title").textContent = words().maps(row.name);
  document.getElementById("maps-note").textContent = `${row.shape.length === 1 ? words().units(channels) : words().kept(held.kept.length, channels)} ${words().orange}`;
  const isFlat = row.shape.length === 1;
  if (record.pictures[state.picture].words && row.sum?.kind === "kernels") return drawWindows(row, held);
  fill("maps", ...held.kept.map((number) => {
    const canvas = paint(element("canvas"), mapOf(row, number), height, width, isFlat ? 18 : MAP_SIDE, largest);
    const button = element("button", { type: "button", onclick: (event) => choose(placeOf(event, row, number, canvas)), onkeydown: (event) => move(event, row, number) }, canvas, element("small", { textContent: number }));
    asMap(button, number);
    button.setAttribute("aria-label", isFlat ? words().number(number) : words().place(number, state.y, state.x));
    if (number === state.map && !isFlat) canvas.style.outline = "2px solid var(--mark)";
    return button;
  }));
  const list = document.getElementById("maps"), chosen = list.querySelector('[aria-pressed="true"]');
  if (chosen) list.scrollTop = chosen.offsetTop - 6;
}

/** Mark the button of a map; the chosen one alone is reached by Tab, the others by keys from there. */
function asMap(button, map) {
  button.dataset.map = map;
  button.setAttribute("aria-pressed", map === state.map);
  button.tabIndex = map === state.map ? 0 : -1;
  return button;
}

/** Write the windows of words that the maps of a row answer to most strongly, the strongest first. */
function drawWindows(row, held) {
  const { height, width } = axes(row), picture = record.pictures[state.picture];
  const found = held.kept.map((map) => {
    const values = mapOf(row, map), place = values.reduce((most, value, number) => (value > values[most] ? number : most), 0);
    return { map, y: Math.floor(place / width), x: place % width, value: values[place] };
  }).sort((first, second) => second.value - first.value).slice(0, MOST_WINDOWS);
  document.getElementById("maps-note").textContent = words().windows(found.length, axes(row).channels);
  const most = Math.max(...found.map(({ value }) => Math.abs(value)));
  fill("maps", ...found.map(({ map, y, x, value }) => {
    const bar = element("i"), seen = wordsOf(row.name, map, y), text = seen ? picture.words.slice(seen[0], seen[1] + 1).map((word) => word || "·").join(" ") : "";
    bar.style.width = `${(100 * Math.abs(value)) / (most || 1)}%`;
    const button = element("button", { type: "button", className: "bar window", onclick: () => choose({ map, y, x }), onkeydown: (event) => move(event, row, map) }, element("span", { textContent: `${map}: ${text}` }), element("span", {}, bar), element("b", { textContent: shown(value) }));
    return asMap(button, map);
  }));
}

function placeOf(event, row, map, canvas) {
  const { height, width } = axes(row), box = canvas.getBoundingClientRect();
  if (event.detail === 0) return { map, y: Math.min(state.y, height - 1), x: Math.min(state.x, width - 1) }; // by the keyboard
  const within = (part, length) => Math.max(0, Math.min(length - 1, Math.floor(part * length)));
  return { map, y: within((event.clientY - box.top) / box.height, height), x: within((event.clientX - box.left) / box.width, width) };
}

function move(event, row, map) {
  const { height, width } = axes(row), isFlat = row.shape.length === 1 || (record.pictures[state.picture].words && row.sum?.kind === "kernels");
  const shown = [...document.querySelectorAll("#maps [data-map]")].map((button) => Number(button.dataset.map)), step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const away = isFlat && step ? step[0] + step[1] : { PageUp: -1, PageDown: 1 }[event.key];
  if (away === undefined && !step) return;
  event.preventDefault();
  if (away !== undefined) {
    const next = shown[shown.indexOf(map) + away];
    if (next === undefined) return;
    choose({ map: next });
    document.querySelector(`#maps [data-map="${next}"]`).focus({ preventScroll: true });
    return;
  }
  const y = state.y + step[0], x = state.x + step[1];
  if (y >= 0 && x >= 0 && y < height && x < width) choose({ map, y, x });
}

/** Lay cells out in columns; one cell is reached by Tab, the others by arrow keys from there. */
function grid(caption, cells, columns) {
  const table = element("table", {}, element("caption", { textContent: caption })), reached = cells.filter((one) => one.onclick);
  for (let place = 0; place < cells.length; place += columns) table.append(element("tr", {}, ...cells.slice(place, place + columns)));
  if (!reached.length) return table;
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", caption);
  (reached.find((one) => one.classList.contains("chosen")) ?? reached[0]).tabIndex = 0;
  table.onkeydown = (event) => {
    const place = cells.indexOf(event.target), step = { ArrowUp: -columns, ArrowDown: columns, ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (place < 0) return;
    if (event.key === "Enter" || event.key === " ") event.target.click();
    else if (!step) return;
    event.preventDefault();
    let next = place + (step ?? cells.length);
    while (next in cells && !cells[next].onclick) next += step;
    if (!(next in cells)) return;
    event.target.tabIndex = -1;
    cells[next].tabIndex = 0;
    cells[next].focus();
  };
  return table;
}

function cell(part, number, largest) {
  const made = element("td", { textContent: shown(number), className: part.inside ? "" : "outside" });
  if (part === largest) made.classList.add("chosen");
  if (!part.inside) return made;
  made.onclick = () => choose({ row: part.row, map: part.map, y: part.y, x: part.x });
  made.dataset.cell = "";
  made.tabIndex = -1;
  return made;
}

function weightCell(part, most) {
  const made = cell(part, part.weight, most);
  made.dataset.weight = part.number ?? "";
  return made;
}

function drawWindow(found, columns) {
  const channels = grouped(found.terms, (part) => `${part.row} ${part.map}`), most = largestTerm(found);
  const amount = (parts) => total(parts.map((part) => part.value * (part.weight ?? 1)));
  const order = [...channels].sort(([, first], [, second]) => Math.abs(amount(second)) - Math.abs(amount(first)));
  const blocks = order.slice(0, MOST_CHANNELS).map(([channel, parts]) => {
    const tables = [grid(`${words().x}, ${words().channel(channel)}`, parts.map((part) => cell(part, part.value, most)), columns)];
    if (parts[0].weight !== null) {
      tables.push("×", grid(words().w, parts.map((part) => weightCell(part, most)), columns));
      tables.push("=", grid(words().product, parts.map((part) => cell(part, part.value * part.weight, most)), columns));
    }
    return element("div", { className: "sum" }, ...tables);
  });
  const rest = order.slice(MOST_CHANNELS);
  if (rest.length) blocks.push(element("p", { textContent: words().more(rest.length, shown(total(rest.map(([, parts]) => amount(parts))))) }));
  return blocks;
}

function grouped(terms, nameOf) {
  const found = new Map();
  for (const part of terms) {
    const name = nameOf(part);
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(part);
  }
  return found;
}

/** Write what each line of a kernel adds that is wider than a page: that of a word, where a kernel is as wide as its vector. */
function drawLines(found) {
  const lines = [...grouped(found.terms, (part) => part.y)], own = rows.get(found.terms[0].row);
  const amounts = lines.map(([y, parts]) => [y, total(parts.map((part) => part.value * part.weight))]), most = Math.max(...amounts.map(([, amount]) => Math.abs(amount)));
  const table = element("table", {}, element("caption", { textContent: words().lines(lines[0][1].length) }));
  for (const [y, amount] of amounts) {
    const name = own.sum?.kind === "looked up" ? wordAt(y) : words().line(y), cell = element("td", { textContent: shown(amount) });
    cell.classList.toggle("chosen", Math.abs(amount) === most);
    table.append(element("tr", {}, element("td", { textContent: name, className: "word" }), cell));
  }
  return element("div", { className: "sum" }, table);
}

/** Return a word of the sentence, by its place among the words that the network reads. */
function wordAt(place) {
  const word = record.pictures[state.picture].words?.[place];
  return word === undefined || word === "" ? words().padding_ : word;
}

/** Return how many numbers stand in a line where nothing else says it: as many as have room. */
function columnsOfTerms() {
  return Math.max(2, Math.min(MOST_COLUMNS, Math.floor(document.getElementById("unit").clientWidth / NUMBER_WIDTH)));
}

function drawTerms(found) {
  const sorted = [...found.terms].sort((first, second) => Math.abs(amountOf(found, second)) - Math.abs(amountOf(found, first)));
  const near = sorted.slice(0, MOST_TERMS), rest = sorted.slice(MOST_TERMS), most = sorted[0], columns = columnsOfTerms();
  const line = (caption, number) => grid(caption, near.map((part) => cell(part, number(part), most)), columns);
  const tables = [line(`${words().x} (${found.terms[0].row}), ${words().strongest}`, (part) => part.value), grid(words().w, near.map((part) => weightCell(part, most)), columns), line(found.kind === "distance" ? "(x - w)²" : words().product, (part) => amountOf(found, part))];
  const block = [element("div", { className: "sum" }, ...tables)];
  if (rest.length) block.push(element("p", { textContent: words().moreTerms(rest.length, shown(total(rest.map((part) => amountOf(found, part))))) }));
  return block;
}

function drawUnit() {
  const row = rows.get(state.row), found = unit(state.row, state.map, state.y, state.x), parts = [];
  const where = row.shape.length === 1 ? words().number(state.map) : words().place(state.map, state.y, state.x);
  tell("value", `${row.name}: ${where}: ${shown(found.value)}`);
  const lines = [], asked = `striate see … --unit ${row.name.includes(" ") ? `"${row.name}:${state.map},${state.y},${state.x}"` : `${row.name}:${state.map},${state.y},${state.x}`}`;
  if (found.kind === "input") parts.push(element("p", { textContent: record.pictures[state.picture].words ? `${state.map}: ${wordAt(state.map)}` : words().input }));
  else if (found.kind === "none") parts.push(element("p", { textContent: words().elsewhere(asked) }));
  else if (found.absent) parts.push(element("p", { textContent: words().absent(asked) }));
  else {
    const across = row.sum.window ? row.sum.window[1].kernel : found.terms.length;
    if (found.kind === "looked up") parts.push(element("p", { textContent: words().lookedUp(wordAt(state.y), state.x) }));
    else if (found.kind === "full" || found.kind === "distance") parts.push(...drawTerms(found));
    else if (found.kind === "kernels" && across > MOST_COLUMNS) parts.push(drawLines(found), ...drawTerms(found));
    else parts.push(...drawWindow(found, across === 1 || across > MOST_COLUMNS ? Math.min(columnsOfTerms(), found.terms.length) : across));
    if (found.kind === "largest") lines.push(`${words().largest} = ${shown(found.total)}`);
    else if (found.kind === "mean") lines.push(`${words().divided} ${found.divisor}: ${shown(found.total)}`);
    else if (found.kind === "power") lines.push(`(${words().powers(row.sum.p)}${found.divisor === 1 ? "" : ` / ${shown(found.divisor)}`})^(1/${row.sum.p}) = ${shown(found.total)}`);
    else if (found.kind === "neighbours") lines.push(`x / (${row.sum.k} + ${row.sum.coefficient} · ${words().squares})^${row.sum.beta} = ${shown(found.total)}`);
    else if (found.kind === "same" || found.kind === "copied") lines.push(words().same);
    else if (found.kind === "moved") lines.push(found.terms[0].inside ? words().moved : words().padded);
    else if (found.kind === "multiplied") lines.push(`${words().multiplied} = ${shown(found.total)}`);
    else if (found.kind === "distance") lines.push(`${words().distance} = ${shown(found.total)}`);
    else if (found.kind === "normalized") lines.push(words().group(found.count, shown(found.mean), shown(found.variance)), `${shown(found.gain)} · (${shown(found.terms[0].value)} - ${shown(found.mean)}) / √(${shown(found.variance)} + ${row.sum.epsilon}) + ${shown(found.bias)} = ${shown(found.total)}`);
    else if (found.kind === "added") lines.push(`${words().added} = ${shown(found.total)}`);
    else if (found.kind === "looked up") lines.push(words().vector);
    else lines.push(`${words().sum} + ${words().bias} = ${shown(found.total - found.bias)} + ${shown(found.bias)} = ${shown(found.total)}`);
    if (row.sum.weights?.dtype === "f2") parts.push(element("p", { textContent: words().half(shown(total(found.terms.map((part) => Math.abs(part.value * part.weight))) / 2 ** 11)) }));
  }
  const inner = row.function && found.total !== null ? `${row.function}(${shown(found.total)}) = ` : "";
  lines.push(`${words().value} = ${inner}${shown(found.value)}`);
  fill("unit", ...parts, ...lines.map((text) => element("div", { className: "total", textContent: text })));
  const steps = path(state.row, state.map, state.y, state.x);
  if (steps.length < 2) return fill("path");
  fill("path", element("p", { textContent: words().path }), element("ol", {}, ...steps.map((step, number) => {
    const many = rows.get(step.row).shape.length > 1;
    const text = many ? `${step.row} ${step.map}:${step.y},${step.x}` : `${step.row} ${step.map}`;
    const button = element("button", { type: "button", textContent: text, onclick: () => choose({ row: step.row, map: step.map, y: step.y, x: step.x }) });
    button.dataset.step = number;
    return element("li", {}, button);
  })));
}

function draw() {
  const held = heldFocus();
  isDrawn = true;
  document.documentElement.lang = state.language;
  document.getElementById("title").textContent = record.title;
  if (record.pictures[state.picture].words) document.getElementById("picture-title").textContent = words().sentence;
  for (const part of ["rows", "picture", "scores", "unit"].filter((one) => one !== "picture" || !record.pictures[state.picture].words)) document.getElementById(`${part}-title`).textContent = words()[part];
  document.getElementById("language").textContent = words().language;
  document.getElementById("theme").textContent = isDark() ? words().light : words().dark;
  document.getElementById("pictures").setAttribute("aria-label", words().pictures);
  fill("pictures", ...(record.pictures.length < 2 ? [] : record.pictures.map((picture, number) => {
    const button = element("button", { type: "button", textContent: picture.name, onclick: () => choose({ picture: number }) });
    button.setAttribute("aria-pressed", number === state.picture);
    button.dataset.picture = number;
    return button;
  })));
  drawRows();
  drawMaps();
  drawPicture();
  drawScores();
  drawUnit();
  afterDrawing.forEach((follow) => follow());
  isDrawn = false;
  if (held) giveFocusTo(held);
}

/** Return what has the focus, by what its element is called, and what is being written there. */
function heldFocus() {
  const one = document.activeElement, [kind, name] = Object.entries(one?.dataset ?? {})[0] ?? [];
  if (kind === undefined) return null;
  const isWritten = one.matches("input") && one.value !== one.defaultValue;
  return { kind, name, written: isWritten ? [one.value, one.selectionStart, one.selectionEnd] : null };
}

/** Drawing again takes the focus away; whoever moves or writes by keys must keep it, or be where the choice led. */
function giveFocusTo({ kind, name, written }) {
  const again = kind === "cell" ? null : document.querySelector(`[data-${kind}="${CSS.escape(name)}"]`);
  if (again && written) again.value = written[0];
  (again ?? document.querySelector('#maps [aria-pressed="true"]'))?.focus({ preventScroll: true });
  if (again && written) again.setSelectionRange(written[1], written[2]);
}

/** Write a text; one that stands there already is not read out again. */
function tell(id, text) {
  const one = document.getElementById(id);
  if (one.textContent !== text) one.textContent = text;
}

function choose(change) {
  Object.assign(state, change);
  // Where nothing is slow, reasons for the likeliest class are shown unasked.
  if (change.picture !== undefined && change.reason === undefined) state.reason = record.live && !record.quick ? null : best(record.pictures[state.picture]);
  const held = record.pictures[state.picture].maps[state.row], { height, width } = axes(rows.get(state.row));
  if (!held.kept.includes(state.map) || state.y >= height || state.x >= width) Object.assign(state, strongest(rows.get(state.row)));
  draw();
}

function best(picture) {
  return picture.scores.indexOf(Math.max(...picture.scores));
}

function isDark() {
  return (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
}

document.getElementById("language").onclick = () => choose({ language: state.language === "en" ? "ko" : "en" });
document.getElementById("theme").onclick = () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  draw();
};
const first = [...record.rows].reverse().find((row) => row.shape.length === 3 && row.shape[1] * row.shape[2] > 1 && row.sum) ?? record.rows[0];
choose({ row: first.name, ...strongest(first), picture: 0 });
window.striate = { get record() { return record; }, unit, path, choose, valueAt: (row, map, y, x) => valueAt(rows.get(row), map, y, x) };
