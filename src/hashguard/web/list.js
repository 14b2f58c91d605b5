// The list of pictures on the screen: a row for each, which never shows the picture.

const WEAK = 50; // quality below which PDQ's authors advise not to trust a hash
const MANY_TIES = 32; // bits that say nothing; policies.py trusts no hash with more of them
const KINDS = ["photo", "screenshot", "computer-made"];

// A chosen picture: its row, and, once there is one, its hash.
class Picture {
  constructor(number, file, takeOff) {
    this.number = number;
    this.file = file;
    this.kind = null;
    this.hash = null;
    this.state = "waiting";
    this.row = make("li");
    this.build(file.name, takeOff);
    this.tell("waiting");
  }

  // Whether its hash belongs in the case file.
  get counts() {
    return this.state === "ready" || this.state === "weak";
  }

  build(name, takeOff) {
    this.title = make("h3");
    this.title.id = `picture-${this.number}`;
    write(this.title, "picture_n", { n: this.number });
    this.line = make("p", "state");
    this.bar = make("progress");
    this.bar.max = 100;
    this.bar.value = 0;
    this.bar.setAttribute("aria-labelledby", this.title.id);
    this.more = make("div", "about");
    const off = make("button", "take-off");
    off.type = "button";
    off.id = `take-off-${this.number}`;
    off.setAttribute("aria-labelledby", `${off.id} ${this.title.id}`);
    write(off, "take_off");
    off.addEventListener("click", () => takeOff(this));
    this.row.append(
      this.title, make("p", "file-name", name), this.line, this.bar, this.more, off,
    );
  }

  tell(state) {
    this.state = state;
    this.row.dataset.state = state;
    this.bar.hidden = state !== "working";
    write(this.line, state);
  }

  progress(share) {
    this.bar.value = Math.round(100 * share);
  }

  finish({ hash, quality, ties }) {
    this.file = null;
    if (quality === 0) {
      this.tell("none");
      this.explain("none_more");
      return;
    }
    Object.assign(this, { hash, quality });
    if (quality < WEAK || ties > MANY_TIES) {
      this.tell("weak");
      const why = make("summary");
      const more = make("p");
      write(why, "weak_why");
      write(more, "weak_more");
      this.more.append(make("details", "", why, more));
    } else {
      this.tell("ready");
    }
    this.askKind();
  }

  fail(reason) {
    this.file = null;
    this.tell("failed");
    this.explain(`bad_${reason}`);
  }

  explain(key) {
    const more = make("p");
    write(more, key);
    this.more.prepend(more);
  }

  sayTwice() {
    if (!this.toldTwice) {
      this.toldTwice = true;
      this.explain("twice");
    }
  }

  askKind() {
    const label = make("label");
    label.htmlFor = `kind-${this.number}`;
    write(label, "kind");
    this.choice = make("select");
    this.choice.id = label.htmlFor;
    for (const kind of ["none", ...KINDS]) {
      const option = make("option");
      option.value = kind;
      write(option, `kind_${kind}`);
      this.choice.append(option);
    }
    this.choice.addEventListener("change", () => {
      this.kind = KINDS.includes(this.choice.value) ? this.choice.value : null;
      this.row.dispatchEvent(new Event("changed", { bubbles: true }));
    });
    this.more.append(label, this.choice);
  }
}
