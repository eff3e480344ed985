//! The measurements, one file for each part of them.

mod board;
mod calls;
mod cluster;
mod disk;
mod durability;
mod fairness;
mod fan_out;
mod growth;
mod memory;
mod proxy;
mod reading;
mod slowest;
mod way;
mod workload;

use crate::part::Part;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::Section;

pub(crate) async fn measure(
    part: Part,
    plan: &Plan,
    progress: &mut Progress,
) -> anyhow::Result<Section> {
    match part {
        Part::Calls => calls::measure(plan, progress).await,
        Part::Growth => growth::measure(plan, progress).await,
        Part::Memory => memory::measure(plan, progress).await,
        Part::FanOut => fan_out::measure(plan, progress).await,
        Part::Board => board::measure(plan, progress).await,
        Part::Durability => durability::measure(plan, progress).await,
        Part::Cluster => cluster::measure(plan, progress).await,
        Part::Fairness => fairness::measure(plan, progress).await,
        Part::Proxy => proxy::measure(plan, progress).await,
    }
}
