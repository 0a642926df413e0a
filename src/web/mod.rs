//! The browser's side of both planes: what the page and the worker call.

pub mod page;
