-- tierd.lua: the action lua.tierd, which sends a request's body to tierd and puts the
-- decision's headers on the request.
--
-- The answer's JSON is not looked at: what a proxy needs stands in tierd's headers.

local socket = "unix@/run/tierd/tierd.sock"
local fallback_model = "claude-sonnet-5-5"
local timeout_ms = 500

local function decide(body)
  local answer = core.httpclient():post({
    url = "http://localhost/v1/route",
    dst = socket,
    timeout = timeout_ms,
    headers = { ["content-type"] = { "application/json" } },
    body = body,
  })
  return answer and answer.status == 200 and answer.headers or nil
end

core.register_action("tierd", { "http-req" }, function(txn)
  local body = txn.sf:req_body()
  local size = tonumber(txn.sf:req_hdr("content-length")) or #body
  -- A part of a body is no JSON; tierd would only say so.
  local headers = #body > 0 and #body >= size and decide(body)
  if not headers then
    txn.http:req_set_header("x-tierd-model", fallback_model)
    return
  end
  for _, name in ipairs({ "x-tierd-model", "x-tierd-tier", "x-tierd-id" }) do
    txn.http:req_set_header(name, headers[name][0])
  end
end)
