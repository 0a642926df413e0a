//! stub
use crate::{Options, process::Failure};
pub(crate) fn run(_options: &Options) -> Result<(), Failure> {
    Ok(())
}
