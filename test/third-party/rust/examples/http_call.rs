//! Asks the upstream `auth` over HTTP before it lets a request go on.
use std::time::Duration;

use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, LogLevel};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Warn);
    proxy_wasm::set_http_context(|_, _| -> Box<dyn HttpContext> { Box::new(Ask) });
}}

struct Ask;

impl HttpContext for Ask {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let user = self.get_http_request_header("x-user").unwrap_or_default();
        let head = vec![(":method", "POST"), (":path", "/check"), (":authority", "auth.internal"), (":scheme", "http"), ("x-user", &user)];
        self.dispatch_http_call("auth", head, Some(b"may they?"), vec![], Duration::from_secs(5)).unwrap();
        Action::Pause
    }
}

impl Context for Ask {
    fn on_http_call_response(&mut self, _: u32, num_headers: usize, body_size: usize, _: usize) {
        let body = self.get_http_call_response_body(0, body_size).unwrap_or_default();
        if num_headers > 0 && body == b"yes" {
            self.resume_http_request();
        } else {
            self.send_http_response(403, vec![("x-asked", "rust")], Some(b"Access forbidden\n"));
        }
    }
}
