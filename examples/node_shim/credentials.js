// Cards: who somebody is in a group, signed by an authority. And the authorities that sign them.
"use strict";

const crypto = require("node:crypto");

const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

function newSigningKey() {
  const { privateKey, publicKey } = crypto.generateKeyPairSync("ed25519");
  return {
    secret: privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32),
    open: publicKey.export({ format: "der", type: "spki" }).subarray(-32),
  };
}

function sign(secret, message) {
  const key = crypto.createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: "der", type: "pkcs8" });
  return crypto.sign(null, Buffer.from(message), key);
}

function isSigned(open, message, signature) {
  try {
    const key = crypto.createPublicKey({ key: Buffer.concat([SPKI, open]), format: "der", type: "spki" });
    return crypto.verify(null, Buffer.from(message), key, signature);
  } catch {
    return false;
  }
}

// What an authority signs: the words of a card, in a fixed order.
function wordsOf(card) {
  const { identity, group, authority, role, purpose, from, until, serial, key } = card;
  return JSON.stringify(["card", identity, group, authority, role, purpose, from, until, serial, key]);
}

class Authorities {
  constructor() {
    this.known = new Map();
    this.holders = new Map();
    this.serial = 0;
  }

  called(name) {
    if (!this.known.has(name)) this.known.set(name, { ...newSigningKey(), revoked: new Set() });
    return this.known.get(name);
  }

  // The contract's credentials, or null for a flaw that cannot be made.
  issue({ identity, group, authority, role, valid_from, valid_until, flaw }) {
    if (flaw === "explicit-parameters") return null;
    const issuer = this.called(authority);
    const own = newSigningKey();
    const victim = `${authority} ${group} ${identity}`;
    let open = own.open;
    if (flaw === "without-key") open = this.holders.get(victim) ?? newSigningKey().open;
    else if (!flaw) this.holders.set(victim, own.open);
    const signing = flaw === "issued-by-member" || flaw === "look-alike-issuer" ? newSigningKey() : issuer;
    const card = {
      identity, group, authority, role,
      purpose: flaw === "wrong-purpose" ? "another-service" : "prose-group",
      from: valid_from, until: valid_until, serial: ++this.serial, key: open.toString("base64"),
    };
    card.signature = sign(signing.secret, wordsOf(card)).toString("base64");
    if (flaw === "revoked") issuer.revoked.add(card.serial);
    const data = Buffer.from(JSON.stringify({ card, secret: own.secret.toString("base64") }));
    return { data: data.toString("base64"), secret_parts: [own.secret.toString("base64")], public_parts: [card.key] };
  }

  // A notice that withdraws credentials, signed by their authority.
  revoke(data) {
    const { card } = JSON.parse(Buffer.from(data, "base64"));
    const words = JSON.stringify(["revoked", card.authority, card.serial]);
    const signature = sign(this.called(card.authority).secret, words).toString("base64");
    return Buffer.from(JSON.stringify({ authority: card.authority, serial: card.serial, signature })).toString("base64");
  }
}

// What a device trusts: for each authority its key and what it has withdrawn.
class Trust {
  constructor(names, authorities, broken) {
    this.broken = broken;
    this.anchors = new Map(names.map((name) => {
      const { open, revoked } = authorities.called(name);
      return [name, { open, revoked: new Set(revoked) }];
    }));
  }

  learn(notice) {
    const { authority, serial, signature } = JSON.parse(Buffer.from(notice, "base64"));
    const anchor = this.anchors.get(authority);
    const words = JSON.stringify(["revoked", authority, serial]);
    if (anchor && isSigned(anchor.open, words, Buffer.from(signature, "base64"))) anchor.revoked.add(serial);
  }

  // What is wrong with a card of that role for that group now; null if nothing is.
  wrongWith(card, role, group, now) {
    const anchor = this.anchors.get(card?.authority);
    if (!anchor) return "an authority that this device does not trust";
    if (!isSigned(anchor.open, wordsOf(card), Buffer.from(card.signature ?? "", "base64"))) return "not signed by its authority";
    if (card.purpose !== "prose-group") return "issued for another service";
    if (card.role !== role) return "issued for the other role";
    if (card.group !== group && this.broken !== "any-group") return "issued for another group";
    if (now < card.from) return "not yet valid";
    if (now > card.until) return "expired";
    if (this.hasWithdrawn(card)) return "withdrawn";
    return null;
  }

  hasWithdrawn(card) {
    return this.broken !== "no-revocation" && Boolean(this.anchors.get(card?.authority)?.revoked.has(card.serial));
  }
}

module.exports = { Authorities, Trust, sign, isSigned };
