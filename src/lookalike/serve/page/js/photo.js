// A shopper's picture: made small on the device before it is sent, kept in this tab's memory only.

const LONGEST_SIDE = 1024;
const SMALL_ENOUGH_BYTES = 600_000;
const KEPT = 16;

const photos = new Map();
// The history outlives a reload, the photographs do not: their ids never come again.
const opened = Date.now();
let next = 1;

// A photo ready for the search; one that this browser cannot decode is sent as it is, for the server to judge.
export async function preparePhoto(file) {
  let bitmap = null;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return keep({ blob: file, url: null, width: 0, height: 0 });
  }
  try {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    const untouched = scale === 1 && file.size <= SMALL_ENOUGH_BYTES;
    const blob = untouched ? file : await redraw(bitmap, width, height);
    return keep({ blob, url: URL.createObjectURL(blob), width, height });
  } finally {
    bitmap.close();
  }
}

async function redraw(bitmap, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the canvas gave no picture"))), "image/jpeg", 0.92);
  });
}

function keep(photo) {
  photo.id = `${opened}.${next++}`;
  photos.set(photo.id, photo);
  for (const [id, old] of photos) {
    if (photos.size <= KEPT) break;
    if (old.url) URL.revokeObjectURL(old.url);
    photos.delete(id);
  }
  return photo;
}

// The photo of an earlier search of this tab, for the back button; null once the tab was reloaded.
export const keptPhoto = (id) => photos.get(id) ?? null;

// Of several files the first that says it is a picture or a clip; of none that does, the first, for the server to judge.
export function firstPicture(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.find(({ type }) => /^(image|video)\//.test(type)) ?? files[0] ?? null;
}
