/// Giving memory back.
#pragma once

namespace trellis::device {

/// Returns free heap to the system, and unmaps the clean pages of program and library files. Those were
/// needed once, to start and to make a connection; the kernel maps them again when they are touched.
/// For a program that then sleeps for hours. Takes about a millisecond.
void releaseUnusedMemory() noexcept;

}  // namespace trellis::device
