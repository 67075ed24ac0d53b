//! Browser for the tests: Chromium in a process of its own, and a partner's site for it to open.

mod browser;
mod driver;
mod site;

pub use browser::Browser;
pub use driver::skip;
pub use site::Site;
