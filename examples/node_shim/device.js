// A device and its protocol. On the air: JSON texts. Each hop has keys of its own, and there is no group key: the owner
// copies what goes to all to each member.
//
//   member -> owner   hello {group, a}            a: the member's ephemeral key
//   owner -> member   offer {group, a, b, card, signature}
//   member -> owner   box {proof: {card, signature}}
//   owner -> member   box {welcome}
//
// Both sign both ephemeral keys, the group, and which of the two they are. A box is ChaCha20-Poly1305 under the key of
// its direction; its number is the nonce.
"use strict";

const crypto = require("node:crypto");
const { sign, isSigned } = require("./credentials.js");

const X25519 = Buffer.from("302a300506032b656e032100", "hex");
const TRIES = 24;
const PARTINGS = 3;
const WINDOW = 64;
const PAYLOAD_MOST = 1200;

function newEphemeral() {
  const { privateKey, publicKey } = crypto.generateKeyPairSync("x25519");
  return { secret: privateKey, open: publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64") };
}

function agreed(secret, open) {
  const raw = Buffer.from(open, "base64");
  const publicKey = crypto.createPublicKey({ key: Buffer.concat([X25519, raw]), format: "der", type: "spki" });
  return crypto.diffieHellman({ privateKey: secret, publicKey });
}

// A session, or the way to one. States: asked, shown (member), offered (owner), up, ending.
class Session {
  constructor(state, address) {
    Object.assign(this, { state, address, id: "", peer: "", next: 0, highest: -1, seen: new Set(), tries: 0, due: null });
  }

  // Keys from the agreement, bound to all that was said before.
  derive(secret, words, isOwner) {
    const made = Buffer.from(crypto.hkdfSync("sha256", secret, "", JSON.stringify(words), 80));
    const [up, down] = [made.subarray(0, 32), made.subarray(32, 64)];
    [this.sending, this.receiving] = isOwner ? [down, up] : [up, down];
    this.token = made.subarray(64, 72).toString("hex");
    this.id = made.subarray(72, 80).toString("hex");
  }

  seal(inner, broken) {
    const number = this.next++;
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64BE(broken === "reused-nonce" ? 0n : BigInt(number), 4);
    const cipher = crypto.createCipheriv("chacha20-poly1305", this.sending, nonce, { authTagLength: 16 });
    cipher.setAAD(Buffer.from(`${this.id} ${number}`));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(inner)), cipher.final(), cipher.getAuthTag()]);
    return { kind: "box", id: this.id, number, sealed: sealed.toString("base64") };
  }

  // What is in a box, under either key; null if it is none of this session's.
  open({ number, sealed }, key, broken) {
    try {
      const bytes = Buffer.from(sealed, "base64");
      const nonce = Buffer.alloc(12);
      nonce.writeBigUInt64BE(broken === "reused-nonce" ? 0n : BigInt(number), 4);
      const decipher = crypto.createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
      decipher.setAAD(Buffer.from(`${this.id} ${number}`));
      decipher.setAuthTag(bytes.subarray(-16));
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]));
    } catch {
      return null;
    }
  }

  isFresh(number) {
    if (!Number.isSafeInteger(number) || number <= this.highest - WINDOW || this.seen.has(number)) return false;
    this.seen.add(number);
    this.highest = Math.max(this.highest, number);
    for (const old of this.seen) if (old <= this.highest - WINDOW) this.seen.delete(old);
    return true;
  }

  copy() {
    return Object.assign(new Session(), this, { seen: new Set(this.seen) });
  }
}

class Device {
  constructor({ address, trust, retry, broken }) {
    Object.assign(this, { address, trust, retry, broken, groups: new Map(), now: 0 });
    this.clear();
  }

  clear() {
    this.frames = [];
    this.events = [];
  }

  copy(address) {
    const made = new Device({ ...this, address: address ?? this.address });
    for (const [name, group] of this.groups) {
      made.groups.set(name, { ...group, sessions: group.sessions.map((session) => session.copy()) });
    }
    return made;
  }

  // --- what the application asks ---

  own(name, credentials) {
    this.groups.set(name, { name, isOwner: true, ...this.read(credentials), sessions: [] });
  }

  join(name, ownerAddress, credentials) {
    const former = this.groups.get(name)?.sessions ?? [];
    const group = { name, isOwner: false, ...this.read(credentials), sessions: former.filter((one) => one.state === "ending") };
    this.groups.set(name, group);
    const session = new Session("asked", ownerAddress);
    session.ephemeral = newEphemeral();
    group.sessions.push(session);
    session.last = { kind: "hello", group: name, a: session.ephemeral.open };
    this.say(session.address, session.last);
    session.due = this.now + this.retry;
  }

