// What the bytes of a picture say before it is decoded: its kind, its size; and the same
// bytes without colour profile, which browsers apply differently and platforms ignore.
//
// Bytes that make no sense are left as they are: the decoder is the judge.

const LEFT_OUT = [
  ...["ICC_PROFILE", "ICCP", "iCCP", "gAMA", "cHRM", "sRGB", "cICP"], // what colours mean
  ...["EXIF", "eXIf"], // of WebP and PNG: not all browsers turn by it, so the page does
];
const WEBP_FLAGS = 0x28; // of a VP8X chunk: there is a profile, there is EXIF
const ORIENTATION = 0x0112; // the EXIF tag
const SHORT = 3; // and its type
const JPEG_END = new Uint8Array([0xff, 0xd9]);

// How each kind is made of parts: where the first begins; where a part has its name, and
// where it ends.
const LAYOUTS = {
  jpeg: { first: 2, name: 4, letters: 11, endOf: jpegSegmentEnd },
  png: { first: 8, name: 4, letters: 4, endOf: (view, at) => at + 12 + view.getUint32(at) },
  webp: { first: 12, name: 0, letters: 4, endOf: webpChunkEnd },
};

function textAt(bytes, at, length) {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// "jpeg", "png", "webp", "gif", "bmp", "avif", "heic", "video" or "unknown".
function kindOf(bytes) {
  const start = textAt(bytes, 0, 80);
  const kinds = [
    [/^\xff\xd8/, "jpeg"],
    [/^\x89PNG/, "png"],
    [/^RIFF.{4}WEBP/s, "webp"],
    [/^GIF8/, "gif"],
    [/^BM/, "bmp"],
    [/^.{4}ftyp(avi[fs]|m[is]f1.*avif)/s, "avif"],
    [/^.{4}ftyp(he[ivx]|m[is]f1)/s, "heic"],
    [/^(RIFF|.{4}ftyp|\x1aE\xdf\xa3)/s, "video"], // the last: Matroska, WebM
  ];
  return kinds.find(([pattern]) => pattern.test(start))?.[1] ?? "unknown";
}

// The parts before the pixels: {name, start, end} each, in order.
function partsOf(bytes, kind) {
  const { first, name, letters, endOf } = LAYOUTS[kind];
  const view = viewOf(bytes);
  const parts = [];
  try {
    let start = first;
    let end = endOf(view, start);
    while (end <= bytes.length) {
      parts.push({ name: textAt(bytes, start + name, letters), start, end });
      start = end;
      end = endOf(view, start);
    }
  } catch {
    // cut short: what is left is no whole part
  }
  return parts;
}

function jpegSegmentEnd(view, at) {
  const marker = view.getUint16(at);
  if (marker === 0xffff) {
    return at + 1; // a filling byte
  }
  if (marker < 0xffc0 || marker === 0xffda || (marker >= 0xffd0 && marker <= 0xffd9)) {
    return Infinity; // the pixels, or nonsense
  }
  return at + 2 + view.getUint16(at + 2);
}

function webpChunkEnd(view, at) {
  const length = view.getUint32(at + 4, true);
  return Math.min(at + 8 + length + (length & 1), view.byteLength);
}

// [width, height] in pixels as the header of a JPEG or PNG states them: the kinds of which
// phones make pictures that are too large to be decoded. Null where it is not read.
function sizeOf(bytes, kind) {
  const view = viewOf(bytes);
  if (kind === "png" && bytes.length >= 24) {
    return [view.getUint32(16), view.getUint32(20)];
  }
  if (kind === "jpeg") {
    for (const { start, end } of partsOf(bytes, kind)) {
      const marker = bytes[start + 1];
      const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
      if (frame && end >= start + 9) {
        return [view.getUint16(start + 7), view.getUint16(start + 5)];
      }
    }
  }
  return null;
}

// The same picture without colour profile, and with an end.
function untag(bytes, kind) {
  if (!LAYOUTS[kind]) {
    return bytes;
  }
  const parts = partsOf(bytes, kind);
  const first = LAYOUTS[kind].first;
  const rest = parts.at(-1)?.end ?? first;
  const kept = parts.filter((part) => !LEFT_OUT.includes(part.name));
  const whole = joined([
    bytes.subarray(0, first),
    ...kept.map((part) => bytes.subarray(part.start, part.end)),
    bytes.subarray(rest),
    // Browsers show what there is of a file that was cut short, but only up to an end.
    ...(kind === "jpeg" ? [JPEG_END] : []),
  ]);
  if (kind === "webp") {
    correctWebp(whole, bytes.length - whole.length);
  }
  return whole;
}

// One array: Firefox decodes no picture from a Blob of several parts in a sandboxed frame.
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// What its head says of parts that are gone.
function correctWebp(bytes, removed) {
  const view = viewOf(bytes);
  view.setUint32(4, view.getUint32(4, true) - removed, true);
  if (textAt(bytes, 12, 4) === "VP8X" && bytes.length > 20) {
    bytes[20] &= ~WEBP_FLAGS;
  }
}

// How a picture still has to be turned once the browser has decoded it: EXIF 1 to 8.
function orientationOf(bytes, kind) {
  const parts = kind === "png" || kind === "webp" ? partsOf(bytes, kind) : [];
  const exif = parts.findLast((part) => part.name === "EXIF" || part.name === "eXIf");
  return exif ? exifOrientation(bytes.subarray(exif.start + 8, exif.end)) : 1;
}

// Anything odd counts as 1, as in decode/exif.py.
function exifOrientation(exif) {
  const start = textAt(exif, 0, 4) === "Exif" ? 6 : 0;
  const view = viewOf(exif.subarray(start));
  try {
    const little = view.getUint16(0) === 0x4949;
    const directory = view.getUint32(4, little);
    const values = [];
    for (let left = view.getUint16(directory, little), at = directory + 2; left > 0; left--) {
      if (view.getUint16(at, little) === ORIENTATION) {
        values.push(view.getUint16(at + 2, little) === SHORT ? view.getUint16(at + 8, little) : 1);
      }
      at += 12;
    }
    return values.length === 1 && values[0] >= 1 && values[0] <= 8 ? values[0] : 1;
  } catch {
    return 1;
  }
}
