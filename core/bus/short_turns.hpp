/// How soon a thread gets a processor.
#pragma once

namespace trellis::bus {

/// Asks the kernel to run the calling thread in turns of 0.1 ms, the shortest there are (usual are some
/// milliseconds), so that it gets a processor at once when it wakes up and owes the others no time: for threads that do
/// little at a time for somebody who waits. Its share of the processor stays the same, and no right is needed.
/// Where the kernel does not know such turns (before Linux 6.12) nothing changes.
/// Source: sched_setattr(2), sched_runtime of SCHED_OTHER; Documentation/scheduler/sched-eevdf.rst.
void askForShortTurns() noexcept;

} // namespace trellis::bus