  send(name, data, to) {
    const group = this.groups.get(name);
    if (data.length > PAYLOAD_MOST) return this.decline("send", "too big");
    if (group?.isOwner) return this.pass(group, group.card?.identity, data, to) || this.decline("send", "no such member");
    const session = group?.sessions.find((one) => one.state === "up");
    if (!session) return this.decline("send", "not joined");
    return this.box(session, { data: data.toString("base64"), to });
  }

  remove(name, member) {
    const group = this.groups.get(name);
    const session = group?.isOwner && group.sessions.find((one) => one.state === "up" && one.peer === member);
    if (!session) return this.decline("remove", "no such member");
    if (this.broken === "keeps-removed") session.kept = true;
    this.part(session, "bye");
    return this.tell("Left", name, { peer: member, reason: "removed" });
  }

  // A notice of what is withdrawn. Whoever was admitted with it is no member any more.
  learn(notice) {
    this.trust.learn(notice);
    for (const group of this.groups.values()) {
      for (const session of group.sessions.filter((one) => one.state === "up" && this.trust.hasWithdrawn(one.card))) {
        this.part(session, "bye");
        this.tell("Left", group.name, { peer: session.peer, reason: "its card was withdrawn" });
      }
    }
  }

  leave(name) {
    const group = this.groups.get(name);
    if (!group || group.isOwner) return this.decline("leave", "not joined");
    group.sessions = group.sessions.filter((one) => one.state !== "asked");
    for (const session of group.sessions) if (session.state === "up" || session.state === "shown") this.part(session, "leave");
    return this.tell("Left", name, { reason: "asked to" });
  }

  // --- what comes over the air ---

  receive(source, payload) {
    let said;
    try {
      said = JSON.parse(payload);
    } catch {
      return;
    }
    const handler = { hello: this.onHello, offer: this.onOffer, box: this.onBox }[said?.kind];
    try {
      handler?.call(this, source, said);
    } catch (error) {
      // What a stranger sends may break any expectation, and must not stop the device.
      this.events.push({ type: "Diagnostic", text: `a frame was dropped: ${error.name}` });
    }
  }

  onHello(source, { group: name, a }) {
    const group = this.groups.get(name);
    if (!group?.isOwner) return;
    const known = group.sessions.find((one) => one.a === a);
    if (known) {
      if (known.state === "offered") this.say(source, known.last);
      return;
    }
    group.sessions = group.sessions.filter((one) => one.state !== "offered" || one.due > this.now);
    const session = new Session("offered", source);
    const { secret, open: b } = newEphemeral();
    session.a = a;
    session.words = ["hop", name, a, b, group.card];
    session.derive(agreed(secret, a), session.words, true);
    session.due = this.now + TRIES * this.retry;
    group.sessions.push(session);
    const signature = sign(group.secret, JSON.stringify(["owner", ...session.words])).toString("base64");
    session.last = { kind: "offer", group: name, a, b, card: group.card, signature };
    this.say(source, session.last);
  }

  onOffer(source, { group: name, a, b, card, signature }) {
    const group = this.groups.get(name);
    const session = group && !group.isOwner && group.sessions.find((one) => one.state === "asked" && one.ephemeral.open === a);
    if (!session) return;
    const words = ["hop", name, a, b, card];
    const wrong = this.wrongWith(card, "owner", name, ["owner", ...words], signature);
    if (wrong) {
      this.tell("Refused", name, { reason: wrong });
      return;
    }
    session.derive(agreed(session.ephemeral.secret, b), words, false);
    delete session.ephemeral;
    Object.assign(session, { state: "shown", address: source, peer: card.identity, card, tries: 0, due: this.now + this.retry });
    const proof = sign(group.secret, JSON.stringify(["member", ...words, group.card])).toString("base64");
    session.last = session.seal({ proof: { card: group.card, signature: proof } }, this.broken);
    this.say(source, session.last);
  }

  onBox(source, box) {
    for (const group of this.groups.values()) {
      for (const session of group.sessions) {
        if (session.state === "asked" || session.id !== box.id) continue;
        const inner = session.open(box, session.receiving, this.broken);
        if (!inner) continue;
        if (session.isFresh(box.number)) {
          session.address = source;
          this.onInner(group, session, inner);
        } else if (group.isOwner && inner.proof && session.state === "up") {
          this.box(session, { welcome: true }); // the first one was lost
        }
        return;
      }
    }
  }

