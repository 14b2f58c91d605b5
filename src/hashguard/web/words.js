// The words of the page in the language of its reader.

const TEXTS = {}; // key -> its text in each of LANGUAGES
let language = "en";

// A text is a key of WORDS, and below it a line for each language.
function readWords() {
  const lines = WORDS.trim().split("\n");
  while (lines.length) {
    TEXTS[lines.shift()] = lines.splice(0, LANGUAGES.length);
  }
}

// The text under a key, with its {names} filled in.
function say(key, values = {}) {
  const text = TEXTS[key][LANGUAGES.indexOf(language)];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function one(id) {
  return document.getElementById(id);
}

// An element with properties, filled with texts and elements.
function make(tag, properties, ...content) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...content);
  return element;
}

// Writes a text now, and again whenever the language changes. Gives the element.
function write(element, key, values) {
  element.dataset.text = key;
  element.values = values;
  element.textContent = say(key, values);
  return element;
}

// Where the body says {key}, its text belongs.
function fillBody() {
  for (const element of document.querySelectorAll("body *")) {
    const key = element.firstElementChild ? null : element.textContent.match(/^\{(\w+)\}$/);
    if (key) {
      write(element, key[1]);
    }
  }
}

function offerLanguages() {
  for (const code of LANGUAGES) {
    const button = make("button", { type: "button", lang: code, onclick: () => speak(code) });
    button.textContent = TEXTS._language[LANGUAGES.indexOf(code)];
    one("languages").append(button);
  }
}

function preferredLanguage() {
  const wanted = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  return wanted.find((code) => LANGUAGES.includes(code)) ?? "en";
}

function speak(code) {
  language = code;
  document.documentElement.lang = code;
  for (const button of one("languages").children) {
    button.setAttribute("aria-pressed", button.lang === code);
  }
  one("languages").setAttribute("aria-label", say("languages"));
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = say(element.dataset.text, element.values);
  }
}
