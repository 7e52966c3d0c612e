// What a visitor takes away from a chart: its numbers, its picture, the settings of both.

const version = new URL(import.meta.url).search;
const { take } = await import(`./wire.js${version}`);
const { element } = await import(`./sliders.js${version}`);

// Pictures leave on white, whatever the theme: they go into papers and slides.
export const PAPER = { text: "#1a1d21", line: "#d5d9e0", font: "sans-serif" };
const NARROWEST = 640; // pixels
const LINE = 110; // characters of the settings in a line of a picture
const LONGEST = 60; // characters of one setting in a picture; the file of the settings has them all
const ROOM = { title: 44, legend: 24, line: 14 }; // pixels

// Cells as text for a spreadsheet. A text that it would run as a formula is made plain.
export function csv(columns) {
  const cell = (value) =>
    typeof value === "number" ? String(value) : `"${plain(String(value)).replaceAll('"', '""')}"`;
  const rows = [columns.map(([title]) => cell(title))];
  const count = Math.max(...columns.map(([, cells]) => cells.length));
  for (let row = 0; row < count; row++) {
    rows.push(columns.map(([, cells]) => cell(cells[row] ?? "")));
  }
  return rows.map((row) => row.join(",")).join("\r\n");
}

// Invisible characters before the sign and its wide forms count too (as in ui/escape.py).
export function plain(text) {
  const seen = text.replace(/^[\p{C}\p{Z}]+/u, "");
  const sign = [...seen.slice(0, 2)][0]?.normalize("NFKC")[0];
  return "=+-@".includes(sign ?? " ") || /^[\t\r\n]/.test(text) ? `'${text}` : text;
}

// The chart's columns at every frame, one below the other, with the frame in front.
export function everyFrame({ columns }, arrays, frames, selected, word) {
  const all = [[word, []], ...columns.map(([title]) => [title, []])];
  for (let frame = 0; frame < frames; frame++) {
    const cells = columns.map(([, one]) =>
      Array.isArray(one) ? one : take(one, arrays, frame, selected)
    );
    cells[0].forEach(() => all[0][1].push(frame));
    cells.forEach((column, index) => all[index + 1][1].push(...column));
  }
  return all;
}

// The settings as the file that the page can open again.
export function settings(page, address) {
  return JSON.stringify({ application: "ContraNorm Lab", version: 1, page, address }, null, 2);
}

// A chart as a picture on white, with its title and its settings in it.
export async function picture(plotly, { data, layout }, { format, width, title, page, address }) {
  const said = Object.entries(address).map(([name, value]) => `${name} = ${short(value)}`);
  const lines = broken([`ContraNorm Lab, ${page}`, ...said]);
  const margin = layout.margin ?? {};
  const above = ROOM.title + (layout.showlegend ? ROOM.legend : 0);
  const below = ROOM.line * (lines.length + 1);
  const height = (layout.height ?? 330) + above + below;
  const bottom = (margin.b ?? 46) + below;
  const drawn = {
    ...layout,
    width: Math.max(width, NARROWEST),
    height,
    autosize: false,
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    margin: { ...margin, t: (margin.t ?? 8) + above, b: bottom },
    title: { text: escaped(title), x: 0.02, y: 1 - 22 / height, font: { size: 15 } },
    annotations: [
      ...(layout.annotations ?? []),
      {
        text: lines.map(escaped).join("<br>"),
        showarrow: false,
        align: "left",
        font: { size: 10 },
        ...{ xref: "paper", yref: "paper", x: 0, y: 0 },
        ...{ xanchor: "left", yanchor: "bottom", yshift: -bottom + 4 },
      },
    ],
  };
  const size = { format, width: drawn.width, height, scale: format === "png" ? 2 : 1 };
  const url = await plotly.toImage({ data, layout: drawn }, size);
  if (format === "png") return (await fetch(url)).blob();
  const text = decodeURIComponent(url.slice(url.indexOf(",") + 1));
  return new Blob([described(text, title, settings(page, address))], { type: "image/svg+xml" });
}

export function save(content, name, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000); // some browsers read it later
}

// Title and settings as metadata; in ASCII, since XML forbids some characters even when escaped.
function described(text, title, about) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const ascii = about.replace(
    /[^\n\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  );
  for (const [name, content] of [["desc", ascii], ["title", title]]) {
    const node = parsed.createElementNS("http://www.w3.org/2000/svg", name);
    node.textContent = content;
    parsed.documentElement.prepend(node);
  }
  return new XMLSerializer().serializeToString(parsed);
}

function short(value) {
  const clean = String(value).replace(/[\p{C}\p{Z}]+/gu, " ");
  const characters = [...clean];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join("")}…` : clean;
}

function broken(parts) {
  const lines = [""];
  for (const part of parts) {
    const line = lines.at(-1);
    if (line && line.length + part.length > LINE) lines.push(part);
    else lines[lines.length - 1] = line ? `${line}  ·  ${part}` : part;
  }
  return lines;
}

// Plotly reads a few tags in its texts; a visitor's are none.
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
