-- Dissector of the reference's own protocol (messages.py and protection.py say how it is laid out), for captures of
-- the air. Load it after the dissector of the capture's header, into whose table it hangs itself:
-- wireshark -X lua_script:prose_air.lua -X lua_script:prose_reference.lua CAPTURE.pcapng

local reference = Proto("prose_ref", "ProSe reference")

local channels = {
  [1] = "data", [2] = "groupcast", [28] = "plain signalling", [29] = "security mode", [30] = "signalling",
}
local kinds = {
  [1] = "DIRECT_COMMUNICATION_REQUEST", [2] = "DIRECT_COMMUNICATION_ACCEPT", [3] = "DIRECT_COMMUNICATION_REJECT",
  [6] = "DIRECT_COMMUNICATION_RELEASE", [12] = "DIRECT_SECURITY_MODE_COMMAND", [13] = "DIRECT_SECURITY_MODE_COMPLETE",
  [17] = "DIRECT_REKEYING_TRIGGER",
}
local causes = {
  [1] = "not allowed", [2] = "authentication failure", [4] = "lack of resources", [6] = "other",
}
local algorithms = { [0x02] = "128-EEA2 with 128-EIA2", [0x10] = "AES-128-GCM" }
local tag_octets = { [0x02] = 4, [0x10] = 16 }

local f = {
  channel = ProtoField.uint8("prose_ref.channel", "Logical channel", base.DEC, channels),
  sdu_type = ProtoField.uint8("prose_ref.sdu_type", "SDU type", base.DEC, nil, 0xe0),
  pgk_index = ProtoField.uint8("prose_ref.pgk_index", "PGK index", base.DEC, nil, 0x1f),
  ptk_id = ProtoField.uint16("prose_ref.ptk_id", "PTK identity", base.HEX),
  key_id = ProtoField.uint16("prose_ref.key_id", "Key identity", base.HEX),
  sn = ProtoField.uint16("prose_ref.sn", "Sequence number", base.DEC),
  protected = ProtoField.bytes("prose_ref.protected", "Ciphered data and MAC"),
  mac = ProtoField.bytes("prose_ref.mac", "MAC"),
  kind = ProtoField.uint8("prose_ref.kind", "Message", base.DEC, kinds),
  group = ProtoField.string("prose_ref.group", "Group"),
  user = ProtoField.string("prose_ref.user", "User"),
  nonce = ProtoField.bytes("prose_ref.nonce", "Nonce"),
  capability = ProtoField.uint8("prose_ref.capability", "Algorithms on offer", base.HEX, algorithms),
  algorithm = ProtoField.uint8("prose_ref.algorithm", "Chosen algorithms", base.HEX, algorithms),
  key_id_part = ProtoField.uint8("prose_ref.key_id_part", "Octet of the key identity", base.HEX),
  ephemeral = ProtoField.bytes("prose_ref.ephemeral", "Ephemeral public key"),
  continues = ProtoField.uint16("prose_ref.continues", "Session that it replaces", base.HEX),
  shown = ProtoField.bytes("prose_ref.shown", "Shown (certificate, or name of a pair key)"),
  signature = ProtoField.bytes("prose_ref.signature", "Proof over the transcript"),
  cause = ProtoField.uint8("prose_ref.cause", "Cause", base.DEC, causes),
  all_sessions = ProtoField.bool("prose_ref.all_sessions", "Of all sessions with this owner"),
}
reference.fields = f

local broken = ProtoExpert.new("prose_ref.broken", "Does not read as the message that it says it is",
  expert.group.MALFORMED, expert.severity.WARN)
reference.experts = { broken }

-- Takes a message apart from the front. Raises an error where it is too short.
local function reader(buffer, tree, start)
  local at = start
  local self = {}
  function self.left() return buffer:len() - at end
  function self.take(octets)
    if octets > self.left() then error("too short", 0) end
    local range = octets > 0 and buffer(at, octets) or nil
    at = at + octets
    return range
  end
  function self.add(field, octets)
    local range = self.take(octets)
    if range then tree:add(field, range) end
    return range
  end
  function self.number(octets) return self.take(octets):uint() end
  function self.add_after_length(field) return self.add(field, self.number(2)) end
  return self
end

local function capabilities(read)
  for _ = 1, read.number(2) do read.add(f.capability, 1) end
