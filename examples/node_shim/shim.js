// The shim: calls in, answers out, a line each (docs/shim-protocol.md). No dependency but Node's own modules.
//
//   node shim.js [--break=NAME]
"use strict";

const readline = require("node:readline");
const { Authorities, Trust } = require("./credentials.js");
const { Device, PAYLOAD_MOST } = require("./device.js");

const NO_SUCH_METHOD = -32601;
const NOT_OFFERED = -32001;
const BREAKS = ["any-group", "reused-nonce", "no-possession", "keeps-removed", "no-revocation"];
const broken = process.argv.find((word) => word.startsWith("--break="))?.slice("--break=".length);
if (broken && !BREAKS.includes(broken)) throw new Error(`--break is one of ${BREAKS.join(", ")}`);

const STATEMENT = {
  product: "node_shim",
  version: "1",
  patience: { join: 10, delivery: 5, rejoin: 20 },
  limits: { payload_most: PAYLOAD_MOST, frame_most: 8192, members: 32 },
  reports: ["sender", "cast", "session"],
  groupcast_integrity: true,
  groupcast_origin: true,
  forward_secrecy: true,
  capabilities: ["clone", "unprotect", "secrets", "revoke"],
};

const authorities = new Authorities();
const devices = new Map();

// Do something with a device; what it has to tell is the answer.
function output(params, action) {
  const device = devices.get(params.station);
  device.clear();
  device.now = params.now;
  action(device);
  const { frames, events } = device;
  return { frames, events, wake_at: device.wakeAt() };
}

function put(number, device) {
  devices.set(number, device);
  return { listens: [device.address] };
}

function secretsOf(device) {
  return [...device.groups.values()].flatMap((group) => [
    { label: "private key", scope: "device", value: group.secret.toString("base64"), group: group.name },
    ...group.sessions.filter((one) => one.state === "up").flatMap((one) => ["sending", "receiving"].map((which) => (
      { label: `${which} key`, scope: "hop", value: one[which].toString("base64"), peer: one.peer, group: group.name }
    ))),
  ]);
}

// Whatever the keys of a device open, whoever it was for.
function opened(device, frames) {
  const found = [];
  const sessions = [...device.groups.values()].flatMap((group) => group.sessions).filter((one) => one.receiving);
  frames.forEach(({ payload }, frame) => {
    let box;
    try {
      box = JSON.parse(Buffer.from(payload, "base64"));
    } catch {
      return;
    }
    for (const session of sessions) {
      for (const key of [session.sending, session.receiving]) {
        const inner = session.open(box, key, broken);
        if (inner?.data !== undefined) found.push({ frame, data: inner.data });
      }
    }
  });
  return found;
}

const bytes = (base64) => Buffer.from(base64, "base64");

const METHODS = {
  statement: () => STATEMENT,
  credentials: (params) => authorities.issue(params),
  station: ({ station, address, trusts }) =>
    put(station, new Device({ address, trust: new Trust(trusts, authorities, broken), retry: 0.5, broken })),
  own: (params) => output(params, (device) => device.own(params.group, bytes(params.credentials.data))),
  join: (params) => output(params, (device) => device.join(params.group, params.owner_address, bytes(params.credentials.data))),
  send: (params) => output(params, (device) => device.send(params.group, bytes(params.data), params.to)),
  remove: (params) => output(params, (device) => device.remove(params.group, params.member)),
  leave: (params) => output(params, (device) => device.leave(params.group)),
  receive: (params) => output(params, (device) => device.receive(params.frame.source, bytes(params.frame.payload))),
  wake: (params) => output(params, (device) => device.wake()),
  learn: (params) => output(params, (device) => device.learn(params.notice)),
  revoke: ({ credentials }) => authorities.revoke(credentials.data),
  clone: ({ station, new_station, address }) => put(new_station, devices.get(station).copy(address)),
  unprotect: ({ station, frames }) => opened(devices.get(station), frames),
  secrets: ({ station }) => secretsOf(devices.get(station)),
  stop: ({ station }) => {
    devices.delete(station);
  },
  close: () => {},
};

function answer({ method, params }) {
  if (!Object.hasOwn(METHODS, method)) return { error: { code: NO_SUCH_METHOD, message: `no method ${method}` } };
  const result = METHODS[method](params);
  if (method === "credentials" && result === null) return { error: { code: NOT_OFFERED, message: params.flaw } };
  return { result: result ?? null };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, ...asked } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...answer(asked) })}\n`);
});
