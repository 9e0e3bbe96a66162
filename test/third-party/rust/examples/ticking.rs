//! Works without any request: says hello when its VM starts, and counts ticks.
use std::time::{Duration, SystemTime};

use log::info;
use proxy_wasm::traits::{Context, RootContext};
use proxy_wasm::types::LogLevel;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Ticking { count: 0 }) });
}}

struct Ticking {
    count: u32,
}

impl Context for Ticking {}

impl RootContext for Ticking {
    fn on_vm_start(&mut self, _: usize) -> bool {
        info!("Hello, World!");
        self.set_tick_period(Duration::from_millis(10));
        true
    }

    fn on_tick(&mut self) {
        self.count += 1;
        let millis = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map(|since| since.as_millis()).unwrap_or(0);
        let apart = millis(self.get_current_time()).abs_diff(millis(SystemTime::now()));
        info!("tick {}, clocks agree: {}", self.count, apart < 1000);
        println!("printed {}", self.count);
    }
}
