// The page: choose, hash, save; and forget all of it.

const MAX_PICTURES = 500; // of a case file

let session = newSession();
let last = Promise.resolve(); // the files being hashed: one lot after the other
let refused = ""; // why the browser cannot be trusted, once that is known

// All that the page knows of a person. Forgetting is putting a new one in its place.
function newSession() {
  return { pictures: [], chosen: 0, case: null, text: "", savedText: "", over: false };
}

// Every way for files to come in ends here, so here is where falsified pixels stop them.
function add(files) {
  const mine = session;
  const chosen = [...files];
  const turn = last.then(() => hashAll(mine, chosen));
  last = turn.catch(() => {}); // what went wrong with one lot must not stop the next
  return turn;
}

async function hashAll(mine, files) {
  const fault = refused || (await selfTest());
  if (fault) {
    refuse(fault);
    return;
  }
  if (mine.over || !files.length) {
    return;
  }
  const room = MAX_PICTURES - counting(mine).length;
  const pictures = files.slice(0, room).map((file) => {
    const picture = new Picture(++mine.chosen, file, takeOff);
    mine.pictures.push(picture);
    return picture;
  });
  one("pictures").append(...pictures.map((picture) => picture.row));
  setBusy(true);
  arrange();
  for (const picture of pictures) {
    await hashOne(mine, picture);
    if (mine.over) {
      return;
    }
  }
  setBusy(false);
  summarise(...(files.length > room ? ["bad_many", { n: MAX_PICTURES }] : readyCount(mine)));
}

async function hashOne(mine, picture) {
  if (!mine.pictures.includes(picture)) {
    return; // taken off the list while it waited
  }
  picture.tell("working");
  summarise("status_working", { n: picture.number });
  await nextTask();
  let found;
  try {
    found = await hashPicture(picture.file, (share) => picture.progress(share));
  } catch (error) {
    picture.fail(error instanceof Unreadable ? error.reason : "broken");
    return;
  }
  if (mine.over || !mine.pictures.includes(picture)) {
    return;
  }
  const same = mine.pictures.find((other) => other.counts && other.hash === found.hash);
  if (same) {
    same.sayTwice();
    remove(picture);
  } else {
    picture.finish(found);
  }
  await arrange();
}

function counting(mine) {
  return mine.pictures.filter((picture) => picture.counts);
}

function readyCount(mine) {
  const n = counting(mine).length;
  return n < 2 ? [`status_ready_${n}`] : ["status_ready", { n }];
}

function setBusy(busy) {
  one("pictures").setAttribute("aria-busy", busy);
}

// For those who listen.
function tell(key, values) {
  write(one("status"), key, values);
}

// For those who look, too.
function summarise(key, values) {
  write(one("summary"), key, values);
  tell(key, values);
}

function remove(picture) {
  session.pictures = session.pictures.filter((other) => other !== picture);
  picture.row.remove();
}

function takeOff(picture) {
  remove(picture);
  arrange();
  write(one("summary"), ...readyCount(session));
  tell("taken_off", { n: picture.number });
  // The button that had the focus is gone; the nearest thing that makes sense is the list.
  one(session.pictures.length ? "step-list" : "files").focus();
}

// Shows the steps that can be taken, and keeps what they offer up to date.
async function arrange() {
  const mine = session;
  const n = counting(mine).length;
  one("codes").hidden = !mine.pictures.length;
  one("keep").hidden = !n;
  one("end").hidden = !mine.chosen;
  write(one("choose-label"), mine.chosen ? "choose_more" : "choose");
  if (!n) {
    mine.text = one("text").textContent = "";
    return;
  }
  mine.case ??= newCase();
  for (const id of ["case-number", "sheet-case"]) {
    one(id).textContent = mine.case.number;
  }
  for (const id of ["withdrawal-code", "sheet-code"]) {
    one(id).textContent = mine.case.code;
  }
  write(one("sheet-count"), n === 1 ? "sheet_count_1" : "sheet_count", { n });
  const lock = await mine.case.lock;
  if (mine !== session || !counting(mine).length) {
    return; // forgotten or emptied in the meantime
  }
  mine.text = caseText(mine.case.number, lock, counting(mine));
  one("text").textContent = mine.text;
  if (mine.savedText && mine.savedText !== mine.text) {
    write(one("saved"), "changed");
  }
}

