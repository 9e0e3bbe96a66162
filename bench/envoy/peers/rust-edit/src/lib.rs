//! Edits both heads, and hands the path on to the response.
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

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
        Some(Box::new(Edit { path: String::new() }))
    }
}

struct Edit {
    path: String,
}

impl Context for Edit {}

impl HttpContext for Edit {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        self.path = self.get_http_request_header(":path").unwrap_or_default();
        self.set_http_request_header("x-a", Some("1"));
        self.set_http_request_header("x-internal", None);
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        let path = std::mem::take(&mut self.path);
        self.set_http_response_header("x-path", Some(&path));
        self.set_http_response_header("server", None);
        Action::Continue
    }
}
