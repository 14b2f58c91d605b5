// The page: choose, hash, save; and forget all of it.

const MAX_PICTURES = 500; // of a case file
const SHIFTS = 3;
const SHIFTS_WITHIN = 2000; // milliseconds

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
  const room = MAX_PICTURES - counting().length;
  const pictures = files.slice(0, room).map((file) => new Picture(++mine.chosen, file, takeOff));
  mine.pictures.push(...pictures);
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
  summarise(...(files.length > room ? ["bad_many", { n: MAX_PICTURES }] : readyCount()));
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
    found = await hashPicture(picture.file, (share) => (picture.bar.value = share));
  } catch (error) {
    picture.fail(error instanceof Unreadable ? error.reason : "broken");
    return;
  }
  if (mine.over || !mine.pictures.includes(picture)) {
    return;
  }
  const same = counting().find((other) => other.hash === found.hash);
  if (same) {
    same.sayTwice();
    remove(picture);
  } else {
    picture.finish(found);
  }
  await arrange();
}

// The pictures whose hashes are saved.
function counting() {
  return session.pictures.filter((picture) => picture.counts);
}

function readyCount() {
  const n = counting().length;
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
  write(one("summary"), ...readyCount());
  tell("taken_off", { n: picture.number });
  // The button that had the focus is gone; the nearest thing that makes sense is the list.
  one(session.pictures.length ? "step-list" : "files").focus();
}

// Shows the steps that can be taken, and keeps what they offer up to date.
async function arrange() {
  const mine = session;
  const n = counting().length;
  one("codes").hidden = !mine.pictures.length;
  one("keep").hidden = !n;
  one("end").hidden = !mine.chosen;
  write(one("choose-label"), mine.chosen ? "choose_more" : "choose");
  if (!n) {
    mine.text = one("text").textContent = "";
    return;
  }
  mine.case ??= newCase();
  showNumbers(mine.case.number, mine.case.code);
  const lock = await mine.case.lock;
  if (mine !== session || !counting().length) {
    return; // forgotten or emptied in the meantime
  }
  mine.text = one("text").textContent = caseText(mine.case.number, lock, counting());
  if (mine.savedText && mine.savedText !== mine.text) {
    write(one("saved"), "changed");
  }
}

// On the page, and on the sheet that is printed.
function showNumbers(number, code) {
  one("case-number").textContent = one("sheet-case").textContent = number;
  one("withdrawal-code").textContent = one("sheet-code").textContent = code;
}

function save() {
  if (!session.text) {
    return; // the lock of the first code is not there yet: a moment
  }
  const name = `codes-${session.case.number}.json`;
  const href = URL.createObjectURL(new Blob([session.text], { type: "application/json" }));
  make("a", { href, download: name }).click();
  // Revoked late: some browsers begin to read only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
  session.savedText = session.text;
  answer("saved", "saved", { name });
  one("next").open = true;
}

function answer(id, key, values) {
  one(id).hidden = false;
  write(one(id), key, values);
  tell(key, values);
}

// By the oldest way, for a sandboxed frame has no clipboard interface. The text is selected,
// too: so it can be copied by hand where this is not allowed. Not in a text field, whose contents
// browsers write down to restore a session.
function copy(text, shown, answered) {
  getSelection().selectAllChildren(one(shown));
  const put = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", put);
  answer(answered, document.execCommand("copy") ? "copied" : "copy_failed");
  document.removeEventListener("copy", put);
}

function copyNumbers() {
  const { number, code } = session.case;
  const text = `${say("case_number")}: ${number}\n${say("withdrawal_code")}: ${code}\n`;
  copy(text, "numbers-list", "numbers-copied");
}

// Forgets everything, and shows the page as it was at first.
function forget() {
  if (isBlank()) {
    return;
  }
  session.over = true;
  session = newSession();
  showNumbers("", "");
  one("pictures").replaceChildren();
  setBusy(false);
  one("files").value = "";
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

function stay() {
  askToStartOver(false);
  one("start-over").focus();
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
  one("choose").hidden = true;
  one("files").disabled = true;
  write(one("refusal-reason"), `refused_${fault}`);
  write(one("refusal-remedy"), `refused_${fault}_do`);
  one("refusal").hidden = false;
}

function listen() {
  one("files").onchange = () => {
    add(one("files").files);
    one("files").value = ""; // so that the same picture can be chosen again
  };
  document.ondragover = (event) => event.preventDefault();
  document.ondrop = (event) => {
    event.preventDefault();
    add(event.dataTransfer.files);
  };
  one("save").onclick = save;
  one("copy").onclick = () => copy(session.text, "text", "copied");
  one("copy-numbers").onclick = copyNumbers;
  one("print").onclick = () => print();
  one("start-over").onclick = () => askToStartOver(one("sure").hidden);
  one("start-over-yes").onclick = startOver;
  one("start-over-no").onclick = stay;
  // The way back through the history must lead to an empty page.
  onpagehide = forget;
  let presses = [];
  document.onkeydown = (event) => {
    const held = event.repeat;
    presses = event.key === "Shift" && !held ? [...presses, event.timeStamp].slice(-SHIFTS) : [];
    if (presses.length === SHIFTS && event.timeStamp - presses[0] <= SHIFTS_WITHIN) {
      blank();
    }
  };
}

async function start() {
  one("silent").remove();
  one("main").hidden = false;
  readWords();
  fillBody();
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
