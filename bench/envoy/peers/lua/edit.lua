-- Edits both heads, and hands the path on to the response.
function envoy_on_request(handle)
  local headers = handle:headers()
  local path = headers:get(":path")
  headers:replace("x-a", "1")
  headers:remove("x-internal")
  handle:streamInfo():dynamicMetadata():set("edit", "path", path)
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local kept = handle:streamInfo():dynamicMetadata():get("edit")
  headers:replace("x-path", kept and kept["path"] or "?")
  headers:remove("server")
end
