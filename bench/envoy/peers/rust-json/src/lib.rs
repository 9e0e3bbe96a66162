//! Parses a conversation, puts a message in front, and writes it again; the head is held.
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};
use serde_json::{json, Value};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Warn);
    proxy_wasm::set_root_context(|_| Box::new(Root));
}}

struct Root;

impl Context for Root {}

impl RootContext for Root {
    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Rewrite))
    }
}

struct Rewrite;

impl Context for Rewrite {}

impl HttpContext for Rewrite {
    fn on_http_request_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        if end_of_stream {
            return Action::Continue;
        }
        self.set_http_request_header("content-length", None);
        Action::Pause
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if !end_of_stream {
            return Action::Pause;
        }
        let Some(body) = self.get_http_request_body(0, size) else {
            return Action::Continue;
        };
        let Ok(mut conversation) = serde_json::from_slice::<Value>(&body) else {
            self.send_http_response(400, vec![], Some(b"bad"));
            return Action::Pause;
        };
        if let Some(messages) = conversation.get_mut("messages").and_then(Value::as_array_mut) {
            messages.insert(0, json!({ "role": "system", "content": "be kind" }));
        }
        self.set_http_request_body(0, size, &serde_json::to_vec(&conversation).unwrap_or_default());
        Action::Continue
    }
}
