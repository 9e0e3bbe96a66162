// A module with the Go SDK: reads its configuration, counts what it refuses, and edits bodies.
package main

import (
	"encoding/json"
	"strconv"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetPluginContext(func(uint32) types.PluginContext { return &plugin{} })
}

type plugin struct {
	types.DefaultPluginContext
	Header  string `json:"header"`
	refused proxywasm.MetricCounter
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	data, err := proxywasm.GetPluginConfiguration()
	if err != nil {
		proxywasm.LogErrorf("configuration: %v", err)
		return types.OnPluginStartStatusFailed
	}
	if err := json.Unmarshal(data, p); err != nil || p.Header == "" {
		proxywasm.LogError("header: expected the name of a header")
		return types.OnPluginStartStatusFailed
	}
	p.refused = proxywasm.DefineCounterMetric("refused")
	return types.OnPluginStartStatusOK
}

func (p *plugin) NewHttpContext(uint32) types.HttpContext { return &filter{plugin: p} }

type filter struct {
	types.DefaultHttpContext
	plugin *plugin
}

func (f *filter) OnHttpRequestHeaders(int, bool) types.Action {
	if _, err := proxywasm.GetHttpRequestHeader(f.plugin.Header); err == nil {
		_ = proxywasm.RemoveHttpRequestHeader("content-length")
		return types.ActionContinue
	}
	f.plugin.refused.Increment(1)
	count := strconv.FormatUint(f.plugin.refused.Value(), 10)
	if err := proxywasm.SendHttpResponse(401, [][2]string{{"x-refused", count}}, []byte("no "+f.plugin.Header), -1); err != nil {
		proxywasm.LogErrorf("answer: %v", err)
	}
	return types.ActionPause
}

func (f *filter) OnHttpRequestBody(size int, end bool) types.Action {
	if !end {
		return types.ActionPause
	}
	body, err := proxywasm.GetHttpRequestBody(0, size)
	if err != nil {
		panic(err)
	}
	if err := proxywasm.ReplaceHttpRequestBody([]byte("<" + string(body) + ">")); err != nil {
		panic(err)
	}
	return types.ActionContinue
}