function save() {
  if (!session.text) {
    return; // the lock of the first code is not there yet: a moment
  }
  const name = `codes-${session.case.number}.json`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([session.text], { type: "application/json" }));
  link.download = name;
  link.click();
  // Revoked late: some browsers begin to read only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  session.savedText = session.text;
  one("saved").hidden = false;
  write(one("saved"), "saved", { name });
  tell("saved", { name });
  one("next").open = true;
}

// By the oldest way, for a sandboxed frame has no clipboard interface. The text is selected,
// too: so it can be copied by hand where this is not allowed. Not in a text field, whose contents
// browsers write down to restore a session.
function copy(text, shown, answer) {
  getSelection().selectAllChildren(shown);
  const put = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", put);
  const key = document.execCommand("copy") ? "copied" : "copy_failed";
  document.removeEventListener("copy", put);
  answer.hidden = false;
  write(answer, key);
  tell(key);
}

function copyNumbers() {
  const { number, code } = session.case;
  const text = `${say("case_number")}: ${number}\n${say("withdrawal_code")}: ${code}\n`;
  copy(text, one("numbers-list"), one("numbers-copied"));
}

// Forgets everything, and shows the page as it was at first.
function forget() {
  if (isBlank()) {
    return;
  }
  session.over = true;
  session = newSession();
  for (const id of ["case-number", "sheet-case", "withdrawal-code", "sheet-code", "sheet-count"]) {
    delete one(id).dataset.text;
    one(id).textContent = "";
  }
  one("pictures").replaceChildren();
  setBusy(false);
  one("files").value = "";
  one("text").textContent = "";
  for (const id of ["saved", "copied", "numbers-copied"]) {
    one(id).hidden = true;
  }
  one("as-text").open = false;
  askToStartOver(false);
  arrange();
}

function askToStartOver(asking) {
  one("sure").hidden = !asking;
  one("start-over").setAttribute("aria-expanded", asking);
}

function startOver() {
  forget();
  tell("started_over");
  one("files").focus();
}

// Forgets everything and leaves nothing to be seen. Only loading the page again undoes it.
function blank() {
  forget();
  session.over = true;
  document.body.dataset.state = "blank";
  document.body.replaceChildren();
}

function isBlank() {
  return document.body.dataset.state === "blank";
}

function refuse(fault) {
  refused = fault;
  if (isBlank()) {
    return;
  }
  forget();
  document.body.dataset.state = "refused";
  for (const id of ["choose", "codes", "keep", "end"]) {
    one(id).hidden = true;
  }
  one("files").disabled = true;
  write(one("refusal-reason"), `refused_${fault}`);
  write(one("refusal-remedy"), `refused_${fault}_do`);
  one("refusal").hidden = false;
}

function listen() {
  one("files").addEventListener("change", () => {
    add(one("files").files);
    one("files").value = ""; // so that the same picture can be chosen again
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    add(event.dataTransfer.files);
  });
  one("pictures").addEventListener("changed", arrange);
  one("save").addEventListener("click", save);
  one("copy").addEventListener("click", () => copy(session.text, one("text"), one("copied")));
  one("copy-numbers").addEventListener("click", copyNumbers);
  one("print").addEventListener("click", () => globalThis.print());
  one("start-over").addEventListener("click", () => askToStartOver(one("sure").hidden));
  one("start-over-yes").addEventListener("click", startOver);
  one("start-over-no").addEventListener("click", () => {
    askToStartOver(false);
    one("start-over").focus();
  });
  // The way back through the history must lead to an empty page.
  globalThis.addEventListener("pagehide", forget);
  listenForShift();
}

const SHIFTS = 3;
const SHIFTS_WITHIN = 2000; // milliseconds

function listenForShift() {
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Shift" || event.repeat) {
      presses = event.repeat ? presses : [];
      return;
    }
    presses = [...presses, event.timeStamp].slice(-SHIFTS);
    if (presses.length === SHIFTS && event.timeStamp - presses[0] <= SHIFTS_WITHIN) {
      blank();
    }
  });
}

async function start() {
  one("silent").remove();
  one("main").hidden = false;
  offerLanguages();
  speak(preferredLanguage());
  listen();
  const fault = await selfTest();
  if (fault) {
    refuse(fault);
  } else if (!isBlank()) {
    one("checking").hidden = true;
    one("chooser").hidden = false;
    document.body.dataset.state = "ready";
  }
}

start();
