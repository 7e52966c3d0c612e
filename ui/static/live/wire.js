// One message: four bytes of header length, the header as JSON, then float32 arrays (ui/scene.py).

export function decode(bytes) {
  const whole = bytes instanceof ArrayBuffer ? bytes : bytes.slice().buffer; // aligned to its start
  const length = new DataView(whole).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, length)));
  const arrays = {};
  let start = 4 + length;
  for (const [name, shape] of header.scene.arrays) {
    const count = shape.reduce((product, size) => product * size, 1);
    arrays[name] = { shape, values: new Float32Array(whole, start, count) };
    start += 4 * count;
  }
  return { header, scene: header.scene, arrays };
}

// The numbers a `Take` names: per axis an index, "frame" for the frame on screen, "selected" for
// what is marked, null for all.
export function take({ take: name, at }, arrays, frame, selected) {
  const { shape, values } = arrays[name];
  const walk = (axis, offset) => {
    if (axis === shape.length) return values[offset];
    const one = at[axis];
    const next = (index) => walk(axis + 1, offset * shape[axis] + index);
    if (one === null) return Array.from({ length: shape[axis] }, (_, index) => next(index));
    return next({ frame, selected }[one] ?? one);
  };
  const found = walk(0, 0);
  return Array.isArray(found) ? found : [found];
}

export function filled(value, arrays, frame, selected) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  if ("take" in value) return take(value, arrays, frame, selected);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, filled(item, arrays, frame, selected)])
  );
}
