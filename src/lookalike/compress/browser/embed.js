// Pictures to vectors in the browser, as Lookalike makes them in Python: the same cut, the same filter, the same graph.
// Needs ONNX Runtime Web as `ort`. `const model = await open(".")`, then `await model.embed(blob)` gives a Float32Array.

const SUPPORT = { bilinear: 1, bicubic: 2, lanczos: 3 };
const FILTERS = {
  bilinear: (x) => Math.max(0, 1 - Math.abs(x)),
  bicubic: (x) => {
    const a = -0.5, t = Math.abs(x);
    if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
  },
  lanczos: (x) => {
    const sinc = (v) => (v === 0 ? 1 : Math.sin(Math.PI * v) / (Math.PI * v));
    return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
  },
};

// Weights of each of `n` results over [low, high) of `length` pixels; wider when it gets smaller, so that nothing aliases.
function weights(length, low, high, n, filter) {
  const scale = (high - low) / n, wide = Math.max(scale, 1), support = SUPPORT[filter] * wide;
  return Array.from({ length: n }, (_, i) => {
    const centre = low + (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(length, Math.trunc(centre + support + 0.5));
    const row = [];
    for (let j = first; j < last; j++) row.push(FILTERS[filter]((j - centre + 0.5) / wide));
    const sum = row.reduce((a, b) => a + b, 0);
    return { first, row: row.map((value) => value / sum) };
  });
}

// RGBA pixels, cut to a box and resized: first along rows, then along columns, eight bits between.
export function resized(pixels, width, height, box, outWidth, outHeight, filter) {
  const across = weights(width, box[0], box[2], outWidth, filter);
  const down = weights(height, box[1], box[3], outHeight, filter);
  const between = new Uint8ClampedArray(height * outWidth * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < outWidth; x++)
      for (let c = 0; c < 3; c++) {
        const { first, row } = across[x];
        let sum = 0;
        for (let k = 0; k < row.length; k++) sum += row[k] * pixels[(y * width + first + k) * 4 + c];
        between[(y * outWidth + x) * 3 + c] = Math.floor(Math.min(255, Math.max(0, sum)) + 0.5);
      }
  const out = new Uint8Array(outHeight * outWidth * 3);
  for (let y = 0; y < outHeight; y++)
    for (let x = 0; x < outWidth; x++)
      for (let c = 0; c < 3; c++) {
        const { first, row } = down[y];
        let sum = 0;
        for (let k = 0; k < row.length; k++) sum += row[k] * between[((first + k) * outWidth + x) * 3 + c];
        out[(y * outWidth + x) * 3 + c] = Math.floor(Math.min(255, Math.max(0, sum)) + 0.5);
      }
  return out;
}

const even = (x) => { // Python rounds halves to the even neighbour
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor % 2) : Math.round(x);
};

// The square that the model takes, uint8, row by row, red, green, blue.
export function square(pixels, width, height, how) {
  const size = how.size_pixels, filter = how.interpolation;
  if (how.fit === "squash") return resized(pixels, width, height, [0, 0, width, height], size, size, filter);
  if (how.fit === "crop") {
    const shorter = even(size / how.crop_fraction);
    const w = width <= height ? shorter : Math.trunc((shorter * width) / height);
    const h = height <= width ? shorter : Math.trunc((shorter * height) / width);
    const left = even((w - size) / 2), upper = even((h - size) / 2), sx = width / w, sy = height / h;
    const box = [left * sx, upper * sy, (left + size) * sx, (upper + size) * sy];
    return resized(pixels, width, height, box, size, size, filter);
  }
  const scale = size / Math.max(width, height);
  const w = Math.max(1, even(width * scale)), h = Math.max(1, even(height * scale));
  const inner = resized(pixels, width, height, [0, 0, width, height], w, h, filter);
  const out = new Uint8Array(size * size * 3).fill(how.pad_value);
  const left = Math.floor((size - w) / 2), upper = Math.floor((size - h) / 2);
  for (let y = 0; y < h; y++) out.set(inner.subarray(y * w * 3, (y + 1) * w * 3), ((upper + y) * size + left) * 3);
  return out;
}

function tensor(values, description) {
  const size = description.preprocessing.size_pixels, [axes, type] = description.layout.split("_");
  const { mean, std } = description.preprocessing, float = type === "float32";
  const data = float ? new Float32Array(values.length) : new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const c = i % 3, at = axes === "nhwc" ? i : c * size * size + (i - c) / 3;
    data[at] = float ? (values[i] / 255 - mean[c]) / std[c] : values[i];
  }
  const shape = axes === "nhwc" ? [1, size, size, 3] : [1, 3, size, size];
  return new ort.Tensor(float ? "float32" : "uint8", data, shape);
}

export async function open(folder) {
  const description = await (await fetch(`${folder}/description.json`)).json();
  const session = await ort.InferenceSession.create(`${folder}/model.onnx`, { executionProviders: ["wasm"] });
  async function embed(blob) {
    const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height), pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; // what is transparent stands on white
    pen.fillRect(0, 0, bitmap.width, bitmap.height);
    pen.drawImage(bitmap, 0, 0);
    bitmap.close(); // else hundreds of megabytes of large photographs wait to be collected
    const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height);
    const values = square(data, width, height, description.preprocessing);
    const ran = await session.run({ [description.input]: tensor(values, description) });
    const row = ran[description.output].data;
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    return Float32Array.from(row, (value) => value / length);
  }
  return { description, embed };
}
