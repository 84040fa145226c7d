//! Progress bars.

use std::ops::Deref;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A progress bar on stderr, if that is a terminal. It is cleared when it is dropped.
pub struct Bar(ProgressBar);

impl Bar {
    /// Creates a bar with a name on its left and `right`, a template of [`ProgressStyle`], on its
    /// right.
    pub fn new(name: &str, right: &str, length: u64) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(10);
        let style = ProgressStyle::with_template(&format!("{{prefix:>12}} [{{bar:40}}] {right}"))
            .expect("the template is valid")
            .progress_chars("=> ");
        let bar = ProgressBar::with_draw_target(Some(length), target);
        Self(bar.with_prefix(name.to_owned()).with_style(style))
    }
}

impl Deref for Bar {
    type Target = ProgressBar;

    fn deref(&self) -> &ProgressBar {
        &self.0
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
