function envoy_on_request(handle)
  if handle:headers():get("authorization") == nil then
    handle:respond(
      {[":status"] = "401", ["WWW-Authenticate"] = 'Bearer realm="oauth2"'},
      '{ "error": "token was not present"}'
    )
  end
end
