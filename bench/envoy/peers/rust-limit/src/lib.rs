//! Limits requests by a header in fixed windows, in a table in shared data. The configuration is the limit.
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};
use std::rc::Rc;

mod hash;
mod table;

use table::Table;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Warn);
    proxy_wasm::set_root_context(|_| Box::new(Root { table: None }));
}}

struct Root {
    table: Option<Rc<Table>>,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        let limit = self
            .get_plugin_configuration()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.trim().parse::<f64>().ok());
        self.table = limit.and_then(Table::open).map(Rc::new);
        self.table.is_some()
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        let table = Rc::clone(self.table.as_ref()?);
        Some(Box::new(Limit { table }))
    }
}

struct Limit {
    table: Rc<Table>,
}

impl Context for Limit {}

impl HttpContext for Limit {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let key = self.get_http_request_header("x-client").unwrap_or_default();
        if self.table.take(key.as_bytes()) {
            return Action::Continue;
        }
        self.send_http_response(429, vec![], Some(b"too many requests\n"));
        Action::Pause
    }
}
