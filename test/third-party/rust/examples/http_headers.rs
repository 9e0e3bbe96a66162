//! Reads and edits heads, answers on its own, and panics or pauses for ever when it is told to.
use log::info;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, LogLevel};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_http_context(|id, _| -> Box<dyn HttpContext> { Box::new(Headers { id }) });
}}

struct Headers {
    id: u32,
}

impl Context for Headers {}

impl HttpContext for Headers {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        for (name, value) in &self.get_http_request_headers() {
            info!("#{} {}: {}", self.id, name, value);
        }
        if self.get_http_request_header("x-panic").is_some() {
            panic!("told to");
        }
        if self.get_http_request_header("x-hold").is_some() {
            return Action::Pause;
        }
        if self.get_http_request_header(":path").as_deref() == Some("/hello") {
            self.send_http_response(203, vec![("x-greeting", "rust")], Some(b"Hello from Rust\n"));
            return Action::Pause;
        }
        self.set_http_request_header("x-token", None);
        self.add_http_request_header("x-added", "one");
        self.add_http_request_header("x-added", "two");
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        let status = self.get_http_response_header(":status").unwrap_or_default();
        self.set_http_response_header("x-status", Some(&status));
        Action::Continue
    }

    fn on_log(&mut self) {
        info!("#{} is over", self.id);
    }
}
