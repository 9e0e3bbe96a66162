//! Cargo wants a library; the modules are the examples.
