// In a source of its own: where the compiler sees the text beside its use, it may keep it in pieces.
#include "agent/update/updater.hpp"

namespace trellis::device {

const char kProgramMark[] = "trellis-agent program file, protocol 1.0";

}  // namespace trellis::device
