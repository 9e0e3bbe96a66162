package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetHttpContext(func(uint32) types.HttpContext { return &requireToken{} })
}

type requireToken struct{ types.DefaultHttpContext }

func (*requireToken) OnHttpRequestHeaders(_ int, _ bool) types.Action {
	if _, err := proxywasm.GetHttpRequestHeader("authorization"); err == nil {
		return types.ActionContinue
	}
	headers := [][2]string{{"WWW-Authenticate", `Bearer realm="oauth2"`}}
	if err := proxywasm.SendHttpResponse(401, headers, []byte(`{ "error": "token was not present"}`), -1); err != nil {
		proxywasm.LogErrorf("the answer was refused: %v", err)
	}
	return types.ActionPause
}