end

local function chain(read)
  for _ = 1, read.number(1) do read.add_after_length(f.shown) end
end

local bodies = {
  [1] = function(read)
    read.add_after_length(f.group)
    read.add_after_length(f.user)
    read.add(f.nonce, 16)
    capabilities(read)
    read.add(f.key_id_part, 1)
    read.add(f.ephemeral, 32)
    read.add_after_length(f.continues)
    chain(read)
  end,
  [3] = function(read)
    read.add_after_length(f.group)
    read.add(f.nonce, 16)
    read.add(f.cause, 1)
  end,
  [12] = function(read)
    read.add_after_length(f.group)
    read.add_after_length(f.user)
    read.add(f.nonce, 16)
    capabilities(read)
    local algorithm = read.add(f.algorithm, 1):uint()
    read.add(f.key_id_part, 1)
    read.add(f.ephemeral, 32)
    chain(read)
    read.add(f.signature, 64)
    read.add(f.mac, tag_octets[algorithm] or error("unknown algorithms", 0))
  end,
  [17] = function(read, tree)
    local octets = read.number(2)
    if octets == 0 then tree:add(f.all_sessions, true) else read.add(f.key_id, octets) end
  end,
}

-- A message that is not ciphered. Returns its name.
local function message(buffer, start, tree)
  if buffer:len() <= start then error("no message", 0) end
  local kind = buffer(start, 1):uint()
  local body = bodies[kind] or error("no such message", 0)
  local part = tree:add(reference, buffer(start), kinds[kind])
  part:add(f.kind, buffer(start, 1))
  local read = reader(buffer, part, start + 1)
  body(read, part)
  if read.left() > 0 then error("octets after its end", 0) end
  return kinds[kind]
end

local function header(buffer, tree)
  if buffer:len() < 6 then error("too short", 0) end
  tree:add(f.sdu_type, buffer(1, 1))
  tree:add(f.key_id, buffer(2, 2))
  tree:add(f.sn, buffer(4, 2))
  return string.format("key %04x, number %d", buffer(2, 2):uint(), buffer(4, 2):uint())
end

local function protected(buffer, tree)
  local told = header(buffer, tree)
  if buffer:len() > 6 then tree:add(f.protected, buffer(6)) end
  return told
end

local readers = {
  [1] = function(buffer, tree) return "data, " .. protected(buffer, tree) end,
  [2] = function(buffer, tree)
    if buffer:len() < 6 then error("too short", 0) end
    tree:add(f.sdu_type, buffer(1, 1))
    tree:add(f.pgk_index, buffer(1, 1))
    tree:add(f.ptk_id, buffer(2, 2))
    tree:add(f.sn, buffer(4, 2))
    if buffer:len() > 6 then tree:add(f.protected, buffer(6)) end
    return string.format("groupcast, PGK index %d, number %d", buffer(1, 1):uint() % 32, buffer(4, 2):uint())
  end,
  [28] = function(buffer, tree) return message(buffer, 1, tree) end,
  [29] = function(buffer, tree)
    local told = header(buffer, tree)
    -- The COMMAND alone is not ciphered. A COMPLETE, whose first octet may be any, has at most 87 octets.
    if buffer:len() > 87 and buffer(6, 1):uint() == 12 then
      return message(buffer, 6, tree) .. ", " .. told
    end
    if buffer:len() > 6 then tree:add(f.protected, buffer(6)) end
    return "DIRECT_SECURITY_MODE_COMPLETE (ciphered), " .. told
  end,
  [30] = function(buffer, tree) return "signalling (ciphered), " .. protected(buffer, tree) end,
}

function reference.dissector(buffer, pinfo, tree)
  if buffer:len() < 1 then return 0 end
  local read = readers[buffer(0, 1):uint()]
  if not read then return 0 end
  local part = tree:add(reference, buffer())
  part:add(f.channel, buffer(0, 1))
  local fits, told = pcall(read, buffer, part)
  if not fits then
    part:add_proto_expert_info(broken, "Does not read as the message that it says it is: " .. tostring(told))
    told = "broken (" .. tostring(told) .. ")"
  end
  part:append_text(": " .. told)
  pinfo.cols.info:append(", " .. told)
  return buffer:len()
end

DissectorTable.get("prose_air.protocol"):add(0, reference)
