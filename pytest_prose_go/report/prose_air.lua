-- The header that a capture of the air puts before each frame (report/capture.py says how it is laid out).
-- Use: wireshark -X lua_script:prose_air.lua CAPTURE.pcapng. A protocol's own dissector may be added to the
-- table "prose_air.protocol" under the number 0; without one, the payload is shown as data.

local air = Proto("prose_air", "ProSe air")

local how = {
  [0] = "emitted", [1] = "altered", [2] = "replayed", [3] = "redirected", [4] = "injected", [5] = "dropped",
}
local no_station = { [0xFFFE] = "the attacker", [0xFFFF] = "the air" }

local fields = {
  version = ProtoField.uint8("prose_air.version", "Version"),
  how = ProtoField.uint8("prose_air.how", "What happened", base.DEC, how),
  emitter = ProtoField.uint16("prose_air.emitter", "Emitter", base.DEC),
  receiver = ProtoField.uint16("prose_air.receiver", "Receiver", base.DEC),
  source = ProtoField.uint24("prose_air.source", "Source layer-2 ID", base.HEX),
  destination = ProtoField.uint24("prose_air.destination", "Destination layer-2 ID", base.HEX),
  number = ProtoField.uint32("prose_air.number", "Number of the frame"),
}
air.fields = fields

local protocols = DissectorTable.new("prose_air.protocol", "ProSe protocol", ftypes.UINT8, base.DEC, air)
local data = Dissector.get("data")

function air.dissector(buffer, pinfo, tree)
  if buffer:len() < 16 then return 0 end
  local head = tree:add(air, buffer(0, 16))
  head:add(fields.version, buffer(0, 1))
  head:add(fields.how, buffer(1, 1))
  for at, field in ipairs({ fields.emitter, fields.receiver }) do
    local range = buffer(2 * at, 2)
    local item, name = head:add(field, range), no_station[range:uint()]
    if name then item:append_text(" (" .. name .. ")") end
  end
  head:add(fields.source, buffer(6, 3))
  head:add(fields.destination, buffer(9, 3))
  head:add(fields.number, buffer(12, 4))
  local happened = buffer(1, 1):uint()
  pinfo.cols.protocol = "ProSe"
  pinfo.cols.src = string.format("%06x", buffer(6, 3):uint())
  pinfo.cols.dst = string.format("%06x", buffer(9, 3):uint())
  pinfo.cols.info = (how[happened] or "?") .. ", " .. (buffer:len() - 16) .. " bytes"
  if happened ~= 0 then
    head:add_expert_info(PI_SECURITY, PI_WARN, "the attacker: " .. (how[happened] or "?"))
  end
  local payload = buffer(16):tvb()
  if payload:len() > 0 and protocols:try(0, payload, pinfo, tree) == 0 then
    data:call(payload, pinfo, tree)
  end
  return buffer:len()
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, air)
