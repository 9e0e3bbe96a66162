//! Asks the upstream `auth` over gRPC before it lets a request go on.
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
        self.dispatch_grpc_call("auth", "test.Auth", "Check", vec![("x-a", b"1")], Some(user.as_bytes()), Duration::from_secs(5)).unwrap();
        Action::Pause
    }
}

impl Context for Ask {
    fn on_grpc_call_response(&mut self, _: u32, status: u32, size: usize) {
        let answer = if status == 0 { self.get_grpc_call_response_body(0, size).unwrap_or_default() } else { vec![] };
        if answer == b"yes" {
            self.resume_http_request();
        } else {
            self.send_http_response(403, vec![("x-grpc-status", &status.to_string())], None);
        }
    }
}
