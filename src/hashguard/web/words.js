// The words of the page in the language of its reader.

const language = { code: "en" };

function preferredLanguage() {
  for (const wanted of navigator.languages ?? []) {
    const code = wanted.toLowerCase().split("-")[0];
    if (Object.hasOwn(TEXTS, code)) {
      return code;
    }
  }
  return "en";
}

// The text under a key, with its {names} filled in.
function say(key, values = {}) {
  return TEXTS[language.code][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// An element with a class, filled with texts and elements.
function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) {
    element.className = className;
  }
  element.append(...content);
  return element;
}

function one(id) {
  return document.getElementById(id);
}

// Writes a text now, and again whenever the language changes.
function write(element, key, values = {}) {
  element.dataset.text = key;
  element.values = values;
  element.textContent = say(key, values);
}

function rewriteAll() {
  document.documentElement.lang = language.code;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = say(element.dataset.text, element.values);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
  for (const list of document.querySelectorAll("[data-help]")) {
    const groups = list.dataset.help.split(" ");
    list.replaceChildren(...HELP.filter((who) => helps(who, groups)).map(helper));
  }
}

function helps(who, groups) {
  return who.for.split(" ").some((group) => groups.includes(group));
}

function helper(who) {
  const name = make("strong", "", who.name);
  const number = who.say && who.say !== who.name ? [" ", make("span", "phone", who.say)] : [];
  return make("li", "", name, ...number, make("br"), say(`help_${who.id}`));
}

function offerLanguages() {
  for (const [code, texts] of Object.entries(TEXTS)) {
    const button = make("button", "", texts._language);
    button.type = "button";
    button.lang = code;
    button.addEventListener("click", () => speak(code));
    one("languages").append(button);
  }
}

function speak(code) {
  language.code = code;
  for (const button of one("languages").children) {
    button.setAttribute("aria-pressed", button.lang === code);
  }
  rewriteAll();
}
