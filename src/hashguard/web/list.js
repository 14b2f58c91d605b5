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
    const title = make("h3", { id: `picture-${number}` });
    const off = make("button", { className: "take-off", id: `take-off-${number}` });
    off.onclick = () => takeOff(this);
    off.setAttribute("aria-labelledby", `${off.id} ${title.id}`);
    this.line = make("p", { className: "state" });
    this.bar = make("progress", { max: 1, value: 0 });
    this.bar.setAttribute("aria-labelledby", title.id);
    this.more = make("div");
    this.row = make("li", {}, title, make("p", { className: "file-name" }, file.name));
    this.row.append(this.line, this.bar, this.more, off);
    write(title, "picture_n", { n: number });
    write(off, "take_off");
    this.tell("waiting");
  }

  // Whether its hash belongs in the case file.
  get counts() {
    return ["ready", "weak"].includes(this.row.dataset.state);
  }

  tell(state) {
    this.row.dataset.state = state;
    this.bar.hidden = state !== "working";
    write(this.line, state);
  }

  finish({ hash, quality, ties }) {
    this.file = null;
    if (quality === 0) {
      this.tell("none");
      this.explain("none_more");
      return;
    }
    Object.assign(this, { hash, quality });
    this.tell("ready");
    if (quality < WEAK || ties > MANY_TIES) {
      this.tell("weak");
      const why = write(make("summary"), "weak_why");
      this.more.append(make("details", {}, why, write(make("p"), "weak_more")));
    }
    this.askKind();
  }

  fail(reason) {
    this.file = null;
    this.tell("failed");
    this.explain(`bad_${reason}`);
  }

  explain(key) {
    this.more.prepend(write(make("p"), key));
  }

  sayTwice() {
    if (!this.toldTwice) {
      this.toldTwice = true;
      this.explain("twice");
    }
  }

  askKind() {
    // Else browsers write the choice down, to restore a session.
    const choice = make("select", { id: `kind-${this.number}`, autocomplete: "off" });
    for (const value of ["none", ...KINDS]) {
      choice.append(write(make("option", { value }), `kind_${value}`));
    }
    choice.onchange = () => {
      this.kind = KINDS.includes(choice.value) ? choice.value : null;
      arrange();
    };
    this.more.append(make("label", {}, write(make("span"), "kind"), choice));
  }
}