  onInner(group, session, inner) {
    if (session.state === "offered" && inner.proof) this.onProof(group, session, inner.proof);
    else if (session.state === "shown" && inner.welcome) {
      group.sessions = group.sessions.filter((one) => one.state !== "up");
      Object.assign(session, { state: "up", due: null });
      this.tell("Joined", group.name, { peer: session.peer, session: session.token });
    } else if (session.state !== "up") return;
    else if (inner.part === "bye" && !group.isOwner) this.end(group, session, { reason: "removed by the owner" });
    else if (inner.part === "leave" && group.isOwner) this.end(group, session, { peer: session.peer, reason: "left" });
    else if (inner.data === undefined) return;
    else if (group.isOwner) this.onDataUp(group, session, inner);
    else this.hand(group, inner.data, inner.sender, inner.cast);
  }

  onProof(group, session, { card, signature }) {
    const wrong = this.wrongWith(card, "member", group.name, ["member", ...session.words, card], signature);
    if (wrong) {
      group.sessions = group.sessions.filter((one) => one !== session);
      this.tell("Refused", group.name, { reason: wrong });
      return;
    }
    group.sessions = group.sessions.filter((one) => one === session || one.state !== "up" || one.peer !== card.identity);
    Object.assign(session, { state: "up", peer: card.identity, card, due: null });
    this.tell("Joined", group.name, { peer: session.peer, session: session.token });
    this.box(session, { welcome: true });
  }

  onDataUp(group, session, { data, to }) {
    const own = group.card?.identity;
    if (to === null || to === own) this.hand(group, data, session.peer, to === null ? "groupcast" : "unicast");
    if (to !== own) this.pass(group, session.peer, Buffer.from(data, "base64"), to);
  }

  // At an owner: pass a message on to its receivers. Returns whether there are any.
  pass(group, sender, data, to) {
    const isReceiver = (one) => (one.state === "up" || one.kept) && one.peer !== sender && (to === null || one.peer === to);
    const receivers = group.sessions.filter(isReceiver);
    const cast = to === null ? "groupcast" : "unicast";
    for (const session of receivers) this.box(session, { data: data.toString("base64"), sender, cast });
    return to === null || receivers.length > 0;
  }

  wrongWith(card, role, group, words, signature) {
    const wrong = this.trust.wrongWith(card, role, group, this.now);
    if (wrong || (this.broken === "no-possession" && role === "member")) return wrong;
    const open = Buffer.from(card.key, "base64");
    if (!isSigned(open, JSON.stringify(words), Buffer.from(signature, "base64"))) return "without its card's key";
    return null;
  }

  // --- time ---

  wake() {
    for (const group of this.groups.values()) {
      for (const session of [...group.sessions]) {
        if (session.due === null || session.due > this.now) continue;
        session.tries += 1;
        session.due = this.now + this.retry;
        if (session.state === "ending" && session.tries < PARTINGS) this.box(session, { part: session.word });
        else if ((session.state === "asked" || session.state === "shown") && session.tries < TRIES) this.say(session.address, session.last);
        else if (session.kept) session.due = null;
        else group.sessions = group.sessions.filter((one) => one !== session);
      }
    }
  }

  wakeAt() {
    const dues = [...this.groups.values()].flatMap((group) => group.sessions.map((one) => one.due)).filter((due) => due !== null);
    return dues.length ? Math.min(...dues) : null;
  }

  // --- how it is told ---

  read(credentials) {
    if (!credentials.length) return { card: null, secret: crypto.randomBytes(32) };
    const { card, secret } = JSON.parse(credentials);
    return { card, secret: Buffer.from(secret, "base64") };
  }

  part(session, word) {
    Object.assign(session, { state: "ending", word, tries: 0, due: this.now + this.retry });
    this.box(session, { part: word });
  }

  end(group, session, how) {
    group.sessions = group.sessions.filter((one) => one !== session);
    this.tell("Left", group.name, how);
  }

  box(session, inner) {
    this.say(session.address, session.seal(inner, this.broken));
  }

  say(destination, said) {
    const payload = Buffer.from(JSON.stringify(said)).toString("base64");
    this.frames.push({ source: this.address, destination, payload });
  }

  hand(group, data, sender, cast) {
    this.tell("Received", group.name, { data, sender, cast });
  }

  tell(type, group, fields) {
    this.events.push({ type, group, ...fields });
  }

  decline(call, reason) {
    this.events.push({ type: "Declined", call, reason });
  }
}

module.exports = { Device, PAYLOAD_MOST };
