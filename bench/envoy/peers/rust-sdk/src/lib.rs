use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Warn);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Root) });
}}

struct Root;

impl Context for Root {}

impl RootContext for Root {
    fn create_http_context(&self, _context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(RequireToken))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct RequireToken;

impl Context for RequireToken {}

impl HttpContext for RequireToken {
    fn on_http_request_headers(&mut self, _header_count: usize, _end_of_stream: bool) -> Action {
        if self.get_http_request_header("authorization").is_some() {
            return Action::Continue;
        }
        self.send_http_response(
            401,
            vec![("WWW-Authenticate", "Bearer realm=\"oauth2\"")],
            Some(b"{ \"error\": \"token was not present\"}"),
        );
        Action::Pause
    }
}
