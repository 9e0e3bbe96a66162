//! The filter of both peers. The configuration is a JWK set.
use crate::token::{Keys, VerifyingKey};
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};
use std::rc::Rc;

pub struct Root<K>(pub Option<Rc<Keys<K>>>);

impl<K> Context for Root<K> {}

impl<K: VerifyingKey + 'static> RootContext for Root<K> {
    fn on_configure(&mut self, _: usize) -> bool {
        self.0 = self
            .get_plugin_configuration()
            .and_then(|json| Keys::parse(&json))
            .map(Rc::new);
        self.0.is_some()
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Filter(Rc::clone(self.0.as_ref()?))))
    }
}

struct Filter<K>(Rc<Keys<K>>);

impl<K> Context for Filter<K> {}

impl<K: VerifyingKey> HttpContext for Filter<K> {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        match self.get_http_request_header("authorization") {
            Some(authorization) if self.0.accepts(&authorization) => Action::Continue,
            _ => {
                let challenge = ("www-authenticate", "Bearer error=\"invalid_token\"");
                self.send_http_response(401, vec![challenge], None);
                Action::Pause
            }
        }
    }
}
