// The case file: what is saved, byte for byte as docs/case-file.md has it.

const LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; // without 0, 1, I and O

function randomLetters(count) {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
}

function grouped(letters) {
  return letters.match(/.{4}/g).join("-");
}

// A new case: its number, the code with which its hashes can be withdrawn, and the lock that
// fits the code: its SHA-256, soon.
function newCase() {
  const letters = randomLetters(16);
  return { number: grouped(randomLetters(8)), code: grouped(letters), lock: sha256(letters) };
}

async function sha256(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The text of the file. pictures: {hash, quality, kind}, kind null or one of the schema.
function caseText(number, lock, pictures) {
  const document = {
    case: number,
    pictures: pictures.map(({ hash, kind, quality }) => ({ algorithm: "pdq", hash, kind, quality })),
    schema: "hashguard-case",
    version: 1,
    withdrawal: lock,
  };
  return JSON.stringify(document) + "\n";
}
